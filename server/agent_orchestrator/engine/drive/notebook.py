"""What is recorded of a conversation: every fact once, and those that come often not too often."""

from __future__ import annotations

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
    _wrote: float = 0.0
    ready: bool = False

    @property
    def due(self) -> float:
        """When what is held back has to be recorded; 0: nothing is."""
        return self._wrote + OFTEN_SECONDS if self._pending else 0.0

    @property
    def ended(self) -> bool:
        """Is the agent's turn over, for now?"""
        return activity(tuple(self._newest.values())).state in ("idle", "error") or self._limited

    @property
    def interrupted(self) -> bool:
        """Was its turn ended before it was done?"""
        return activity(tuple(self._newest.values())).detail == "interrupted"

    async def take(self, fact: Fact, *, counted: bool) -> None:
        """Note a fact that was observed now. ``counted``: it follows from the program's output, as after a restart."""
        self._count += counted
        at = self._context.now()
        fact = evolve(fact, at=fact.at or at)
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
            await self.flush()

    async def flush_due(self) -> None:
        """Record what was held back long enough."""
        if self._pending and self._context.now() >= self.due:
            await self.flush()

    async def flush(self) -> None:
        """Record everything."""
        events, self._pending = tuple(self._pending.values()), {}
        if events:
            self._wrote = self._context.now()
            await self._context.record(*events)

    @property
    def _limited(self) -> bool:
        return activity(tuple(self._newest.values())).detail == "rate-limited"
