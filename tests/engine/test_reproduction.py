"""A failure is run again before an agent is spent on it; what that shows stays true when the target moves meanwhile."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from agent_orchestrator.engine import due as d
from agent_orchestrator.engine import events as e
from agent_orchestrator.model.rule import Tally

_spec = importlib.util.spec_from_file_location("world", Path(__file__).with_name("world.py"))
world = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(world)

FAILS, FLAKY = Tally(0, 0, 0, 3), Tally(alone_passed=1, file_passed=1)


@pytest.fixture
def hunting():
    """A hunt over the failures a, b and c that are about to be run again."""
    w = world.World("abc", red="abc")
    w.happen(e.HuntStarted(w.now, "h", world.PROJECT))
    w.carry_out(one(w, d.ObserveTarget))
    w.carry_out(one(w, d.Prove))
    return w


def one(w, kind):
    found = [effect for effect in d.due(w.state) if isinstance(effect, kind)]
    assert len(found) == 1, d.due(w.state)
    return found[0]


def move_target(w, red):
    """The target moves to a commit in which ``red`` fails, by somebody else's doing."""
    w.target = w.commit(frozenset(red))
    w.carry_out(d.ObserveTarget(world.PROJECT))
    w.carry_out(one(w, d.Prove))


def ended(w, rerun, **tallies):
    found = tuple((item, tallies.get(item.key[-1], FAILS)) for item in rerun.items)
    w.happen(e.ItemsRerun(w.now, world.PROJECT, rerun.tree, found))


def test_failures_are_not_run_again_for_every_move_of_the_target(hunting):
    rerun = one(hunting, d.Rerun)
    move_target(hunting, "ab")
    ended(hunting, rerun)
    assert not [effect for effect in d.due(hunting.state) if isinstance(effect, d.Rerun)]


def test_agents_are_spent_on_what_was_shown_on_an_earlier_target(hunting):
    rerun = one(hunting, d.Rerun)
    move_target(hunting, "ab")
    ended(hunting, rerun)
    claimed = {s for effect in d.due(hunting.state) if isinstance(effect, d.Claim) for s in effect.signatures}
    assert claimed == {"sig-a", "sig-b"}


def test_a_second_batch_waits_for_the_one_under_way(hunting):
    under_way = one(hunting, d.Rerun)
    move_target(hunting, "ab")
    assert one(hunting, d.Rerun).key == under_way.key


def test_a_flaky_failure_that_passes_by_luck_on_a_later_target_is_not_called_fixed(hunting):
    rerun = one(hunting, d.Rerun)
    move_target(hunting, "ab")
    ended(hunting, rerun, c=FLAKY)
    assert hunting.state.failures["sig-c"].settled == "flaky"


def test_a_failure_that_came_back_is_run_again(hunting):
    ended(hunting, one(hunting, d.Rerun))
    move_target(hunting, "ab")
    move_target(hunting, "ac")
    assert [item.key[-1] for item in one(hunting, d.Rerun).items] == ["c"]
