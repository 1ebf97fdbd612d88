"""What a service said that is believed for a while."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from attrs import define, field

from agent_orchestrator.net.answers import Trouble

#: Seconds for which what somebody may do is taken as known.
KEPT = 600.0
#: Names that are remembered.
_MOST = 1000

V = TypeVar("V")


@define
class Kept(Generic[V]):
    """Answers by a name, for :data:`KEPT` seconds, in memory alone. What could not be found out is asked for again.

    ``now`` is the time in seconds.
    """

    now: Callable[[], float]
    _found: dict[str, tuple[float, V]] = field(factory=dict)

    async def get(self, name: str, ask: Callable[[], Awaitable[V | Trouble]]) -> V | Trouble:
        """What is kept, or what asking gives."""
        known = self._found.get(name)
        if known is not None and 0 <= self.now() - known[0] < KEPT:
            return known[1]
        found = await ask()
        if not isinstance(found, Trouble):
            while len(self._found) >= _MOST:
                del self._found[next(iter(self._found))]
            self._found[name] = (self.now(), found)
        return found
