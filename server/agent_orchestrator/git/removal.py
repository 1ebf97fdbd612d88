"""Removing a session's worktree without ever forcing git, and only after its state was read back from a save."""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection
from pathlib import Path

from .lock import HELD_NAME, git_at_work, is_held, repo_lock
from .problem import Problem
from .repository import Repository, checked_out_at, is_ancestor, resolve
from .runner import Git, GitError
from .snapshot import DEPENDENCY_DIRS, Snapshot, snapshot
from .worktree import forget

_SECONDS = 600.0


async def remove(
    repo: Repository,
    path: Path,
    *,
    base: str,
    saved: str | None = None,
    branch: str | None = None,
    exclude_dirs: Collection[str] = DEPENDENCY_DIRS,
    max_bytes: int = 10_000_000,
) -> Problem | None:
    """Remove the worktree at ``path``; ``None`` is success, also when it was removed by hand before.

    ``saved`` is the ref of a save of exactly this state, made with the same ``exclude_dirs`` and ``max_bytes``; it may
    be ``None`` only when ``base`` holds everything. With ``branch`` (short name) that branch is deleted too, if
    another ref keeps its commits. Refuses, changing nothing, when something would be lost.
    """
    try:
        git = repo.at(path)
        if path.exists():
            if git is None:
                return Problem(f"{path} is not a worktree of {repo.common_dir}; it is left alone.")
            state = await snapshot(repo, path, exclude_dirs=exclude_dirs, max_bytes=max_bytes)
            if isinstance(state, Problem):
                return state
            refusal = _busy(git, path) or _nested(path, state) or await _uncovered(repo, path, state, base, saved)
            if refusal is not None:
                return refusal
            await _empty(git, path, state)
        async with repo_lock(repo.common_dir):
            if git is not None:
                await forget(repo, path)
            return await delete_branch(repo, branch) if branch else None
    except (GitError, OSError) as error:
        return Problem(f"the worktree {path} could not be removed: {error}")


async def delete_branch(repo: Repository, branch: str) -> Problem | None:
    """Delete a branch whose tip another branch or a ref under ``refs/ao/`` contains; ``None`` is success."""
    ref = f"refs/heads/{branch}"
    tip = await resolve(repo, ref)
    if tip is None:
        return None
    place = await checked_out_at(repo, branch)
    if place is not None:
        return Problem(f"branch {branch} is checked out at {place}; it is kept.")
    keepers = (
        await repo.git().text(
            *("for-each-ref", "--count=2", f"--contains={tip[0]}", "--format=%(refname)", "refs/ao", "refs/heads")
        )
    ).splitlines()
    if not set(keepers) - {ref}:
        return Problem(f"branch {branch} at {tip[0][:12]} is kept: no landed, saved or other ref holds its commits.")
    await repo.git().run("update-ref", "-d", ref, tip[0])
    return None


def _busy(git: Git, path: Path) -> Problem | None:
    assert git.git_dir is not None
    process = git_at_work(path)
    if process is not None or is_held(git.git_dir / HELD_NAME):
        return Problem(f"git is at work in {path} (process {process or 'unknown'}); wait for it or end it.")
    return None


def _nested(path: Path, state: Snapshot) -> Problem | None:
    if not state.nested:
        return None
    where = path if state.nested[0] == "." else path / state.nested[0]
    return Problem(
        f"{where} is a git repository of its own, whose history no save holds; move it out, then remove again."
    )


async def _uncovered(repo: Repository, path: Path, state: Snapshot, base: str, saved: str | None) -> Problem | None:
    if saved is None:
        kept = state.tree == state.head_tree and state.head is not None and await is_ancestor(repo, state.head, base)
        return None if kept else Problem(f"{path} holds work that is not saved; save it before removing it.")
    commit, parent = await resolve(repo, saved), await resolve(repo, f"{saved}^")
    if commit is None:
        return Problem(f"{saved} can not be read back; {path} is left alone. Save it again.")
    if commit[1] != state.tree or (parent and parent[0]) != state.head:
        return Problem(f"{path} changed since {saved} was made; save it again before removing it.")
    return None


async def _empty(git: Git, path: Path, state: Snapshot) -> None:
    assert git.git_dir is not None
    (git.git_dir / "index.lock").unlink(missing_ok=True)
    if state.submodules:
        # git removes no worktree with submodule entries unless forced; one whose folder is gone it forgets.
        shutil.rmtree(path)
        return
    held = git.git_dir / HELD_NAME
    await git.run("reset", "--hard", "-q", held=held, timeout=_SECONDS)
    await git.run("clean", "-ffdq", held=held, timeout=_SECONDS)
    pointer = path / ".git"
    if not pointer.exists() or os.path.realpath(pointer.read_text().removeprefix("gitdir: ").strip()) != str(
        git.git_dir
    ):
        pointer.unlink(missing_ok=True)
        pointer.write_text(f"gitdir: {git.git_dir}\n")
