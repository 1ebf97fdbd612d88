"""What is recorded of a conversation: every fact once, and those that come often not too often."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

from attrs import define, evolve, field

from agent_orchestrator.engine import events as e
from agent_orchestrator.engine.drive.context import Context
from agent_orchestrator.engine.drive.transcript import Transcript
from agent_orchestrator.model import activity as a
from agent_orchestrator.model.activity import Fact, activity

#: Facts of these kinds come often; one of each is recorded in so many seconds, the newest.
_OFTEN = (a.WORKING, a.USED)
OFTEN_SECONDS = 1.0


@define
class Notebook:
    """The facts of one turn. The first ``_recorded`` of those that the program's output gives are recorded already."""

    _context: Context
    _session: str
    _turn: int
    _recorded: int
    _transcript: Transcript
    #: The newest of each kind from each source.
    _newest: dict[tuple[str, str], Fact] = field(factory=dict)
    _count: int = 0
    _pending: dict[str, e.Observed] = field(factory=dict)
    #: When something was recorded last, by the event loop's clock.
    _wrote: float = 0.0
    #: Of the newest fact, as a time of day.
    _last: float = field(init=False)
    ready: bool = False

    def __attrs_post_init__(self) -> None:
        """What was recorded before came before."""
        self._last = max((fact.at for fact in self._context.session(self._session).facts), default=0.0)

    @property
    def due(self) -> float:
        """When what is held back has to be recorded; 0: nothing is."""
        return self._wrote + OFTEN_SECONDS if self._pending else 0.0

    @property
    def ended(self) -> bool:
        """Is the agent's turn over, for now?"""
        return activity(tuple(self._newest.values())).state in ("idle", "error") or self._limited

    def held(self, interrupts: Sequence[object]) -> bool:
        """Does the agent, now that its turn is over, wait for a person?"""
        return a.held(tuple(self._newest.values()), interrupts)

    async def take(self, fact: Fact, *, counted: bool, also: Iterable[e.Event] = ()) -> None:
        """Note a fact that was observed now. ``counted``: it follows from the program's output, as after a restart.

        ``also`` is recorded with it, when it is.
        """
        self._count += counted
        at = self._context.now()
        # Invariant: of two facts the newer one has the later time, also when the clock is put back between them.
        self._last = max(self._last, fact.at or at)
        fact = evolve(fact, at=self._last)
        # A program says that it is ready once; what it says later says so too.
        self.ready = self.ready or fact.kind in (a.READY, *a.ENDS)
        key = (fact.source, fact.kind)
        self._newest.pop(key, None)
        self._newest[key] = fact
        if counted and self._count <= self._recorded:
            return
        self._transcript.fact(fact)
        event = e.Observed(at, self._session, self._turn, fact, self._count if counted else 0)
        self._pending.pop(fact.kind, None)
        self._pending[fact.kind if fact.kind in _OFTEN else f"{self._count}:{fact.kind}"] = event
        if fact.kind not in _OFTEN:
            await self.flush(also)

    async def flush_due(self) -> None:
        """Record what was held back long enough."""
        if self._pending and _clock() >= self.due:
            await self.flush()

    async def flush(self, also: Iterable[e.Event] = ()) -> None:
        """Record everything, in the order in which it was observed."""
        events, self._pending = (*self._pending.values(), *also), {}
        if events:
            self._wrote = _clock()
            await self._context.record(*events)

    @property
    def _limited(self) -> bool:
        return activity(tuple(self._newest.values())).detail == "rate-limited"


def _clock() -> float:
    return asyncio.get_running_loop().time()
