"""The pool of slots: each holds exactly one commit's tree for one gate at a time, and is used again after it."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from attrs import define, field, frozen

from agent_orchestrator.git.problem import Problem
from agent_orchestrator.git.repository import Repository
from agent_orchestrator.git.runner import GitError
from agent_orchestrator.git.slot import discard, prepare


@frozen
class Slot:
    """A prepared slot. ``lineage`` is ``fresh`` (just made) or ``reused``; ``lock`` is for the gate's holder."""

    tree: Path
    lock: Path
    lineage: str


class SlotFailed(Exception):
    """No slot could be prepared; the message says why."""


@define
class SlotPool:
    """Slots of all repositories under one cache folder (``<cache>/slots/<repository>/<n>``)."""

    root: Path
    _taken: set[Path] = field(factory=set)

    @asynccontextmanager
    async def slot(
        self, repo: Repository, commit: str, *, keep: Sequence[str] = (), fresh: bool = False
    ) -> AsyncIterator[Slot]:
        """A slot that holds ``commit``'s tree, for as long as the block lasts. Raises SlotFailed.

        ``fresh``: only one that nothing ran in before.
        """
        tree = self._take(self.folder(repo))
        try:
            if fresh:
                await discard(repo, tree)
            made = await prepare(repo, tree, commit, keep)
            if isinstance(made, Problem):
                raise SlotFailed(made.sentence)
            yield Slot(tree, _lock_of(tree), "fresh" if made else "reused")
        except (GitError, OSError) as error:
            raise SlotFailed(f"the slot {tree} could not be made: {error}") from error
        finally:
            self._taken.discard(tree)

    def folder(self, repo: Repository) -> Path:
        """Where the slots of a repository lie."""
        name = hashlib.sha256(str(repo.common_dir).encode()).hexdigest()[:12]
        return self.root / f"{(repo.main_worktree or repo.common_dir).name}-{name}"

    def _take(self, folder: Path) -> Path:
        number = 0
        while True:
            tree = folder / str(number)
            # A holder of an earlier daemon may still run here: its lock says so.
            if tree not in self._taken and not _is_locked(_lock_of(tree)):
                self._taken.add(tree)
                return tree
            number += 1


def _lock_of(tree: Path) -> Path:
    return tree.with_name(f"{tree.name}.lock")


def _is_locked(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
