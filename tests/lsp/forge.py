"""What a look at a forge would record, told to the engine directly: there is no forge and no network here."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from attrs import evolve

from agent_orchestrator.daemon.placing import Placing
from agent_orchestrator.engine import pull_events as p
from agent_orchestrator.model.pull import CheckState, CiCheck, Pull, Thread
from agent_orchestrator.model.report import Finding, Kind
from agent_orchestrator.model.talk import Comment
from agent_orchestrator.model.watched import CiFinding, CiRed, talk_mark

#: Whose it is, in the configuration: nothing listens at that address.
AT_A_FORGE: dict[str, Any] = {"repo": "acme/shop", "scm": {"plugin": "github", "url": "http://127.0.0.1:9", "rerun": 0}}
ID, KEY, NUMBER = "PR_1", "app/PR_1", 12
BASE = "b" * 40


def job(name: str = "test", state: CheckState = CheckState.FAILED, workflow: str = "CI", **more: Any) -> CiCheck:
    """A check of CI."""
    key = f"{workflow}/{name}"
    return CiCheck(key, name, state, f"id-{name}", f"https://forge.example/{name}", workflow, number=1, run=7, **more)


def found(line: int, message: str = "assert 1 == 2", path: str = "x.py", signature: str = "") -> Finding:
    """A test that failed at a line."""
    name = signature or f"{path}:{line}"
    return Finding(f"{path}::test_{line}", Kind.TEST, message, path=path, line=line, signature=name)


def red(check: CiCheck, *findings: Finding, **more: Any) -> CiRed:
    """A check as it was read."""
    return CiRed(check, tuple(CiFinding(each, "pytest") for each in findings), **more)


def comment(text: str, author: str = "ana", thread: str = "T1", number: int = 1, **more: Any) -> Comment:
    """What somebody with write access said, unless it is said that they have none."""
    more = {"may_push": True, "url": f"https://forge.example/c{number}", **more}
    return Comment(f"C{number}", author, text, at=f"{number}", thread=thread, **more)


class Forge:
    """One pull request of the world's project, as it is seen."""

    def __init__(self, world: Any, head: str) -> None:
        self.world = world
        self.pull = Pull(
            ID, NUMBER, "https://forge.example/12", "Mend it", "open", head, "feature", "main", BASE, updated_at="1"
        )

    async def follow(self, **more: Any) -> None:
        """Follow it, at its head, with what it is said to be."""
        await self._record(p.PullFollowed(self._now(), "app", ID, mine=True))
        await self.see(**more)

    async def see(self, **more: Any) -> None:
        """It is like this now."""
        self.pull = evolve(self.pull, **more)
        await self._record(p.PullsSeen(self._now(), "app", (self.pull,)))

    async def read(self, *reds: CiRed, base_failed: tuple[str, ...] = ()) -> None:
        """Its checks failed, for these reasons."""
        await self.see(checks=tuple(each.check for each in reds))
        await self._record(
            p.BaseCompared(self._now(), "app", ID, BASE, base_failed),
            p.CiRead(self._now(), "app", ID, self.pull.head, reds),
        )

    async def say(self, *comments: Comment, threads: tuple[Thread, ...]) -> None:
        """This is said at it."""
        await self.see(threads=threads)
        await self._record(p.TalkRead(self._now(), "app", ID, talk_mark(self.pull), comments))

    async def repeat(self, *ids: str) -> None:
        """Failed checks are run again."""
        await self._record(p.CiRepeated(self._now(), "app", ID, self.pull.head, ids))

    async def allow(self, mark: str) -> None:
        """A person let a comment through somewhere."""
        await self._record(p.CommentAllowed(self._now(), "app", ID, mark))

    async def _record(self, *events: Any) -> None:
        await self.world.app.engine.record(*events)

    def _now(self) -> float:
        return float(self.world.app.context.now())


@contextlib.asynccontextmanager
async def placing(world: Any) -> AsyncIterator[Placing]:
    """The daemon's part that brings lines of commits to the files."""
    placed = Placing(world.app)
    task = asyncio.create_task(placed.run())
    try:
        yield placed
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
