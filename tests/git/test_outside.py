"""What of a checkout is watched, what of it is ignored, and what is kept of what changed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from agent_orchestrator.git.outside import Changed, folders, ignored, keep
from agent_orchestrator.git.repository import Repository, discover
from agent_orchestrator.git.runner import Git


@pytest.fixture
async def repo(tmp_path: Path, sh) -> Repository:
    top = tmp_path / "repo"
    top.mkdir()
    sh(top, "init", "-q")
    for name in ("a.txt", "sub/deep/b.txt", "build/made.o", "node_modules/pkg/index.js", "loose/c.txt"):
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(name)
    (top / ".gitignore").write_text("node_modules/\n*.o\n")
    (top / "empty").mkdir()
    sh(top, "add", "a.txt", "sub", ".gitignore")
    sh(top, "commit", "-qm", "first")
    found = await discover(top)
    assert isinstance(found, Repository)
    return found


def checkout(repo: Repository) -> Git:
    found = repo.at(repo.top)
    assert found is not None
    return found


async def test_folders_with_what_is_not_ignored_are_watched(repo: Repository) -> None:
    found = await folders(checkout(repo), repo.top)
    assert found == [repo.top, repo.top / "loose", repo.top / "sub", repo.top / "sub/deep"]


async def test_a_repository_in_it_is_not_looked_into(repo: Repository, sh) -> None:
    sh(repo.top, "init", "-q", "other/inner")
    (repo.top / "other/inner/x").write_text("x")
    found = await folders(checkout(repo), repo.top)
    assert repo.top / "other/inner" / "x" not in found
    assert not any(".git" in folder.parts for folder in found)


async def test_what_git_ignores_is_known_whether_it_is_there_or_not(repo: Repository) -> None:
    odd = os.fsdecode(b"b\xff.o")
    paths = ["a.txt", "node_modules/", "gone/x.o", "*.txt", "[a].o", odd]
    assert await ignored(checkout(repo), paths) == {"node_modules/", "gone/x.o", "[a].o", odd}


async def test_of_what_can_not_be_asked_nothing_is_ignored(repo: Repository) -> None:
    assert await ignored(checkout(repo), ["../elsewhere"]) == frozenset()


async def test_every_content_that_was_told_of_is_kept(repo: Repository, sh) -> None:
    blobs = []
    for text in ("zero", "one", "two"):
        (repo.top / "a.txt").write_text(text)
        blobs.append(sh(repo.top, "hash-object", "-w", "a.txt"))
    for after in blobs[1:]:
        await keep(repo, "s/1", [Changed("a.txt", blobs[0], after)])
    ref = "refs/ao/outside/s/1"
    assert sh(repo.top, "show", f"{ref}:before/a.txt") == "zero"
    assert sh(repo.top, "show", f"{ref}:after/a.txt") == "two"
    assert sh(repo.top, "show", f"{ref}:earlier/{blobs[1][:12]}/a.txt") == "one"
    assert not list(repo.common_dir.glob("*.index"))
