"""Locks on files: one per repository for short steps, and one that lives as long as a git process does."""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

#: Held through ``Git.run(held=…)`` by a git that writes a worktree, in that worktree's git directory.
HELD_NAME = "ao-git.lock"

#: Shared, in the common git directory, by every git of ours that changes the repository.
WRITERS_NAME = "ao-writers.lock"

_FIRST_WAIT = 0.002
_LONGEST_WAIT = 0.05


@asynccontextmanager
async def repo_lock(common_dir: Path) -> AsyncIterator[None]:
    """Hold the lock of one repository, across tasks and processes, for a step of milliseconds.

    It is ``flock`` on ``<common_dir>/ao.lock``: the kernel frees it when the holder dies. Waiting polls with a growing
    pause, because a thread blocked in ``flock`` could not be cancelled. Not re-entrant.
    """
    descriptor = os.open(common_dir / "ao.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        pause = _FIRST_WAIT
        while not _try(descriptor):
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_WAIT)
        yield
    finally:
        os.close(descriptor)


async def take(path: Path, seconds: float) -> int | None:
    """Lock ``path``; the descriptor that holds the lock, or None when somebody else has it for all of ``seconds``.

    A lock that was let go of can last a moment longer: in a process that another thread has just forked, and that has
    not yet closed the descriptors it does not want.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    pause = _FIRST_WAIT
    try:
        async with asyncio.timeout(seconds):
            while not _try(descriptor):
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_WAIT)
    except TimeoutError:
        os.close(descriptor)
        return None
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def is_held(path: Path) -> bool:
    """Whether a git started with ``held=path``, or a child of it, still lives."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        return not _try(descriptor)
    finally:
        os.close(descriptor)


async def released(path: Path, seconds: float) -> bool:
    """Wait until no git holds ``path`` (:func:`is_held`), at most ``seconds``; whether that came to be.

    A git outlives a daemon that was killed, and goes on writing while the next daemon looks at what it left.
    """
    pause = _FIRST_WAIT
    try:
        async with asyncio.timeout(seconds):
            while is_held(path):
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_WAIT)
    except TimeoutError:
        return False
    return True


def git_at_work(worktree: Path) -> int | None:
    """Process id of some git whose working directory is inside ``worktree``, read from ``/proc``.

    ``None`` where there is none, or no ``/proc`` (then only our own git is known, see :func:`is_held`).
    """
    proc = Path("/proc")
    names = [name for name in os.listdir(proc) if name.isdigit()] if proc.is_dir() else []
    for name in names:
        try:
            if (proc / name / "comm").read_text().strip() != "git":
                continue
            cwd = Path(os.readlink(proc / name / "cwd"))
        except OSError:
            continue
        if cwd == worktree or worktree in cwd.parents:
            return int(name)
    return None


def drop_stale_index_lock(worktree: Path, git_dir: Path) -> None:
    """Remove the ``index.lock`` that a killed git left in a worktree of ours; one of a git at work is left alone."""
    lock = git_dir / "index.lock"
    if lock.exists() and git_at_work(worktree) is None and not is_held(git_dir / HELD_NAME):
        lock.unlink(missing_ok=True)


def _try(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
