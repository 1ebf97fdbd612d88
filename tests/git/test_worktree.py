from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from agent_orchestrator.git.problem import Problem
from agent_orchestrator.git.removal import delete_branch, remove
from agent_orchestrator.git.repository import Repository, resolve
from agent_orchestrator.git.save import Saved, expire, restore, save
from agent_orchestrator.git.worktree import Added, add


@pytest.fixture
async def base(repo: Repository) -> str:
    return repo.head


@pytest.fixture
async def tree(repo: Repository, top: Path, base: str) -> Path:
    """A session's worktree on ``ao/s``."""
    path = top / ".worktrees" / "s"
    added = await add(repo, path, "ao/s", base)
    assert added == Added(path, "ao/s", base)
    return path


async def saved_of(repo: Repository, tree: Path, base: str, n: int = 1, **options: int) -> Saved:
    saved = await save(repo, tree, "s", n, base=base, **options)
    assert isinstance(saved, Saved)
    return saved


async def test_a_worktree_is_locked_untracked_and_hidden_from_the_main_checkout(
    tree: Path, top: Path, sh, base: str
) -> None:
    assert "locked in use by an agent-orchestrator session" in sh(top, "worktree", "list", "--porcelain")
    assert sh(top, "status", "--porcelain") == ""
    assert sh(tree, "status", "--porcelain") == ""
    assert sh(top, "config", "--get", "branch.ao/s.remote", check=False) == ""
    assert "/.worktrees/" in (top / ".git" / "info" / "exclude").read_text().splitlines()


async def test_eight_worktrees_at_once(repo: Repository, top: Path, base: str) -> None:
    made = await asyncio.gather(*(add(repo, top / ".worktrees" / f"w{n}", f"ao/w{n}", base) for n in range(8)))
    assert [type(one) for one in made] == [Added] * 8
    assert all((top / ".worktrees" / f"w{n}" / "a.txt").is_file() for n in range(8))


async def test_ours_is_adopted_with_its_work(repo: Repository, tree: Path, base: str, commit) -> None:
    commit(tree, a_txt="work\n")
    (tree / "new").write_text("untracked")
    again = await add(repo, tree, "ao/s", base)
    assert again == Added(tree, "ao/s", base, adopted=True)
    assert (tree / "new").read_text() == "untracked"


async def test_one_that_was_cut_off_while_files_were_written_is_finished(
    repo: Repository, top: Path, tree: Path, base: str, sh
) -> None:
    admin = top / ".git" / "worktrees" / "s"
    (admin / "index").unlink()
    (admin / "index.lock").touch()
    (tree / "b.txt").unlink()
    (tree / "a.txt").write_text("one\ntw")
    assert await add(repo, tree, "ao/s", base) == Added(tree, "ao/s", base)
    assert sh(tree, "status", "--porcelain") == ""


async def test_one_that_was_cut_off_before_it_was_registered_is_made(
    repo: Repository, top: Path, base: str, sh
) -> None:
    sh(top, "branch", "--no-track", "ao/s", base)
    assert isinstance(await add(repo, top / ".worktrees" / "s", "ao/s", base), Added)


@pytest.mark.parametrize(("name", "text"), [("mine.txt", "hand-made"), ("a.txt", "hand-made")])
async def test_a_half_made_one_with_somebodys_file_is_left_alone(
    repo: Repository, top: Path, tree: Path, base: str, name: str, text: str
) -> None:
    (top / ".git" / "worktrees" / "s" / "index").unlink()
    (tree / name).write_text(text)
    refused = await add(repo, tree, "ao/s", base)
    assert isinstance(refused, Problem)
    assert name in refused.sentence
    assert (tree / name).read_text() == text


async def test_a_path_that_is_taken_is_a_problem(repo: Repository, top: Path, base: str) -> None:
    path = top / ".worktrees" / "s"
    path.mkdir(parents=True)
    (path / "mine").write_text("x")
    refused = await add(repo, path, "ao/s", base)
    assert isinstance(refused, Problem)
    assert str(path) in refused.sentence
    assert await resolve(repo, "refs/heads/ao/s") is None


