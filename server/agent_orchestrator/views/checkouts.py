"""What checks said of the users' checkouts as they lie: kept while the daemon lives, for it is nobody's truth."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from attrs import define, evolve, field, frozen

from agent_orchestrator.model.evidence import CheckResult, Item
from agent_orchestrator.model.report import Finding


@frozen
class Seen:
    """One check's result in a project's checkout. ``at``: when the check was started (seconds since the epoch).

    ``again``: files whose tests alone were run again later, and when.
    """

    project: str
    result: CheckResult
    at: float
    again: Mapping[str, float] = field(factory=dict)

    def at_of(self, finding: Finding) -> float:
        """When the tests of a finding's file were run."""
        return self.again.get(Item(self.result.check, finding.key).path, self.at) if self.again else self.at

    def with_files(self, result: CheckResult, again: Mapping[str, float]) -> Seen:
        """With what ``result`` says of these files in place of what this one says."""

        def outside(key: str) -> bool:
            return Item(self.result.check, key).path not in again

        mine, theirs = self.result, result
        return evolve(
            self,
            result=evolve(
                mine,
                outcomes={k: v for k, v in mine.outcomes.items() if outside(k)}
                | {k: v for k, v in theirs.outcomes.items() if not outside(k)},
                findings=(
                    *(f for f in mine.findings if outside(f.key)),
                    *(f for f in theirs.findings if not outside(f.key)),
                ),
            ),
            again={**self.again, **again},
        )


@define
class Checkouts:
    """The newest result of each check in each checkout. ``revision`` grows with each change."""

    revision: int = 0
    _seen: dict[tuple[str, str], Seen] = field(factory=dict)
    #: Called after each change.
    listeners: list[Callable[[], None]] = field(factory=list)

    def put(self, seen: Seen) -> None:
        """Take a result in place of the check's last one. One that began before that is ignored."""
        known = self.newest(seen.project, seen.result.check)
        if known is None or known.at <= seen.at:
            later = {file: at for file, at in known.again.items() if at > seen.at} if known else {}
            self._set(seen.with_files(known.result, later) if known and later else seen)

    def put_part(self, part: Seen, files: Iterable[str]) -> Seen:
        """Take a result for these files alone; the whole as it is now."""
        known = self.newest(part.project, part.result.check)
        if known is None:
            return part
        newer = {file: part.at for file in files if part.at >= known.again.get(file, known.at)}
        whole = known.with_files(part.result, newer)
        self._set(whole)
        return whole

    def newest(self, project: str, check: str) -> Seen | None:
        """The newest result of a check."""
        return self._seen.get((project, check))

    def _set(self, seen: Seen) -> None:
        self._seen[seen.project, seen.result.check] = seen
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
