"""The landing rule: when a link (a commit that would become the new target) may land over its base.

Pure functions over :class:`~agent_orchestrator.model.evidence.Evidence`; the numbers in the comments are those of
``docs/proof.md``.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from attrs import evolve, frozen

from agent_orchestrator.model.evidence import CheckResult, Evidence, Item, under
from agent_orchestrator.model.report import Kind, Outcome


class Ruling(StrEnum):
    """What the rule says of a link."""

    LANDS = "lands"
    #: Nothing is newly red, but tests that passed are gone or skipped: a person decides.
    HELD = "held"
    RED = "red"
    #: New reds that may be flaky: they must be run again on the link's tree before the rule can speak.
    SUSPECT = "suspect"


@frozen
class Verdict:
    """The rule's answer, with one sentence per reason; ``suspects`` are the items to run again.

    ``renamed`` are test functions whose parameter ids differ between base and head: it must be seen whether two runs of
    one tree give different ids too.
    """

    ruling: Ruling
    reasons: tuple[str, ...] = ()
    suspects: tuple[Item, ...] = ()
    renamed: tuple[Item, ...] = ()


@frozen
class Terms:
    """What a link claims and what is forgiven.

    ``tasks``: the items that the link must turn to pass. ``forgiven``: items that are known flaky or muted.
    ``reopened``: the items that an undone landing had fixed. ``gone_allowed``: a person allowed tests to disappear.
    ``settled``: new reds that were run again and are really red (or have no way to be run again).
    ``unstable``: test functions whose parameter ids change from run to run; they are compared by their counts.
    ``ids_compared``: the head was run twice to find those.
    """

    tasks: frozenset[Item] = frozenset()
    forgiven: frozenset[Item] = frozenset()
    reopened: frozenset[Item] = frozenset()
    settled: frozenset[Item] = frozenset()
    unstable: frozenset[Item] = frozenset()
    ids_compared: bool = False
    gone_allowed: bool = False


def verdict(base: Evidence, head: Evidence, terms: Terms) -> Verdict:
    """May ``head`` (a link's tree) land over ``base`` (the target's tree)?"""
    if head.invalid:
        return Verdict(Ruling.RED, head.invalid)
    base, head = collapsed(base, terms.unstable), collapsed(head, terms.unstable)
    terms = evolve(
        terms, tasks=frozenset(function_of(i) if function_of(i) in terms.unstable else i for i in terms.tasks)
    )
    ignored = terms.forgiven | terms.reopened
    reds = _new_reds(base, head, ignored)  # 1
    lost = tuple(sorted(item for item in base.passes - head.passes - ignored if not under(item, head.tops)))  # 3
    failing = tuple(item for item in lost if head.outcomes.get(item) is Outcome.FAIL)
    gone = tuple(item for item in lost if item not in failing)
    owned_red = tuple(item for item in sorted(terms.tasks) if not passes(head, item))  # 2
    owned_gone = tuple(item for item in owned_red if _is_gone(head, item))
    suspects = tuple(
        item for item in dict.fromkeys((*reds, *failing)) if item in head.outcomes and item not in terms.settled
    )
    renamed = () if terms.ids_compared else _renamed(base, head, (*gone, *owned_gone))
    if renamed:
        return Verdict(Ruling.SUSPECT, tuple(f"other ids than before: {describe(f)}" for f in renamed), (), renamed)
    reasons = [
        *(f"newly red: {describe(item)}" for item in dict.fromkeys((*reds, *failing))),
        *(f"still red: {describe(item)}" for item in owned_red if item not in owned_gone),
    ]
    missing = [f"no longer run: {describe(item)}" for item in dict.fromkeys((*gone, *owned_gone))]
    if reasons:
        only_suspects = len(suspects) == len(set(reds) | set(failing)) and not (set(owned_red) - set(owned_gone))
        return Verdict(
            Ruling.SUSPECT if suspects and only_suspects else Ruling.RED,
            tuple(reasons + missing),
            suspects,
        )
    if missing and not terms.gone_allowed:
        return Verdict(Ruling.HELD, tuple(missing))
    if terms.tasks and not smaller(base, head, ignored):  # 4
        return Verdict(Ruling.RED, ("nothing that was red is fixed",))
    return Verdict(Ruling.LANDS)


def passes(evidence: Evidence, item: Item) -> bool:
    """Is ``item`` pass in ``evidence``? Skipped and absent tests are not; a lint item is when its count is 0."""
    if item in evidence.tops or under(item, evidence.tops):
        return False
    if item.check not in evidence.checks:
        return False
    if "::" in item.key:
        return item in evidence.passes
    # A lint rule in a file, or a scope that could not be judged and now can.
    return evidence.red.get(item, 0) == 0


def at_most(base: Evidence, head: Evidence, ignored: frozenset[Item] = frozenset()) -> bool:
    """``head ≤ base``: no red of ``head`` is new, none has a higher count."""
    return not _new_reds(base, head, ignored)


def smaller(base: Evidence, head: Evidence, ignored: frozenset[Item] = frozenset()) -> bool:
    """``head < base``: at most, and some red of ``base`` is gone or has a lower count."""
    gone = any(head.red.get(item, 0) < n and not under(item, head.tops) for item, n in base.red.items())
    return at_most(base, head, ignored) and (gone or bool(base.tops - head.tops))


def _new_reds(base: Evidence, head: Evidence, ignored: frozenset[Item]) -> tuple[Item, ...]:
    tops = [top for top in head.tops - ignored if not under(top, base.tops)]
    reds = [
        item
        for item, count in head.red.items()
        if item not in ignored and count > base.red.get(item, 0) and not under(item, base.tops)
    ]
    return tuple(sorted(tops + reds))


def function_of(item: Item) -> Item:
    """The test function of an item: its key without parameters."""
    return Item(item.check, item.key.partition("[")[0]) if "::" in item.key else item


def collapsed(evidence: Evidence, unstable: frozenset[Item]) -> Evidence:
    """The evidence with the parameter sets of ``unstable`` functions numbered by outcome: they compare by count.

    ``f[a]``, ``f[b]`` that pass and ``f[c]`` that fails become ``f[pass 1]``, ``f[pass 2]`` and ``f[fail 1]``. The
    function itself passes when it has a pass and no fail.
    """
    if not unstable:
        return evidence
    return evolve(evidence, results=tuple(_collapsed_result(r, unstable) for r in evidence.results))


def _collapsed_result(result: CheckResult, unstable: frozenset[Item]) -> CheckResult:
    outcomes: dict[str, Outcome] = {}
    names: dict[str, str] = {}
    counts: dict[tuple[str, Outcome], int] = {}
    failing: set[str] = set()
    for key, outcome in result.outcomes.items():
        function = function_of(Item(result.check, key))
        if function not in unstable:
            outcomes[key] = outcome
            continue
        number = counts[function.key, outcome] = counts.get((function.key, outcome), 0) + 1
        names[key] = f"{function.key}[{outcome.value} {number}]"
        outcomes[names[key]] = outcome
        if outcome is Outcome.FAIL:
            failing.add(function.key)
    passing = {function for function, outcome in counts if outcome is Outcome.PASS}
    outcomes |= dict.fromkeys(passing - failing, Outcome.PASS)
    findings = tuple(evolve(f, key=names.get(f.key, f.key)) for f in result.findings)
    return evolve(result, outcomes=outcomes, findings=findings)


def _renamed(base: Evidence, head: Evidence, gone: Iterable[Item]) -> tuple[Item, ...]:
    """Functions of ``gone`` items that ran in the head under ids that the base does not know."""
    new = {function_of(item) for item in head.outcomes.keys() - base.outcomes.keys() if "[" in item.key}
    return tuple(sorted({function_of(item) for item in gone if "[" in item.key} & new))


def _is_gone(evidence: Evidence, item: Item) -> bool:
    return (
        "::" in item.key
        and evidence.outcomes.get(item) in (None, Outcome.SKIP)
        and not under(item, evidence.tops)
        and item.check in evidence.checks
    )


def describe(item: Item) -> str:
    """An item in a person's words: ``pytest tests/test_a.py::test_x``."""
    return f"{item.check} {item.key or '(the whole check)'}"


