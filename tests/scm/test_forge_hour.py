"""Looking at 100 pull requests for a while: how much is asked, and that nothing known is older than one tick."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "bench"))
from forge_hour.hour import hour
from forge_hour.product import product
from forge_hour.script import Change, busy, quiet
from forge_hour.staleness import OVER
from forge_hour.worlds import AtGitHub, AtGitLab

MINUTES = 60.0
#: Every kind of change but pushes and their checks, a minute apart.
EACH = ("comment", "red", "resolve", "base", "label", "approve", "conflict", "line", "draft", "merge", "close")


@pytest.fixture
def passed(tmp_path: Path) -> Callable[..., Any]:
    """(the world, what it took) after some minutes of a script at a forge."""

    async def passed(world: Any, changes: list[Change], seconds: float) -> tuple[Any, Any]:
        result = await hour(world, await product(world, tmp_path), changes, seconds)
        assert world.forge.problems == []
        return world, result

    return passed


@pytest.mark.parametrize(("forge", "requests"), [(AtGitHub, 12), (AtGitLab, 4)])
async def test_ten_quiet_minutes_are_one_look_every_two_of_them(passed, forge, requests):
    _, result = await passed(forge(), quiet(), 10 * MINUTES)
    assert (result.looks, result.requests, result.points) == (4, requests, requests)


@pytest.mark.parametrize(("forge", "requests"), [(AtGitHub, 48), (AtGitLab, 52)])
async def test_busy_minutes_take_no_more_than_this_and_all_is_known_at_the_next_look(passed, forge, requests):
    _, result = await passed(forge(), busy(6 * MINUTES), 6 * MINUTES)
    stale = {signal: result.staleness.worst(signal) for signal in result.staleness.known}
    assert {signal: ticks for signal, ticks in stale.items() if ticks > 1.005} == {}
    assert {"head", "check", "failure read", "comment", "line comment", "label"} <= set(stale)
    assert max(result.requests, result.points) <= requests


@pytest.mark.parametrize("forge", [AtGitHub, AtGitLab])
async def test_every_kind_of_change_is_known_at_the_next_look(passed, forge):
    changes = [Change(50.0 + 60.0 * at, kind, at, at) for at, kind in enumerate(EACH)]
    _, result = await passed(forge(), changes, 13 * MINUTES)
    assert set(result.staleness.known) == {
        *("comment", "check", "failure read", "thread resolved", "base moved", "label", "review decision"),
        *("mergeability", "line comment", "draft", OVER),
    }
    assert not any(result.staleness.never.values())
    assert result.worst <= 1.005


async def test_red_pull_requests_are_compared_with_the_commit_that_they_share_once(passed):
    reds = [Change(1.0, "red", pull) for pull in range(5)]
    world, _ = await passed(AtGitHub(), reds, 3 * MINUTES)
    assert [asked.name for asked in world.forge.asked].count("Commit") == 1


async def test_a_look_at_one_takes_along_those_that_are_next_for_nothing(passed):
    pushed = [Change(1.0, "push", 0, 1), Change(2.0, "check", 0, 1, "unit", "running")]
    world, result = await passed(AtGitHub(), pushed, 10 * MINUTES)
    # The 100 alone are three requests every 30 s from the first change on, and the one that runs is one every 10 s.
    sweeps = [asked.name for asked in world.forge.asked[6:]].count("Sweep")
    assert result.looks >= 48
    assert sweeps <= result.looks + 12


async def test_after_the_first_change_in_a_quiet_time_the_next_look_is_soon(passed):
    changes = [Change(1.0, "label", 0), Change(121.0, "label", 1)]
    _, result = await passed(AtGitHub(), changes, 3 * MINUTES)
    assert max(seconds for seconds, _ in result.staleness.known["label"]) == 119.0
    assert min(seconds for seconds, _ in result.staleness.known["label"]) == 29.0


async def test_a_conflict_is_known_seconds_after_the_look_that_made_the_forge_compute_it(passed):
    changes = [Change(1.0, "label", 0), Change(121.0, "conflict", 1)]
    _, result = await passed(AtGitHub(computes=True), changes, 3 * MINUTES)
    (base, *_), (conflict,) = result.staleness.known["base moved"], result.staleness.known["mergeability"]
    assert (base[0], conflict[0]) == (29.0, 34.0)
