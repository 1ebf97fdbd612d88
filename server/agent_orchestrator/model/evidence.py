"""What was proven about one tree: the results of the gate's checks, as items, outcomes and red sets.

The words are those of ``docs/proof.md``: an *item* is (check, key), a *scope* is a check, a file or an item, and a red
scope (⊤) makes everything under it unknown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cached_property

from attrs import define, field, frozen

from agent_orchestrator.model.report import Finding, Kind, Outcome


@frozen(order=True)
class Item:
    """One thing that a check can be red about; ``key`` as in :class:`~agent_orchestrator.model.report.Finding`."""

    check: str
    key: str

    @property
    def path(self) -> str:
        """The file that the item lives in: the part before ``::`` of a test key, the part after ``@`` of a lint key."""
        test, sep, _ = self.key.partition("::")
        if sep:
            return test
        rule, sep, path = self.key.partition("@")
        return path if sep else rule


@frozen
class CheckResult:
    """The result of one check on one tree.

    ``foreign`` lists code of another checkout that was run or reported; ``unproven`` is a sentence that says why the
    result may not be taken as one of this tree (no environment, set-up failed). Either makes it worthless as evidence.
    """

    check: str
    outcomes: Mapping[str, Outcome] = field(factory=dict)
    findings: tuple[Finding, ...] = ()
    files: Mapping[str, str] = field(factory=dict)
    complete: bool = True
    problems: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    unproven: str = ""
    #: The tool told every module that it loaded, so that an empty ``foreign`` is knowledge.
    listed: bool = False
    exit_code: int | None = 0
    seconds: float = 0.0


@define(frozen=True, slots=False)
class Evidence:
    """The results of every check of a gate on exactly one tree.

    ``gate`` is the digest of all that could change the result besides the tree (commands, environment, versions);
    ``lineage`` is ``fresh`` or ``reused`` (the slot).
    """

    tree: str
    gate: str
    results: tuple[CheckResult, ...] = ()
    lineage: str = "fresh"

    @cached_property
    def key(self) -> str:
        """The name under which the evidence is found again: ``<gate>:<tree>``."""
        return f"{self.gate}:{self.tree}"

    @cached_property
    def red(self) -> Mapping[Item, int]:
        """Failing items with their counts (1 for a test, the number of violations for a lint rule in a file)."""
        return Counter(
            Item(result.check, finding.key)
            for result in self.results
            for finding in result.findings
            if finding.kind is not Kind.TOP
        )

    @cached_property
    def tops(self) -> frozenset[Item]:
        """Scopes that could not be judged; the empty key is the whole check."""
        return frozenset(
            Item(result.check, finding.key)
            for result in self.results
            for finding in result.findings
            if finding.kind is Kind.TOP
        )

    @cached_property
    def outcomes(self) -> Mapping[Item, Outcome]:
        """Every test item that the reports name."""
        return {Item(r.check, key): outcome for r in self.results for key, outcome in r.outcomes.items()}

    @cached_property
    def passes(self) -> frozenset[Item]:
        """Test items that pass."""
        return frozenset(item for item, outcome in self.outcomes.items() if outcome is Outcome.PASS)

    @cached_property
    def checks(self) -> frozenset[str]:
        """The ids of the checks that were run."""
        return frozenset(r.check for r in self.results)

    @cached_property
    def invalid(self) -> tuple[str, ...]:
        """Why this is no evidence, in sentences; empty when it is. A red result may still be evidence."""
        if not self.results:
            # Invariant: "no checks" is never green.
            return ("no check was run",)
        return tuple(
            reason
            for r in self.results
            for reason in (
                *([f"{r.check}: {r.unproven}"] if r.unproven else []),
                *(f"{r.check}: ran code of another checkout: {path}" for path in r.foreign),
                *([f"{r.check}: incomplete: {'; '.join(r.problems) or 'stopped early'}"] if not r.complete else []),
            )
        )

    @property
    def green(self) -> bool:
        """Nothing is red and the evidence is valid."""
        return not self.invalid and not self.red and not self.tops

    def findings(self) -> Iterable[tuple[Item, Finding]]:
        """Every red finding with its item, in the order of the reports."""
        return ((Item(r.check, f.key), f) for r in self.results for f in r.findings)


def under(item: Item, scopes: Iterable[Item]) -> Item | None:
    """The scope among ``scopes`` that contains ``item`` (or is it), or None."""
    for scope in scopes:
        if scope.check == item.check and (
            not scope.key or scope.key in (item.key, item.path) or item.key.startswith(scope.key + "::")
        ):
            return scope
    return None