def red_items(evidence: Evidence) -> tuple[Item, ...]:
    """Everything red in ``evidence``, each item once, in the order of the reports."""
    return tuple(dict.fromkeys(item for item, _ in evidence.findings()))


def kinds(evidence: Evidence) -> dict[Item, Kind]:
    """The kind of every red item."""
    return {item: finding.kind for item, finding in evidence.findings()}


@frozen
class Tally:
    """How often one item passed and failed when it was run again on one tree, alone and with the rest of its file."""

    alone_passed: int = 0
    alone_failed: int = 0
    file_passed: int = 0
    file_failed: int = 0

    @property
    def flaky(self) -> bool:
        """It failed in the full run and passed both alone and in its file: the item is flaky.

        Pass alone with fail in context is order dependence, which is red.
        """
        return bool(self.alone_passed and self.file_passed)

    @property
    def rounds(self) -> int:
        """How many times it was run again."""
        return max(self.alone_passed + self.alone_failed, self.file_passed + self.file_failed)


MAX_ROUNDS = 3


def undecided(tally: Tally | None) -> bool:
    """Must the item be run again before it is known to be flaky or red?"""
    return tally is None or (not tally.flaky and tally.rounds < MAX_ROUNDS)


def flaky_items(tallies: Iterable[tuple[Item, Tally]]) -> frozenset[Item]:
    """The items that a tally shows to be flaky."""
    return frozenset(item for item, tally in tallies if tally.flaky)
