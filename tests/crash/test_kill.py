"""kill -9 at every journal append and effect boundary: the hunt goes on and ends as if nothing had been."""

from __future__ import annotations

import random
import signal
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

KILLED = -signal.SIGKILL

#: What a hunt can be killed at, by place: one of each is tried in the quick test.
PLACES = (
    "journal: before append",
    "journal: after append",
    "git: after merge",
    "git: after update-ref",
    "run: launch:after",
    "effect: end RunTurn",
)

#: Two colliding fixes that land by fast-forwards of the user's checkout; one that lands by moving the ref.
HUNTS = [
    pytest.param("ab", True, id="main is checked out, fixes collide"),
    pytest.param("a", False, id="main is checked out nowhere"),
]


Boundary = tuple[str, int]


def numbered(names: Iterable[str]) -> list[Boundary]:
    """Each boundary with how often its name was met: the order of concurrent ones differs from run to run."""
    met: Counter[str] = Counter()
    found = []
    for name in names:
        met[name] += 1
        found.append((name, met[name]))
    return found


def survive(scenes: Any, zygote: Any, red: str, checked_out: bool, *kills: Boundary, children: bool = False) -> Any:
    """Kill a hunt at each of ``kills`` in turn, let it go on; (boundaries at which it died, what is wrong then)."""
    deaths = []
    with scenes.Scene(red, checked_out=checked_out) as scene:
        for kill in kills:
            status, names = zygote.run(scene, kill, children=children)
            assert status in (KILLED, 0), scene.log()
            deaths += names[-1:] if status == KILLED else []
        status, _ = zygote.run(scene)
        return deaths, scene.wrong() if status == 0 else [f"it did not end: {scene.log()}"]


def survive_all(scenes: Any, jobs: Iterable[tuple[Boundary, ...]], red: str, checked_out: bool, **options: Any) -> Any:
    """:func:`survive` for each job on two drivers: (every boundary at which one died, what was wrong by job)."""
    with scenes.Zygote() as one, scenes.Zygote() as other, ThreadPoolExecutor(2) as pool:
        free = [one, other]

        def work(kills: tuple[Boundary, ...]) -> Any:
            zygote = free.pop()
            try:
                return survive(scenes, zygote, red, checked_out, *kills, **options)
            finally:
                free.append(zygote)

        jobs = list(jobs)
        results = list(zip(jobs, pool.map(work, jobs), strict=True))
    wrong = {(*kills, *deaths): found for kills, (deaths, found) in results if found}
    return {name for _, (deaths, _) in results for name in deaths}, wrong


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    def say(text: str) -> None:
        with capsys.disabled():
            print(f"\n{text}")

    return say


@pytest.mark.parametrize("place", PLACES)
def test_a_hunt_that_is_killed_goes_on_and_ends_the_same(scenes, zygote, boundaries, place):
    middle = boundaries.count(place) // 2 + 1
    deaths, wrong = survive(scenes, zygote, "a", True, (place, middle))
    assert deaths == [place]
    assert wrong == []


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("red", "checked_out"), HUNTS)
def test_a_hunt_can_be_killed_at_every_boundary(scenes, zygote, say, red, checked_out):
    with scenes.Scene(red, checked_out=checked_out) as scene:
        status, names = zygote.run(scene)
        assert (status, scene.wrong()) == (0, [])
    say(f"kill -9 at each of {len(names)} boundaries of {len(set(names))} kinds")
    reached, wrong = survive_all(scenes, ((boundary,) for boundary in numbered(names)), red, checked_out)
    assert wrong == {}
    assert set(names) == reached


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("red", "checked_out"), HUNTS)
def test_the_recovery_can_be_killed_too(scenes, boundaries, say, red, checked_out):
    seeded = random.Random(f"twice {red}")
    jobs = [tuple(seeded.choices(numbered(boundaries), k=2)) for _ in range(16)]
    say(f"kill -9, and again in the recovery, at {len(jobs)} pairs of boundaries")
    assert survive_all(scenes, jobs, red, checked_out)[1] == {}


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_git_processes_can_be_killed_with_it(scenes, boundaries, say):
    seeded = random.Random("with its children")
    jobs = [(boundary,) for boundary in seeded.sample(numbered(boundaries), k=16)]
    say(f"kill -9, with every git process, at {len(jobs)} boundaries")
    assert survive_all(scenes, jobs, "ab", True, children=True)[1] == {}
