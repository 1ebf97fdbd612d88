"""Watch the user's checkout while agents of a project run, and no longer: what leaves a worktree is seen at once.

Nothing is polled. A change that git does not ignore leads to the same comparison by content as at a turn's end, after
a pause that grows while changes go on: what builds and installs write does not keep the machine busy.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager

from attrs import define, field

from agent_orchestrator.engine.drive.context import Context, Driven
from agent_orchestrator.engine.drive.outside import Onlooker, look
from agent_orchestrator.engine.loop import ReadOnly
from agent_orchestrator.git.outside import folders, ignored
from agent_orchestrator.proc.inotify import Change, Inotify

#: Seconds from a change to the look at it: at first, and at most while changes go on.
PAUSE, PAUSE_MAX = 0.3, 10.0
#: Changes that are remembered by name until the look; of more it is only known that there were some.
_NAMES = 2000
#: Folders that are begun to be watched without giving others a turn.
_AT_ONCE = 500

log = logging.getLogger(__name__)
rest = asyncio.sleep


@define(eq=False)
class Watch:
    """The checkout of one project, with those that look at it."""

    context: Context
    driven: Driven
    _onlookers: list[Onlooker] = field(factory=list)
    _inotify: Inotify | None = None
    _task: asyncio.Task[None] | None = None
    _changed: asyncio.Event = field(factory=asyncio.Event)
    #: Paths relative to the checkout, folders with a slash at their end; ``""``: it is not known which.
    _paths: set[str] = field(factory=set)
    #: There may be folders that are not watched yet.
    _grown: bool = False

    _looks: bool = False
    #: Is everything watched that is to be?
    ready: bool = False

    @property
    def pending(self) -> bool:
        """Is there a change that was not looked at yet?"""
        return bool(self._paths) or self._changed.is_set() or self._looks

    def join(self, onlooker: Onlooker, *, late: bool) -> None:
        """Look for one more. ``late``: it may have missed something already."""
        self._onlookers.append(onlooker)
        if self._task is None:
            # The configuration may have been read again since the last one.
            self.driven = onlooker.driven
            self._inotify = Inotify.begin(self._heard)
            self._grown = True
            self._task = asyncio.create_task(self._run())
        if late:
            self._add("")

    async def leave(self, onlooker: Onlooker) -> None:
        """Look for one less; for nobody, nothing is watched."""
        self._onlookers.remove(onlooker)
        if self._onlookers or self._task is None:
            return
        task, self._task = self._task, None
        if self._inotify is not None:
            self._inotify.close()
            self._inotify = None
        self._paths.clear()
        self._changed.clear()
        self.ready = False
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    def _heard(self, changes: list[Change]) -> None:
        for change in changes:
            path = change.folder / change.name if change.name else None
            below = path is not None and path.is_relative_to(self.driven.main)
            name = path.relative_to(self.driven.main).as_posix() if below and path is not None else ""
            if name != ".git":
                self._grown = self._grown or change.is_folder or not name
                self._add(f"{name}/" if name and change.is_folder else name)

    def _add(self, path: str) -> None:
        self._paths.add(path if len(self._paths) < _NAMES else "")
        self._changed.set()

    async def _run(self) -> None:
        clock = asyncio.get_running_loop().time
        pause, looked = PAUSE, -PAUSE_MAX
        await self._try(self._watch_all())
        self.ready = True
        while True:
            await self._changed.wait()
            # What comes soon after a look belongs to what was going on then.
            pause = min(pause * 2, PAUSE_MAX) if clock() - looked < 2 * pause else PAUSE
            await rest(pause)
            self._changed.clear()
            self._looks = True
            await self._try(self._look())
            self._looks, looked = False, clock()

    async def _try(self, doing: Coroutine[None, None, None]) -> None:
        try:
            await doing
        except ReadOnly:
            return
        except Exception:
            # The look at the end of each turn sees it as well, only later.
            log.exception("%s could not be looked at", self.driven.main)

    async def _look(self) -> None:
        paths, self._paths = self._paths, set()
        if not await self._matters(paths):
            return
        if self._grown:
            await self._watch_all()
        now = await look(self.context, self.driven)
        # Who says that it was them is asked first: then the others are not told.
        for onlooker in sorted(self._onlookers, key=lambda each: not each.says_so(paths)):
            if events := await onlooker.compare(now):
                await self.context.record(*events)

    async def _matters(self, paths: set[str]) -> bool:
        """Is there a change that git does not ignore?"""
        git = self.driven.repo.at(self.driven.main)
        if git is None or not paths:
            return False
        return "" in paths or len(await ignored(git, sorted(paths))) < len(paths)

    async def _watch_all(self) -> None:
        self._grown = False
        git = self.driven.repo.at(self.driven.main)
        if git is None or self._inotify is None:
            return
        for number, folder in enumerate(await folders(git, self.driven.main)):
            if number % _AT_ONCE == _AT_ONCE - 1:
                await rest(0)
            if self._inotify is None:
                return
            if not self._inotify.watch(folder):
                log.warning(
                    "%s has more folders than the system lets be watched (sysctl fs.inotify.max_user_watches): what "
                    "changes in the others is seen at the end of each turn",
                    self.driven.main,
                )
                return


@asynccontextmanager
async def watching(context: Context, driven: Driven, onlooker: Onlooker, *, late: bool) -> AsyncIterator[None]:
    """Watch the user's checkout for a turn that runs."""
    watch = context.watches.setdefault(driven.id, Watch(context, driven))
    watch.join(onlooker, late=late)
    try:
        yield
    finally:
        await watch.leave(onlooker)
