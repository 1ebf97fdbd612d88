from __future__ import annotations

from pathlib import Path

import pytest

from agent_orchestrator.git.problem import Problem
from agent_orchestrator.git.repository import Repository
from agent_orchestrator.plugins.workspace.worktree import Prepared, create


async def prepared(repo: Repository, **options: list[str]) -> Prepared:
    made = await create(repo, repo.top / ".worktrees" / "s", "ao/s", repo.head, **options)
    assert isinstance(made, Prepared)
    return made


async def test_named_ignored_files_are_copied_with_their_modes(repo: Repository, top: Path, sh) -> None:
    (top / ".worktreeinclude").write_text("# local settings\nsecret.log\nout/keep/\n!out/keep/not.txt\n")
    (top / "secret.log").write_text("s")
    (top / "secret.log").chmod(0o600)
    (top / "other.log").write_text("o")
    (top / "out" / "keep").mkdir(parents=True)
    (top / "out" / "keep" / "x").write_text("x")
    (top / "out" / "y").write_text("y")
    made = await prepared(repo)
    tree = made.worktree.path
    assert set(made.copied) == {"secret.log", "out/keep/x"}
    # What git ignores anyway needs no line there.
    assert "secret.log" not in (repo.common_dir / "info" / "exclude").read_text()
    assert (tree / "secret.log").stat().st_mode & 0o777 == 0o600
    assert not (tree / "other.log").exists()
    assert not (tree / "out" / "y").exists()


async def test_a_named_file_that_is_not_ignored_is_not_copied_by_worktreeinclude(repo: Repository, top: Path) -> None:
    (top / ".worktreeinclude").write_text("draft.txt\n")
    (top / "draft.txt").write_text("d")
    assert (await prepared(repo)).copied == ()


async def test_include_globs_copy_untracked_files_that_stay_out_of_commits(repo: Repository, top: Path, sh) -> None:
    (top / "conf").mkdir()
    (top / "conf" / "local.ini").write_text("x")
    made = await prepared(repo, include=["conf/*.ini"])
    assert made.copied == ("conf/local.ini",)
    assert sh(made.worktree.path, "status", "--porcelain") == ""


async def test_existing_files_are_not_replaced(repo: Repository, top: Path) -> None:
    (top / "a.txt").write_text("dirty in the main checkout\n")
    made = await prepared(repo, include=["a.txt"])
    assert made.copied == ()
    assert (made.worktree.path / "a.txt").read_text() == "one\ntwo\nthree\n"


async def test_links_are_made_and_hidden(repo: Repository, top: Path, sh) -> None:
    (top / "data").mkdir()
    made = await prepared(repo, symlinks=["data"])
    assert made.linked == ("data",)
    assert (made.worktree.path / "data").readlink() == top / "data"
    assert sh(made.worktree.path, "status", "--porcelain") == ""


@pytest.mark.parametrize("name", [".venv", "node_modules", "packages/x/node_modules", "../outside", "/etc"])
async def test_environments_and_outside_paths_are_not_linked(repo: Repository, top: Path, name: str) -> None:
    made = await prepared(repo, symlinks=[name])
    assert made.linked == ()
    assert f"`{name}`" in made.problems[0]


async def test_a_glob_that_leaves_or_matches_nothing_is_said(repo: Repository) -> None:
    made = await prepared(repo, include=["../*", "nothing*"])
    assert [problem.split("`")[1] for problem in made.problems] == ["../*", "nothing*"]


async def test_a_worktree_that_can_not_be_made_is_a_problem(repo: Repository, top: Path) -> None:
    (top / ".worktrees" / "s").mkdir(parents=True)
    (top / ".worktrees" / "s" / "mine").touch()
    assert isinstance(await create(repo, top / ".worktrees" / "s", "ao/s", repo.head), Problem)
