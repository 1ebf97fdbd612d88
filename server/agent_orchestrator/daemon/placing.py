"""Brings what CI and reviewers say of commits to the lines of the users' files.

Done when pull requests or files may differ, and by no clock; what did not change is not read again.
"""

from __future__ import annotations

import asyncio
import logging
import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path

from attrs import define, evolve, field, frozen

from agent_orchestrator.daemon.app import App
from agent_orchestrator.engine.drive.context import Driven, NotDriven
from agent_orchestrator.engine.drive.forge import fetched
from agent_orchestrator.git.contents import renamed, versions
from agent_orchestrator.git.runner import GitError
from agent_orchestrator.model.placing import PlacedFile, Placement, files_of, same_lines
from agent_orchestrator.model.watched import Watched

log = logging.getLogger(__name__)

#: Bytes of a file, and of all files that are compared at a time; of larger ones no line is known.
_MOST, _TOGETHER = 4 * 1024 * 1024, 64 * 1024 * 1024

#: Differs when the content of a file does; None: there is no file.
Stamp = tuple[int, int] | None


@frozen
class _Known:
    """What was found of a file of a commit. ``index``: of what git's index was then, where the file is missing."""

    stamp: Stamp
    index: Stamp
    file: PlacedFile | None


@define
class Placing:
    """Keeps :class:`agent_orchestrator.views.placements.Placements` up to date."""

    app: App
    #: Pull request, commit and path there → what was found.
    _known: dict[tuple[str, str, str], _Known] = field(factory=dict)
    #: Project and commit: what is here, and what could not be had and is asked for after a look at the forge.
    _had: set[tuple[str, str]] = field(factory=set)
    _lost: set[tuple[str, str]] = field(factory=set)
    #: Files that an editor opened or wrote since they were looked at last.
    _touched: set[str] = field(factory=set)
    _seen: tuple[object, object] = (None, None)
    _wake: asyncio.Event = field(factory=asyncio.Event)

    async def run(self) -> None:
        """Place what is to be placed, until cancelled."""
        self.app.file_touched = self.touched
        self.app.engine.listeners.append(self._changed)
        self.app.checkouts.listeners.append(self._wake_up)
        self._wake_up()
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                await self._all()
                if not self._wake.is_set():
                    self.app.placements.end()
        finally:
            self.app.engine.listeners.remove(self._changed)
            self.app.checkouts.listeners.remove(self._wake_up)
            self.app.placements.end()

    def looked(self, project: str) -> None:
        """A project's forge was looked at: its commits may be there now."""
        self._lost = {(owner, head) for owner, head in self._lost if owner != project}
        self._wake_up()

    def touched(self, path: str) -> None:
        """An editor opened or wrote a file."""
        if self.app.state.pulls:
            self._touched.add(path)
            self._wake_up()

    def _changed(self) -> None:
        state = self.app.state
        # A landing may have moved the checkout.
        seen = (state.pulls, state.landings)
        if any(a is not b for a, b in zip(self._seen, seen, strict=True)):
            self._seen = seen
            self._wake_up()

    def _wake_up(self) -> None:
        if self.app.state.pulls or self._known:
            self.app.placements.begin()
            self._wake.set()

    async def _all(self) -> None:
        touched, self._touched = self._touched, set()
        followed = [w for w in self.app.state.pulls.values() if w.open and w.pull and (w.reds or w.pull.threads)]
        heads = {(w.key, w.pull.head) for w in followed if w.pull}
        # Nobody waits for a commit that has to be fetched first.
        followed.sort(key=lambda w: w.pull is not None and (w.project, w.pull.head) not in self._had)
        self._known = {key: known for key, known in self._known.items() if key[:2] in heads}
        self.app.placements.keep({w.key for w in followed})
        for watched in followed:
            self.app.placements.put(watched.key, await self._placement(watched, touched))

    async def _placement(self, watched: Watched, touched: set[str]) -> Placement:
        """Where its lines are: nowhere, whatever is wrong, so that the others are placed."""
        try:
            return await self._placed(self.app.context.driven(watched.project), watched, touched)
        except (GitError, NotDriven, OSError, ValueError) as error:
            log.warning("%s: what is said of it can not be brought to files: %s", watched.key, error)
        except Exception:
            log.exception("%s: what is said of it can not be brought to files", watched.key)
        return Placement(watched.pull.head if watched.pull else "")

    async def _placed(self, driven: Driven, watched: Watched, touched: set[str]) -> Placement:
        pull = watched.pull
        assert pull is not None
        if not files_of(watched) or not await self._has(driven, watched):
            return Placement(pull.head)
        main, index = driven.main, _stamp(driven.main, ".git/index")
        unsure = []
        for path in files_of(watched):
            known = self._known.get((watched.key, pull.head, path))
            now = _stamp(main, known.file.path if known and known.file else path)
            if known is None or known.stamp != now or (now is None and known.index != index):
                unsure.append(path)
            elif known.file is not None and str(main / known.file.path) in touched:
                # Invariant: it is as it was read, now as well; an editor that told of a save only now counts from here.
                file = evolve(known.file, seen_at=self.app.context.now())
                self._known[watched.key, pull.head, path] = evolve(known, file=file)
        if unsure:
            found = await self._compared(driven, pull.head, unsure, index)
            self._known |= {(watched.key, pull.head, path): known for path, known in found.items()}
        placed = {path: self._known[watched.key, pull.head, path].file for path in files_of(watched)}
        return Placement(pull.head, {path: file for path, file in placed.items() if file is not None})

    async def _has(self, driven: Driven, watched: Watched) -> bool:
        pull = watched.pull
        assert pull is not None
        commit = (watched.project, pull.head)
        if commit not in self._had and commit not in self._lost:
            # Invariant: nothing is fetched for a project that the person has not trusted.
            there = self.app.state.projects[watched.project].active and await fetched(driven, pull)
            (self._had if there else self._lost).add(commit)
        return commit in self._had

    async def _compared(self, driven: Driven, head: str, paths: Iterable[str], index: Stamp) -> Mapping[str, _Known]:
        main, now = driven.main, self.app.context.now()
        places = {path: path for path in paths}
        if any(_stamp(main, path) is None for path in places):
            moved = await renamed(driven.repo, main, head)
            places = {path: path if _stamp(main, path) else moved.get(path, path) for path in places}
        before = await versions(driven.repo, head, places, _MOST, _TOGETHER)
        return await asyncio.to_thread(_compare, main, before, places, (now, index))


def _compare(
    main: Path, before: Mapping[str, bytes], places: Mapping[str, str], at: tuple[float, Stamp]
) -> dict[str, _Known]:
    now, index = at
    found = {}
    for path, place in places.items():
        stamp = _stamp(main, place)
        file = None
        if stamp is not None and path in before and stamp[1] <= _MOST:
            lines = same_lines(_text(before[path]), _text((main / place).read_bytes()))
            file = PlacedFile(place, lines, now)
        found[path] = _Known(stamp, index, file)
    return found


def _text(content: bytes) -> str:
    return content.decode("utf-8-sig", errors="replace")


def _stamp(main: Path, path: str) -> Stamp:
    """Of a regular file in the checkout; None where there is none, or the path leads out of it."""
    try:
        whole = os.path.realpath(main / path)
        found = os.stat(whole)
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(found.st_mode) or not whole.startswith(f"{os.path.realpath(main)}{os.sep}"):
        return None
    return (found.st_mtime_ns, found.st_size)
