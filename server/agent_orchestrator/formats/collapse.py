"""Test ids that are not the same in two runs of one tree (a set's order, a random seed, a temporary name).

Such ids can not be items of a red set. They collapse to their function and are counted.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from attrs import evolve, frozen

from agent_orchestrator.formats.paths import function_of
from agent_orchestrator.model.report import Outcome, Report


@frozen
class Tally:
    """How the tests behind one key ended."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    @property
    def outcome(self) -> Outcome:
        """The worst outcome that was counted; skip is worse than pass, because skip is not pass."""
        if self.failed:
            return Outcome.FAIL
        return Outcome.SKIP if self.skipped else Outcome.PASS


def unstable(first: Collection[str], second: Collection[str]) -> frozenset[str]:
    """Functions (``file::qualname``) that ran in both runs of one tree with different sets of parameter ids.

    A function that is missing from one run is absent there, and absence is for the caller to judge.
    """
    known, again = frozenset(first), frozenset(second)
    in_both = {function_of(key) for key in known} & {function_of(key) for key in again}
    return frozenset(function_of(key) for key in known ^ again) & in_both


def collapse(outcomes: Mapping[str, Outcome], functions: Collection[str]) -> dict[str, Tally]:
    """A tally for every key; the parameter sets of ``functions`` are counted under the function's own key."""
    chosen = frozenset(functions)
    tallies: dict[str, Tally] = {}
    for key, outcome in outcomes.items():
        function = function_of(key)
        name = function if function in chosen else key
        tallies[name] = _count(tallies.get(name, Tally()), outcome)
    return tallies


def collapse_report(report: Report, functions: Collection[str]) -> Report:
    """``report`` with the parameter sets of ``functions`` under the function's key: the worst outcome, all findings."""
    chosen = frozenset(functions)

    def name(key: str) -> str:
        return function_of(key) if function_of(key) in chosen else key

    return evolve(
        report,
        outcomes={key: tally.outcome for key, tally in collapse(report.outcomes, chosen).items()},
        findings=tuple(evolve(finding, key=name(finding.key)) for finding in report.findings),
        files={name(key): file for key, file in report.files.items()},
    )


def _count(tally: Tally, outcome: Outcome) -> Tally:
    match outcome:
        case Outcome.PASS:
            return evolve(tally, passed=tally.passed + 1)
        case Outcome.FAIL:
            return evolve(tally, failed=tally.failed + 1)
        case Outcome.SKIP:
            return evolve(tally, skipped=tally.skipped + 1)