async def test_a_branch_that_is_taken_is_a_problem(repo: Repository, top: Path, base: str, sh, commit) -> None:
    sh(top, "checkout", "-qb", "ao/s")
    refused = await add(repo, top / ".worktrees" / "s", "ao/s", base)
    assert isinstance(refused, Problem)
    assert f"checked out at {top}" in refused.sentence
    commit(top, a_txt="theirs\n")
    sh(top, "checkout", "-q", "main")
    refused = await add(repo, top / ".worktrees" / "s", "ao/s", base)
    assert isinstance(refused, Problem)
    assert "commits beyond" in refused.sentence


async def test_a_worktree_of_another_branch_at_the_path_is_a_problem(repo: Repository, tree: Path, base: str) -> None:
    refused = await add(repo, tree, "ao/other", base)
    assert isinstance(refused, Problem)
    assert "is a worktree on ao/s" in refused.sentence


async def test_a_branch_git_can_not_make_leaves_nothing(repo: Repository, top: Path, base: str, sh) -> None:
    sh(top, "branch", "ao")
    refused = await add(repo, top / ".worktrees" / "s", "ao/s", base)
    assert isinstance(refused, Problem)
    assert not (top / ".worktrees" / "s").exists()
    assert "ao/s" not in sh(top, "worktree", "list")


async def test_one_removed_by_hand_is_made_again_and_others_records_stay(
    repo: Repository, top: Path, tree: Path, base: str, tmp_path: Path, sh
) -> None:
    sh(top, "worktree", "add", "-q", str(tmp_path / "on-a-stick"))
    shutil.rmtree(tmp_path / "on-a-stick")
    shutil.rmtree(tree)
    assert await add(repo, tree, "ao/s", base) == Added(tree, "ao/s", base)
    assert "on-a-stick" in sh(top, "worktree", "list")


async def test_nothing_beyond_base_needs_no_save(repo: Repository, tree: Path, base: str) -> None:
    assert await save(repo, tree, "s", 1, base=base) is None


async def test_commits_beyond_base_are_saved_though_nothing_is_dirty(
    repo: Repository, tree: Path, base: str, commit
) -> None:
    head = commit(tree, a_txt="work\n")
    saved = await saved_of(repo, tree, base)
    assert (await resolve(repo, f"{saved.ref}^") or ("",))[0] == head


async def test_everything_is_saved_and_restored_as_it_was(
    repo: Repository, top: Path, tree: Path, base: str, sh, commit
) -> None:
    head = commit(tree, a_txt="committed\n")
    (tree / "a.txt").write_text("modified\n")
    (tree / "b.txt").unlink()
    (tree / "new file\n.txt").write_text("untracked")
    (tree / "debug.log").write_text("ignored")
    (tree / "out" / "deep").mkdir(parents=True)
    (tree / "out" / "deep" / "x").write_text("ignored folder")
    (tree / "link").symlink_to("nowhere")
    (tree / "run.sh").write_text("#!/bin/sh\n")
    (tree / "run.sh").chmod(0o755)
    before = sh(tree, "status", "--porcelain", "-z", "--ignored")
    index = (top / ".git" / "worktrees" / "s" / "index").read_bytes()
    saved = await saved_of(repo, tree, base)
    assert (top / ".git" / "worktrees" / "s" / "index").read_bytes() == index
    assert saved.skipped == ()
    assert await remove(repo, tree, base=base, saved=saved.ref, branch="ao/s") is None
    assert not tree.exists()
    assert await resolve(repo, "refs/heads/ao/s") is None

    assert await restore(repo, saved.ref, tree, "ao/s") == Added(tree, "ao/s", head)
    assert sh(tree, "status", "--porcelain", "-z", "--ignored") == before
    assert (tree / "out" / "deep" / "x").read_text() == "ignored folder"
    assert (tree / "run.sh").stat().st_mode & 0o111


async def test_dependencies_and_big_ignored_files_are_listed_in_the_message(
    repo: Repository, tree: Path, base: str, sh
) -> None:
    (tree / "node_modules" / "x").mkdir(parents=True)
    (tree / "node_modules" / "x" / "index.js").write_text("x")
    (tree / "huge.log").write_bytes(b"x" * 2000)
    (tree / "huge.bin").write_bytes(b"x" * 2000)
    saved = await saved_of(repo, tree, base, max_bytes=1000)
    assert set(saved.skipped) == {"node_modules/ (dependency folder)", "huge.log (ignored, 2000 bytes)"}
    assert "huge.log" in sh(tree, "log", "-1", "--format=%B", saved.ref)
    assert "huge.bin" in sh(tree, "ls-tree", "--name-only", saved.ref), "untracked work is saved whatever its size"


