"""How old what a client knows is: when it knew of each change, minus when that happened."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable

from attrs import define, field, frozen

#: What a change at a pull request makes unknowable: of an old head, and of one that is over.
_OF_HEAD = ("check", "failure read", "mergeability")
OVER = "merged or closed"
#: In the order of the tables.
SIGNALS = (
    *("head", "check", "failure read", "review decision", "thread resolved", "mergeability", "base moved", "label"),
    *("comment", "line comment", "draft", OVER),
)


@define
class View:
    """What a client knows of a pull request, in words that all forges and clients share."""

    head: str = ""
    base: str = ""
    #: Name of a check → running, passed or failed.
    checks: dict[str, str] = field(factory=dict)
    #: Names of failed checks that it is known of why.
    reds: frozenset[str] = frozenset()
    decision: str = ""
    resolved: frozenset[str] = frozenset()
    conflict: bool = False
    labels: frozenset[str] = frozenset()
    comments: frozenset[str] = frozenset()
    draft: bool = False
    state: str = "open"


@frozen
class Expect:
    """What is to be known of a pull request from now on. ``holds``: it is. ``cadence``: seconds of a tick."""

    signal: str
    pull: int
    holds: Callable[[View], bool]
    of: str = ""
    at: float = 0.0
    cadence: float = 1.0


@define
class Staleness:
    """The changes that are not known yet, and how long the others took."""

    waiting: list[Expect] = field(factory=list)
    #: Signal → (seconds, ticks) of each change.
    known: defaultdict[str, list[tuple[float, float]]] = field(factory=lambda: defaultdict(list))
    #: Changes by signal that another came before anybody looked.
    overtaken: Counter[str] = field(factory=Counter)
    never: defaultdict[str, list[tuple[float, float]]] = field(factory=lambda: defaultdict(list))

    def add(self, new: Expect) -> None:
        """A change. What it takes the place of needs to be known no longer."""

        def lost(old: Expect) -> bool:
            same = (old.signal, old.of) == (new.signal, new.of)
            of_head = new.signal == "head" and old.signal in _OF_HEAD
            return old.pull == new.pull and (same or of_head or new.signal == OVER)

        for old in filter(lost, self.waiting):
            self.overtaken[old.signal] += 1
        self.waiting = [old for old in self.waiting if not lost(old)] + [new]

    def look(self, now: float, view: Callable[[int], View]) -> None:
        """A client has looked: what does it know?"""
        views: dict[int, View] = {}
        left = []
        for each in self.waiting:
            if each.pull not in views:
                views[each.pull] = view(each.pull)
            if each.holds(views[each.pull]):
                self.known[each.signal].append(_age(each, now))
            else:
                left.append(each)
        self.waiting = left

    def end(self, now: float) -> None:
        """The hour is over. What is younger than a tick could not be known."""
        for each in self.waiting:
            if now - each.at > each.cadence:
                self.never[each.signal].append(_age(each, now))
        self.waiting = []

    def worst(self, signal: str) -> float:
        """The most ticks that a change went unknown, those that nobody ever knew of included; 0.0 where none came."""
        return max((ticks for _, ticks in (*self.known[signal], *self.never[signal])), default=0.0)


def _age(each: Expect, now: float) -> tuple[float, float]:
    return now - each.at, (now - each.at) / each.cadence
