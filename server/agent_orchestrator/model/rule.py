"""The landing rule: when a link (a commit that would become the new target) may land over its base.

Pure functions over :class:`~agent_orchestrator.model.evidence.Evidence`; the numbers in the comments are those of
``docs/proof.md``.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from attrs import frozen

from agent_orchestrator.model.evidence import Evidence, Item, under
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
    """The rule's answer, with one sentence per reason; ``suspects`` are the items to run again."""

    ruling: Ruling
    reasons: tuple[str, ...] = ()
    suspects: tuple[Item, ...] = ()


@frozen
class Terms:
    """What a link claims and what is forgiven.

    ``tasks``: the items that the link must turn to pass. ``forgiven``: items that are known flaky or muted.
    ``reopened``: the items that an undone landing had fixed. ``gone_allowed``: a person allowed tests to disappear.
    ``settled``: new reds that were run again and are really red (or have no way to be run again).
    """

    tasks: frozenset[Item] = frozenset()
    forgiven: frozenset[Item] = frozenset()
    reopened: frozenset[Item] = frozenset()
    settled: frozenset[Item] = frozenset()
    gone_allowed: bool = False


def verdict(base: Evidence, head: Evidence, terms: Terms) -> Verdict:
    """May ``head`` (a link's tree) land over ``base`` (the target's tree)?"""
    if head.invalid:
        return Verdict(Ruling.RED, head.invalid)
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