async def test_flags_that_hide_changes_from_git_do_not_hide_them_from_a_save(
    repo: Repository, tree: Path, base: str, sh
) -> None:
    sh(tree, "update-index", "--assume-unchanged", "a.txt")
    sh(tree, "update-index", "--skip-worktree", "b.txt")
    (tree / "a.txt").write_text("hidden a\n")
    (tree / "b.txt").write_text("hidden b\n")
    saved = await saved_of(repo, tree, base)
    assert sh(tree, "show", f"{saved.ref}:a.txt", f"{saved.ref}:b.txt") == "hidden a\nhidden b"


async def test_saving_twice_gives_one_save_and_a_new_state_a_new_number(
    repo: Repository, tree: Path, base: str
) -> None:
    (tree / "new").write_text("1")
    first = await saved_of(repo, tree, base)
    assert await saved_of(repo, tree, base) == first
    (tree / "new").write_text("2")
    assert (await saved_of(repo, tree, base)).ref == "refs/ao/saved/s/2"


async def test_work_is_saved_when_the_agent_deleted_or_forged_the_git_file(
    repo: Repository, top: Path, tree: Path, base: str, sh
) -> None:
    (tree / "new").write_text("work")
    (top / "main-only").write_text("the user's")
    (tree / ".git").write_text(f"gitdir: {top / '.git'}\n")
    forged = await saved_of(repo, tree, base)
    (tree / ".git").unlink()
    saved = await saved_of(repo, tree, base)
    assert saved == forged
    assert sh(top, "ls-tree", "--name-only", saved.ref).split() == [".gitignore", "a.txt", "b.txt", "new"]
    assert await remove(repo, tree, base=base, saved=saved.ref) is None
    assert (top / "main-only").read_text() == "the user's"


async def test_removal_refuses_without_a_save(repo: Repository, tree: Path, base: str) -> None:
    (tree / "new").write_text("work")
    refused = await remove(repo, tree, base=base)
    assert isinstance(refused, Problem)
    assert "not saved" in refused.sentence
    assert (tree / "new").read_text() == "work"


async def test_removal_refuses_when_something_changed_since_the_save(repo: Repository, tree: Path, base: str) -> None:
    (tree / "new").write_text("work")
    saved = await saved_of(repo, tree, base)
    (tree / "debug.log").write_text("later, and ignored")
    refused = await remove(repo, tree, base=base, saved=saved.ref)
    assert isinstance(refused, Problem)
    assert "changed since" in refused.sentence
    assert (tree / "debug.log").exists()


async def test_removal_refuses_a_save_that_can_not_be_read(repo: Repository, tree: Path, base: str) -> None:
    (tree / "new").write_text("work")
    refused = await remove(repo, tree, base=base, saved="refs/ao/saved/s/9")
    assert isinstance(refused, Problem)
    assert "read back" in refused.sentence


@pytest.mark.parametrize("place", ["nested", "out/nested", "."])
async def test_a_repository_inside_is_kept(repo: Repository, tree: Path, base: str, sh, place: str) -> None:
    inner = tree / place
    inner.mkdir(parents=True, exist_ok=True)
    if place == ".":
        (tree / ".git").unlink()
    sh(inner, "init", "-q")
    (inner / "work").write_text("history")
    sh(inner, "add", ".")
    sh(inner, "commit", "-qm", "inner")
    saved = await saved_of(repo, tree, base)
    refused = await remove(repo, tree, base=base, saved=saved.ref)
    assert isinstance(refused, Problem)
    assert "repository of its own" in refused.sentence
    assert sh(inner, "log", "--format=%s") == "inner"


async def test_a_worktree_with_an_empty_submodule_is_removed(repo: Repository, top: Path, tmp_path: Path, sh) -> None:
    sh(tmp_path, "clone", "-q", str(top), "lib")
    sh(top, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(tmp_path / "lib"), "lib")
    sh(top, "commit", "-qm", "submodule")
    base = sh(top, "rev-parse", "HEAD")
    path = top / ".worktrees" / "sub"
    assert isinstance(await add(repo, path, "ao/sub", base), Added)
    assert await remove(repo, path, base=base) is None
    assert not path.exists()
    assert (top / "lib" / "a.txt").exists()


