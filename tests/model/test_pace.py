"""How soon a pull request is looked at again."""

from __future__ import annotations

import pytest
from attrs import evolve

from agent_orchestrator.model.pace import ACTIVE, COMPUTED, QUIET, RUNNING, TOLD, next_look, pace
from agent_orchestrator.model.pull import CheckState, CiCheck, Mergeable, Pull
from agent_orchestrator.model.watched import Watched

PULL = Pull("P1", 1, "https://x/1", "Fix it", "open", "h", "ao/s", "main", "b", mergeable=Mergeable.YES)
#: Pushed at 0, last changed at 1000, and looked at right then.
WATCHED = Watched("app", "P1", 0.0, pull=PULL, changed_at=1000.0)
PENDING = evolve(WATCHED, pull=evolve(PULL, checks=(CiCheck("CI/unit", "unit", CheckState.PENDING),)))


@pytest.mark.parametrize(
    ("watched", "at", "seconds"),
    [
        (WATCHED, 1000.0, ACTIVE),
        (evolve(WATCHED, head_at=1000.0), 1000.0, RUNNING),
        (evolve(WATCHED, head_at=1000.0), 1119.0, RUNNING),
        (evolve(WATCHED, head_at=1000.0), 1120.0, ACTIVE),
        (PENDING, 1500.0, RUNNING),
        (PENDING, 2800.0, ACTIVE),
        (evolve(WATCHED, pull=None), 1000.0, RUNNING),
    ],
    ids=["changed", "pushed", "checks may begin", "none began", "pending", "pending for ever", "not seen yet"],
)
def test_it_is_looked_at_often_while_its_checks_run_or_are_about_to(watched: Watched, at: float, seconds: float):
    assert next_look(watched, at, at, ACTIVE) == at + seconds


@pytest.mark.parametrize(
    ("state", "at", "seconds"),
    [("open", 1000.0, COMPUTED), ("open", 1010.0, COMPUTED), ("open", 1015.0, ACTIVE), ("closed", 1000.0, ACTIVE)],
    ids=["asked", "asked again", "asked often enough", "over"],
)
def test_it_is_asked_again_soon_whether_it_can_be_merged_while_the_forge_finds_out(state, at, seconds):
    unknown = evolve(WATCHED, pull=evolve(PULL, state=state, mergeable=Mergeable.UNKNOWN))
    assert next_look(unknown, at, at, ACTIVE) == at + seconds


def test_what_was_planned_at_a_look_is_not_put_off_when_its_time_has_come():
    pushed = evolve(WATCHED, head_at=1000.0)
    planned = next_look(pushed, 1115.0, 1115.0, ACTIVE)
    assert planned == next_look(pushed, 1115.0, planned, ACTIVE) == 1125.0


def test_it_is_looked_at_seldom_where_the_forge_tells_of_changes():
    assert next_look(PENDING, 1500.0, 1500.0, TOLD) == 1500.0 + TOLD


@pytest.mark.parametrize(("now", "seconds"), [(1000.0, ACTIVE), (2799.0, ACTIVE), (2800.0, QUIET)])
def test_times_are_quiet_half_an_hour_after_the_last_change(now: float, seconds: float):
    assert pace([WATCHED, evolve(WATCHED, changed_at=5.0)], now) == seconds
