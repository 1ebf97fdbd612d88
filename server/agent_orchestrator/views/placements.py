"""Where the lines of pull requests' heads are in the users' checkouts: kept while the daemon lives."""

from __future__ import annotations

from collections.abc import Callable, Collection

from attrs import define, field

from agent_orchestrator.model.placing import Placement
from agent_orchestrator.model.watched import Watched


@define
class Placements:
    """The newest placement of each pull request, by its key. ``revision`` grows with each change."""

    revision: int = 0
    #: Some are about to be made.
    busy: bool = False
    _of: dict[str, Placement] = field(factory=dict)
    #: Called after each change, and when none is to be made any more.
    listeners: list[Callable[[], None]] = field(factory=list)

    def put(self, key: str, placement: Placement) -> None:
        """Take a placement in place of the last one."""
        if self._of.get(key) != placement:
            self._of[key] = placement
            self._tell()

    def keep(self, keys: Collection[str]) -> None:
        """Forget all but these."""
        if gone := self._of.keys() - set(keys):
            for key in gone:
                del self._of[key]
            self._tell()

    def of(self, watched: Watched) -> Placement:
        """Where the lines of its head are; where nobody finds that out they are nowhere."""
        found = self._of.get(watched.key)
        known = found is not None and watched.pull is not None and found.head == watched.pull.head
        return found if found is not None and known else Placement(waits=self.busy)

    def begin(self) -> None:
        """Some are about to be made."""
        self.busy = True

    def end(self) -> None:
        """None is to be made any more."""
        self.busy = False
        for listener in list(self.listeners):
            listener()

    def _tell(self) -> None:
        self.revision += 1
        for listener in list(self.listeners):
            listener()
