from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agent_orchestrator.git.checkouts import in_progress
from agent_orchestrator.git.problem import Problem
from agent_orchestrator.git.repository import (
    Repository,
    checked_out_at,
    default_branch,
    discover,
    identity,
    resolve,
    worktrees,
)
from agent_orchestrator.git.shared import diff_fingerprints, exclude, shared_fingerprint


async def test_a_subfolder_leads_to_its_repository(top: Path) -> None:
    (top / "sub").mkdir()
    found = await discover(top / "sub")
    assert isinstance(found, Repository)
    assert (found.top, found.common_dir, found.main_worktree, found.branch) == (top, top / ".git", top, "main")
    assert found.notes == ()


@pytest.mark.parametrize(
    ("prepare", "words"),
    [
        ((), "not in a git repository"),
        (("init", "-q"), "no commits yet"),
        (("init", "-q", "--bare"), "bare repository"),
    ],
)
async def test_an_unusable_place_is_a_sentence(tmp_path: Path, sh, prepare: tuple[str, ...], words: str) -> None:
    place = tmp_path / "place"
    place.mkdir()
    if prepare:
        sh(place, *prepare)
    found = await discover(place)
    assert isinstance(found, Problem)
    assert words in found.sentence
    assert str(place) in found.sentence


async def test_a_path_that_does_not_exist_is_a_sentence(tmp_path: Path) -> None:
    assert isinstance(await discover(tmp_path / "nowhere"), Problem)


async def test_a_linked_worktree_names_the_main_one(top: Path, tmp_path: Path, sh) -> None:
    sh(top, "worktree", "add", "-q", str(tmp_path / "linked"))
    found = await discover(tmp_path / "linked")
    assert isinstance(found, Repository)
    assert found.main_worktree == top
    assert "linked worktree" in found.notes[0]


async def test_a_worktree_of_a_bare_repository_has_no_main_worktree(top: Path, tmp_path: Path, sh) -> None:
    sh(tmp_path, "clone", "-q", "--bare", str(top), "bare.git")
    sh(tmp_path / "bare.git", "worktree", "add", "-q", str(tmp_path / "linked"))
    found = await discover(tmp_path / "linked")
    assert isinstance(found, Repository)
    assert found.main_worktree is None


async def test_a_detached_head_is_noted_and_has_no_default_branch(top: Path, sh) -> None:
    sh(top, "checkout", "-q", "--detach")
    found = await discover(top)
    assert isinstance(found, Repository)
    assert "detached HEAD" in found.notes[0]
    assert await default_branch(found) is None


async def test_the_default_branch_is_the_remotes_else_the_current(top: Path, tmp_path: Path, sh, repo) -> None:
    assert await default_branch(repo) == "main"
    sh(top, "branch", "-m", "trunk")
    sh(tmp_path, "clone", "-q", str(top), "clone")
    sh(tmp_path / "clone", "checkout", "-qb", "other")
    clone = await discover(tmp_path / "clone")
    assert isinstance(clone, Repository)
    assert await default_branch(clone) == "trunk"


async def test_resolve_gives_commit_and_tree_or_none(repo: Repository, top: Path, sh) -> None:
    assert await resolve(repo, "main") == (sh(top, "rev-parse", "main"), sh(top, "rev-parse", "main^{tree}"))
    assert await resolve(repo, "nothing") is None
    assert await resolve(repo, "--all") is None


async def test_an_unknown_person_gets_the_stated_fallback(repo: Repository, own_home: Path) -> None:
    known = await identity(repo)
    assert (known.name, known.email, known.fallback) == ("Ada", "ada@example.org", False)
    (own_home / ".gitconfig").unlink()
    assert (await identity(repo)).fallback


async def test_operations_in_progress_are_named(top: Path, sh, commit) -> None:
    assert in_progress(top / ".git") is None
    sh(top, "checkout", "-qb", "side")
    commit(top, a_txt="side\n")
    sh(top, "checkout", "-q", "main")
    commit(top, a_txt="main\n")
    sh(top, "merge", "side", check=False)
    assert in_progress(top / ".git") == "a merge"
    sh(top, "merge", "--abort")
    (top / ".git" / "index.lock").touch()
    assert "index.lock" in (in_progress(top / ".git") or "")


async def test_a_branch_being_rebased_is_still_checked_out(repo: Repository, top: Path, sh, commit) -> None:
    assert await checked_out_at(repo, "side") is None
    sh(top, "checkout", "-qb", "side")
    commit(top, a_txt="side\n")
    sh(top, "checkout", "-q", "main")
    commit(top, a_txt="main\n")
    sh(top, "checkout", "-q", "side")
    sh(top, "rebase", "main", check=False)
    assert sh(top, "branch", "--show-current") == ""
    assert await checked_out_at(repo, "side") == top


async def test_a_pattern_is_excluded_once(repo: Repository) -> None:
    exclude(repo, "/.worktrees/")
    exclude(repo, "/.worktrees/")
    assert (repo.common_dir / "info" / "exclude").read_text().splitlines().count("/.worktrees/") == 1


async def test_changes_to_what_sessions_share_are_sentences(repo: Repository, top: Path, sh) -> None:
    before = await shared_fingerprint(repo)
    sh(top, "config", "core.editor", "secret-token")
    (top / ".git" / "hooks" / "post-commit").write_text("#!/bin/sh\n")
    sh(top, "branch", "theirs")
    sh(top, "branch", "ao/own")
    sh(top, "update-ref", "refs/ao/saved/x/1", "HEAD")
    sentences = diff_fingerprints(before, await shared_fingerprint(repo), "ao/own")
    assert sentences == [
        "the shared git configuration changed: core.editor was added",
        "the shared git file hooks/post-commit was added",
        "refs/heads/theirs was added outside the session's own branch",
    ]


async def test_a_stash_is_noticed_and_an_expected_move_is_not(repo: Repository, top: Path, sh, commit) -> None:
    before = await shared_fingerprint(repo)
    commit(top, a_txt="moved\n")
    (top / "a.txt").write_text("dirty\n")
    sh(top, "stash", "-q")
    after = await shared_fingerprint(repo)
    assert diff_fingerprints(before, after, "ao/own", expected={"refs/heads/main"}) == [
        "refs/stash was added outside the session's own branch"
    ]


async def test_worktrees_are_listed_again_while_one_is_being_made(top: Path, tmp_path: Path, sh) -> None:
    sh(top, "worktree", "add", "-q", str(tmp_path / "linked"))
    found = await discover(top)
    assert isinstance(found, Repository)
    common = top / ".git" / "worktrees" / "linked" / "commondir"
    content = common.read_text()
    common.write_text("")
    listing = asyncio.create_task(worktrees(found))
    # git writes the file some moments after it made it.
    asyncio.get_running_loop().call_later(0.02, common.write_text, content)
    assert [w.path for w in await listing] == [top, tmp_path / "linked"]
