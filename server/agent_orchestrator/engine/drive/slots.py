"""The pool of slots: each holds exactly one commit's tree for one gate at a time, and is used again after it."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import chain, count
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
    _distrusted: set[Path] = field(factory=set)

    @asynccontextmanager
    async def slot(
        self,
        repo: Repository,
        commit: str,
        *,
        keep: Sequence[str] = (),
        fresh: bool = False,
        prefer: Path | None = None,
    ) -> AsyncIterator[Slot]:
        """A slot that holds ``commit``'s tree, for as long as the block lasts. Raises SlotFailed.

        ``fresh``: only one that nothing ran in before. ``prefer``: this one, should it be free.
        """
        tree = self._take(self.folder(repo), prefer)
        try:
            made = await self._prepare(repo, tree, commit, keep, fresh=fresh)
            # What goes wrong from here on is no fault of the slot, and no result of the gate.
            yield Slot(tree, _lock_of(tree), "fresh" if made else "reused")
        finally:
            self._taken.discard(tree)

    async def _prepare(self, repo: Repository, tree: Path, commit: str, keep: Sequence[str], *, fresh: bool) -> bool:
        try:
            if fresh or repo.common_dir in self._distrusted:
                await discard(repo, tree)
            made = await prepare(repo, tree, commit, keep)
        except (GitError, OSError) as error:
            raise SlotFailed(f"the slot {tree} could not be made: {error}") from error
        if isinstance(made, Problem):
            raise SlotFailed(made.sentence)
        return made

    def distrust(self, repo: Repository) -> None:
        """From now on make this repository's slots anew for each use: something in them outlived its gate."""
        self._distrusted.add(repo.common_dir)

    def folder(self, repo: Repository) -> Path:
        """Where the slots of a repository lie."""
        name = hashlib.sha256(str(repo.common_dir).encode()).hexdigest()[:12]
        return self.root / f"{(repo.main_worktree or repo.common_dir).name}-{name}"

    def _take(self, folder: Path, prefer: Path | None) -> Path:
        numbered = (folder / str(number) for number in count())
        wanted = (prefer,) if prefer is not None and prefer.parent == folder else ()
        # A holder of an earlier daemon may still run in a slot: its lock says so.
        tree = next(t for t in chain(wanted, numbered) if t not in self._taken and not _is_locked(_lock_of(t)))
        self._taken.add(tree)
        return tree


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
