"""When forges are looked at. Nothing runs while no project has anything at its forge to follow."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator

from attrs import define, field

from agent_orchestrator.daemon.app import App
from agent_orchestrator.engine import derive
from agent_orchestrator.engine.drive.context import NotDriven
from agent_orchestrator.engine.drive.look import Looks, follows, look
from agent_orchestrator.engine.state import State
from agent_orchestrator.git.runner import GitError

log = logging.getLogger(__name__)

#: Seconds after a look that failed in an unexpected way, and at most between two looks at what is due: clocks jump.
_AFTER_A_FAULT, _LONGEST = 60.0, 600.0
#: Seconds for which what comes together is waited for before a look that was asked for.
_TOGETHER = 0.2
#: The next look while one is under way.
_LOOKING = float("inf")


@define
class Forges:
    """The looks at all projects' forges."""

    app: App
    #: Called with a project's id after each look at its forge.
    looked: Callable[[str], None] = lambda project: None
    looks: dict[str, Looks] = field(factory=dict)
    _next: dict[str, float] = field(factory=dict)
    _wake: asyncio.Event = field(factory=asyncio.Event)

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
            return await look(self.app.context, id, self.looks.setdefault(id, Looks()))
        except (GitError, NotDriven, OSError) as error:
            log.warning("%s: its forge could not be looked at: %s", id, error)
        except Exception:
            # Whatever a forge says, the others are looked at, and this one again.
            log.exception("%s: its forge could not be looked at", id)
        finally:
            self.looked(id)
        return self.app.context.now() + _AFTER_A_FAULT


def _followed(state: State) -> Iterator[str]:
    return (p.id for p in state.projects.values() if follows(p, tuple(derive.pulls_of(state, p.id))))
