"""What checks said of the users' checkouts as they lie: kept while the daemon lives, for it is nobody's truth."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from attrs import define, field, frozen

from agent_orchestrator.model.evidence import CheckResult


@frozen
class Seen:
    """One check's result in a project's checkout. ``at``: when the check was started (seconds since the epoch)."""

    project: str
    result: CheckResult
    at: float


@define
class Checkouts:
    """The newest result of each check in each checkout. ``revision`` grows with each change."""

    revision: int = 0
    _seen: dict[tuple[str, str], Seen] = field(factory=dict)
    #: Called after each change.
    listeners: list[Callable[[], None]] = field(factory=list)

    def put(self, seen: Seen) -> None:
        """Take a result in place of the check's last one. One that began before that is ignored."""
        key = (seen.project, seen.result.check)
        known = self._seen.get(key)
        if known is None or known.at <= seen.at:
            self._seen[key] = seen
            self._tell()

    def drop(self, project: str) -> None:
        """Forget a project's results."""
        self._seen = {key: seen for key, seen in self._seen.items() if key[0] != project}
        self._tell()

    def of(self, project: str) -> Iterator[Seen]:
        """The results for a project."""
        return (seen for (owner, _), seen in self._seen.items() if owner == project)

    def _tell(self) -> None:
        self.revision += 1
        for listener in list(self.listeners):
            listener()
