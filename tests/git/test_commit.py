from __future__ import annotations

from pathlib import Path

import pytest

from agent_orchestrator.git.commit import commit_all
from agent_orchestrator.git.diff import changes, diff_text
from agent_orchestrator.git.problem import Problem
from agent_orchestrator.git.repository import Identity, Repository, identity
from agent_orchestrator.git.worktree import Added, add

BOT = Identity("Bot", "bot@example.org")


@pytest.fixture
async def tree(repo: Repository, top: Path) -> Path:
    path = top / ".worktrees" / "s"
    assert isinstance(await add(repo, path, "ao/s", repo.head), Added)
    return path


async def test_what_is_not_ignored_is_committed_and_no_hook_runs(repo: Repository, top: Path, tree: Path, sh) -> None:
    hook = top / ".git" / "hooks" / "pre-commit"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    (tree / "a.txt").write_text("changed\n")
    (tree / "b.txt").unlink()
    (tree / "new").write_text("new")
    (tree / "x.log").write_text("ignored")
    made = await commit_all(repo, tree, "Fix it", BOT, branch="ao/s")
    assert made == sh(top, "rev-parse", "ao/s")
    assert sh(tree, "show", "--name-status", "--format=%an %s", "HEAD").split() == [
        *("Bot", "Fix", "it", "M", "a.txt", "D", "b.txt", "A", "new")
    ]
    assert sh(tree, "status", "--porcelain") == ""


async def test_nothing_to_commit_is_none(repo: Repository, tree: Path) -> None:
    assert await commit_all(repo, tree, "Fix it", BOT) is None


async def test_the_fallback_identity_commits_without_a_configured_one(
    repo: Repository, tree: Path, own_home: Path, sh
) -> None:
    (own_home / ".gitconfig").unlink()
    (tree / "new").write_text("new")
    assert isinstance(await commit_all(repo, tree, "Fix it", await identity(repo)), str)
    assert sh(tree, "log", "-1", "--format=%an") == "Agent Orchestrator"


async def test_a_wrong_branch_is_a_problem(repo: Repository, tree: Path, sh) -> None:
    sh(tree, "checkout", "-q", "--detach")
    (tree / "new").write_text("new")
    refused = await commit_all(repo, tree, "Fix it", BOT, branch="ao/s")
    assert isinstance(refused, Problem)
    assert "detached HEAD" in refused.sentence


async def test_a_merge_in_progress_is_a_problem(repo: Repository, top: Path, tree: Path, sh, commit) -> None:
    commit(top, a_txt="main\n")
    commit(tree, a_txt="side\n")
    sh(tree, "merge", "main", check=False)
    refused = await commit_all(repo, tree, "Fix it", BOT)
    assert isinstance(refused, Problem)
    assert "a merge" in refused.sentence


async def test_a_worktree_that_is_gone_is_a_problem(repo: Repository, tmp_path: Path) -> None:
    assert isinstance(await commit_all(repo, tmp_path / "gone", "Fix it", BOT), Problem)


async def test_changes_have_numbered_lines_and_renames(repo: Repository, top: Path, sh, commit) -> None:
    base = commit(top, c_txt="\n".join(f"line {n}" for n in range(20)) + "\n")
    sh(top, "mv", "c.txt", "ä c.txt")
    (top / "ä c.txt").write_text((top / "ä c.txt").read_text().replace("line 7", "diff --git a/x b/x"))
    (top / "b.txt").unlink()
    head = commit(top, a_txt="one\ntwo\nnew\nthree")
    found = {change.path: change for change in await changes(repo, base, head)}
    assert found["a.txt"].additions == ((3, "new"), (4, "three"))
    assert found["a.txt"].deletions == ((3, "three"),)
    assert (found["b.txt"].status, found["b.txt"].deletions) == ("D", ((1, "b"),))
    renamed = found["ä c.txt"]
    assert (renamed.status, renamed.old_path) == ("R", "c.txt")
    assert renamed.additions == ((8, "diff --git a/x b/x"),)


async def test_a_type_or_mode_change_keeps_the_files_apart(repo: Repository, top: Path, commit) -> None:
    base = repo.head
    (top / "a.txt").unlink()
    (top / "a.txt").symlink_to("b.txt")
    (top / "b.txt").chmod(0o755)
    head = commit(top, z_txt="last\n")
    by_path = {change.path: change for change in await changes(repo, base, head)}
    assert (by_path["a.txt"].status, by_path["a.txt"].additions) == ("T", ((1, "b.txt"),))
    assert (by_path["b.txt"].additions, by_path["b.txt"].new_mode) == ((), "100755")
    assert by_path["z.txt"].additions == ((1, "last"),)


async def test_attributes_can_not_hide_lines(repo: Repository, top: Path, commit, sh) -> None:
    (top / ".git" / "info" / "attributes").write_text("*.txt -diff\n")
    sh(top, "config", "diff.external", "true")
    head = commit(top, b_txt="shown\n", **{".gitattributes": "*.txt -diff\n"})
    by_path = {change.path: change for change in await changes(repo, repo.head, head)}
    assert by_path["b.txt"].additions == ((1, "shown"),)


async def test_a_diff_is_cut_and_says_so(repo: Repository, top: Path, commit) -> None:
    head = commit(top, b_txt="x\n" * 1000)
    whole = await diff_text(repo, repo.head, head, 100_000)
    assert whole.count("\n+x") == 1000
    assert "cut:" in await diff_text(repo, repo.head, head, 100)