async def test_a_populated_submodule_is_kept(repo: Repository, top: Path, tmp_path: Path, sh) -> None:
    sh(tmp_path, "clone", "-q", str(top), "lib")
    sh(top, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(tmp_path / "lib"), "lib")
    sh(top, "commit", "-qm", "submodule")
    base = sh(top, "rev-parse", "HEAD")
    path = top / ".worktrees" / "sub"
    assert isinstance(await add(repo, path, "ao/sub", base), Added)
    sh(path, "-c", "protocol.file.allow=always", "submodule", "update", "--init", "-q")
    refused = await remove(repo, path, base=base)
    assert isinstance(refused, Problem)
    assert (path / "lib" / "a.txt").exists()


async def test_removing_what_was_removed_by_hand_forgets_it(
    repo: Repository, top: Path, tree: Path, base: str, sh
) -> None:
    shutil.rmtree(tree)
    assert await remove(repo, tree, base=base, branch="ao/s") is None
    assert str(tree) not in sh(top, "worktree", "list")
    assert await remove(repo, tree, base=base, branch="ao/s") is None


async def test_removing_a_folder_that_is_no_worktree_is_refused(repo: Repository, top: Path, base: str) -> None:
    (top / "folder").mkdir()
    assert isinstance(await remove(repo, top / "folder", base=base), Problem)
    assert (top / "folder").is_dir()


async def test_a_branch_is_kept_while_nothing_else_holds_its_commits(repo: Repository, top: Path, sh, commit) -> None:
    sh(top, "checkout", "-qb", "ao/only")
    commit(top, a_txt="only here\n")
    sh(top, "checkout", "-q", "main")
    refused = await delete_branch(repo, "ao/only")
    assert isinstance(refused, Problem)
    sh(top, "update-ref", "refs/ao/landed/1", "ao/only")
    assert await delete_branch(repo, "ao/only") is None


async def test_a_restore_over_changes_is_refused(repo: Repository, tree: Path, base: str) -> None:
    (tree / "a.txt").write_text("saved\n")
    saved = await saved_of(repo, tree, base)
    (tree / "a.txt").write_text("newer\n")
    assert isinstance(await restore(repo, saved.ref, tree, "ao/s"), Problem)
    assert (tree / "a.txt").read_text() == "newer\n"


async def test_old_saves_expire_but_not_of_kept_sessions(repo: Repository, tree: Path, base: str) -> None:
    (tree / "new").write_text("1")
    saved = await saved_of(repo, tree, base)
    assert await expire(repo, 0) == ()
    assert await expire(repo, 2**31, keep={"s"}) == ()
    assert await expire(repo, 2**31) == (saved.ref,)
    assert await resolve(repo, saved.ref) is None


@pytest.mark.parametrize("head", ["its base", "nothing yet"])
@pytest.mark.parametrize("branch", ["made", "missing"])
async def test_one_that_git_was_registering_when_it_was_killed_is_put_on_its_branch(
    repo: Repository, top: Path, sh, head: str, branch: str
) -> None:
    path = top / ".worktrees" / "s"
    base = sh(top, "rev-parse", "HEAD")
    if branch == "made":
        sh(top, "branch", "ao/s", base)
    # Git writes the worktree's HEAD before it makes that the branch.
    sh(top, "worktree", "add", "--lock", "--no-checkout", "--detach", str(path), base)
    if head == "nothing yet":
        (top / ".git" / "worktrees" / "s" / "HEAD").write_text("0" * 40 + "\n")
    assert isinstance(await add(repo, path, "ao/s", base), Added)
    assert sh(path, "symbolic-ref", "--short", "HEAD") == "ao/s"
    assert sh(path, "status", "--porcelain") == ""
    assert sh(path, "rev-parse", "HEAD") == base


async def test_a_detached_worktree_of_the_persons_own_is_in_the_way(repo: Repository, top: Path, sh) -> None:
    path = top / ".worktrees" / "s"
    sh(top, "worktree", "add", "--detach", str(path))
    refused = await add(repo, path, "ao/s", sh(top, "rev-parse", "HEAD"))
    assert isinstance(refused, Problem)
    assert "detached HEAD" in refused.sentence
