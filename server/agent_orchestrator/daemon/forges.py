"""When forges are looked at. Nothing runs while no project has anything at its forge to follow."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from math import inf

from attrs import define, field

from agent_orchestrator.daemon.app import App
from agent_orchestrator.engine import derive
from agent_orchestrator.engine.drive.context import NotDriven
from agent_orchestrator.engine.drive.look import Looks, follows, look
from agent_orchestrator.engine.pull_events import ForgeTroubled
from agent_orchestrator.engine.state import State
from agent_orchestrator.git.runner import GitError
from agent_orchestrator.views.forges import remedy

log = logging.getLogger(__name__)

#: Seconds after a look that failed in an unexpected way, and at most between two looks at what is due: clocks jump.
_AFTER_A_FAULT, _LONGEST = 60.0, 600.0
#: Seconds for which a forge may let nothing be seen before a person is told: a token that is being replaced is no news.
TOLD_AFTER = 180.0
#: Trouble that does not pass before a person does something.
_DENIED = ("denied", "missing")
#: Seconds for which what comes together is waited for before a look that was asked for.
_TOGETHER = 0.2
#: The next look while one is under way.
_LOOKING = inf


@define
class Forges:
    """The looks at all projects' forges."""

    app: App
    #: Called with a project's id after each look at its forge.
    looked: Callable[[str], None] = lambda project: None
    looks: dict[str, Looks] = field(factory=dict)
    _next: dict[str, float] = field(factory=dict)
    _wake: asyncio.Event = field(factory=asyncio.Event)

    def __attrs_post_init__(self) -> None:
        self.app.forges = self
        self.app.context.look_again = self.look_again

    def look_again(self, project: str) -> None:
        """Look at a project's forge at once: something was done there, or it said that something happened.

        What says so is a hint and never believed: the look tells what is.
        """
        self.looks.setdefault(project, Looks()).soon = True
        self._next.pop(project, None)
        self._wake.set()

    async def run(self) -> None:
        """Look at what is due, until cancelled."""
        while True:
            state = await self.app.engine.wait_for(lambda state: any(True for _ in _followed(state)))
            self._wake.clear()
            now = self.app.context.now()
            ids = list(_followed(state))
            if not ids:
                return  # the engine has ended
            for id in ids:
                if self._next.get(id, 0.0) <= now:
                    # One that is asked for meanwhile may be about what this one does not see any more.
                    self._next[id] = _LOOKING
                    at = await self._look(id)
                    if id in self._next:
                        self._next[id] = at
            rest = min(self._next.get(id, 0.0) for id in ids) - self.app.context.now()
            try:
                async with asyncio.timeout(min(max(rest, _TOGETHER), _LONGEST)):
                    await self._wake.wait()
            except TimeoutError:
                continue
            await asyncio.sleep(_TOGETHER)

    async def _look(self, id: str) -> float:
        try:
            looks = self.looks.setdefault(id, Looks())
            again = await look(self.app.context, id, looks)
            return min(again, await self._note(id, looks))
        except (GitError, NotDriven, OSError) as error:
            log.warning("%s: its forge could not be looked at: %s", id, error)
        except Exception:
            # Whatever a forge says, the others are looked at, and this one again.
            log.exception("%s: its forge could not be looked at", id)
        finally:
            self.looked(id)
        return self.app.context.now() + _AFTER_A_FAULT

    async def _note(self, id: str, looks: Looks) -> float:
        """Record that a forge lets nothing be seen, once, and that it does again; when to look at that again."""
        now, project = self.app.context.now(), self.app.state.projects.get(id)
        trouble = looks.trouble or looks.issues_trouble
        denied = trouble if trouble is not None and trouble.kind in _DENIED else None
        if trouble is not None and denied is None:
            return inf  # It can not be reached or has no time: that says nothing of the token.
        looks.denied_at = (looks.denied_at or now) if denied else 0.0
        if denied and now < looks.denied_at + TOLD_AFTER:
            return looks.denied_at + TOLD_AFTER
        said = ""
        if denied and project is not None:
            said = f"{denied.sentence}; {remedy(project, denied.sentence, tracker=looks.trouble is None)}"
        if project is not None and project.forge_trouble != said:
            await self.app.context.record(ForgeTroubled(now, id, said))
        return inf


def _followed(state: State) -> Iterator[str]:
    return (p.id for p in state.projects.values() if follows(p, tuple(derive.pulls_of(state, p.id))))
