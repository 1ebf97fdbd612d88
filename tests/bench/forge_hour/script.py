"""What happens at a forge in an hour, from a fixed seed: the same for every client and every forge."""

from __future__ import annotations

import random
from collections.abc import Iterator

from attrs import evolve, frozen

PULLS = 100
HOUR = 3600.0
#: The jobs of the run that every push starts.
JOBS = ("lint", "unit", "docs")
#: The part of jobs that fail.
_RED = 0.1
#: Seconds between two ticks of 30 s, eight of which have one change in the sparse hour.
_SPARSE = 8 * 30.0


@frozen
class Change:
    """Something that happens ``at`` so many seconds into the hour. ``number`` tells the pushes and texts apart."""

    at: float
    kind: str
    pull: int = 0
    number: int = 0
    name: str = ""
    state: str = ""


def quiet() -> list[Change]:
    """Nothing at all."""
    return []


def sparse(seconds: float = HOUR, seed: int = 7) -> list[Change]:
    """One change in eight ticks of 30 s, of all kinds in turn."""
    dice = random.Random(seed)
    kinds = ("comment", "red", "resolve", "base", "label", "approve", "conflict", "line", "draft", "merge", "close")
    targets = dice.sample(range(PULLS), 60)
    times = [at * _SPARSE + dice.uniform(1.0, _SPARSE - 1.0) for at in range(int(seconds / _SPARSE))]
    return [Change(at, kinds[n % len(kinds)], targets[n], 1000 + n) for n, at in enumerate(times)]


def busy(seconds: float = HOUR, seed: int = 11) -> list[Change]:
    """For an hour 100 pushes with 600 changes of checks, 100 comments, and 100 other changes; less for less time."""
    dice = random.Random(seed)
    part = seconds / HOUR
    over = dice.sample(range(PULLS), 10)
    open_ = [pull for pull in range(PULLS) if pull not in over]
    found: list[Change] = []
    for number in range(1, round(100 * part) + 1):
        pushed = Change(dice.uniform(0.0, 0.97 * seconds), "push", dice.choice(open_), number)
        found += [pushed, *_run(dice, pushed)]
    for kind, count in (("comment", 60), ("line", 40), ("label", 30), ("draft", 10)):
        for _ in range(round(count * part)):
            found.append(Change(dice.uniform(0.0, seconds), kind, dice.choice(open_), 10_000 + len(found)))
    for kind, count in (("approve", 20), ("resolve", 20), ("conflict", 5)):
        for pull in dice.sample(open_, round(count * part)):
            found.append(Change(dice.uniform(0.0, seconds), kind, pull, 20_000 + pull))
    found += [Change(dice.uniform(0.0, seconds), "base", number=n) for n in range(round(5 * part))]
    ends = round(5 * part)
    found += [Change(dice.uniform(0.0, seconds), "merge", pull) for pull in over[:ends]]
    found += [Change(dice.uniform(0.0, seconds), "close", pull) for pull in over[5 : 5 + ends]]
    return sorted((each for each in found if each.at < seconds), key=lambda each: each.at)


def _run(dice: random.Random, pushed: Change) -> Iterator[Change]:
    """The run of CI of a push: three jobs that begin and end."""
    begun = pushed.at + dice.uniform(5.0, 30.0)
    for job in JOBS:
        at = begun + dice.uniform(0.0, 20.0)
        check = Change(at, "check", pushed.pull, pushed.number, job, "running")
        end = "failed" if dice.random() < _RED else "passed"
        yield check
        yield evolve(check, at=at + dice.uniform(40.0, 400.0), state=end)
