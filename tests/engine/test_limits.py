"""Usage limits, refused logins and budgets, as the engine decides them."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from attrs import evolve

from agent_orchestrator.engine import due as d
from agent_orchestrator.engine import events as e
from agent_orchestrator.engine.state import Limit
from agent_orchestrator.model.usage import NO_CREDIT, NOT_LOGGED_IN, RATE_LIMITED, Usage, total

_spec = importlib.util.spec_from_file_location("ao_world", Path(__file__).with_name("world.py"))
assert _spec is not None
assert _spec.loader is not None
_module = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_module)


class Failing(_module.World):
    """A world in which the first turn of each session ends with an error of the agent, or costs something."""

    error, usage = "", None

    def _RunTurn(self, effect):
        session = self.state.sessions[effect.session]
        if session.turn.number > 1 or not (self.error or self.usage):
            super()._RunTurn(effect)
            return
        if self.error == RATE_LIMITED:
            self.happen(e.AgentLimited(self.now, session.agent, 99.0, session.id))
        self.happen(e.TurnEnded(self.now, session.id, 1, 1, "its own words", error=self.error, usage=self.usage))


def failing(error="", usage=None, red="ab", **options):
    world = Failing("ab", red, **options)
    world.error, world.usage = error, usage
    settings = evolve(world.state.projects["app"].settings, agent="script", cost=1.0)
    world.happen(e.ProjectConfigured(world.now, "app", settings))
    return world


def open_items(state):
    return sorted(f.item.key[-1] for f in state.failures.values() if not f.settled)


def test_an_agent_at_its_limit_starts_no_turn_and_gets_no_task_until_it_is_over():
    world = failing(RATE_LIMITED, agents=1)
    state = world.hunt()
    assert (state.limits, d.due(state)) == ({"script": Limit(99.0)}, [])
    assert (len(state.sessions), open_items(state)) == (1, ["a", "b"])
    world.error = ""
    world.happen(e.AgentResumed(world.now, "script"))
    world.happen(e.HuntEnded(world.now, "h", "done"))
    assert open_items(world.hunt()) == []


def test_a_limit_is_nobodys_try():
    world = failing(RATE_LIMITED, red="a", attempts=1)
    world.hunt()
    world.happen(e.AgentResumed(world.now, "script"))
    state = world.hunt()
    assert open_items(state) == []
    assert [s.turns[1].feedback for s in state.sessions.values()] == ["The usage limit is over. Go on with the task."]


@pytest.mark.parametrize("error", [NOT_LOGGED_IN, NO_CREDIT])
def test_what_another_try_would_only_repeat_is_left_at_once_with_the_agents_words(error):
    state = failing(error).hunt()
    assert {(s.left, len(s.turns)) for s in state.sessions.values()} == {("its own words", 1)}


def test_a_session_that_has_spent_its_budget_gets_no_other_turn():
    state = failing(usage=Usage(cost=1.25)).hunt()
    (session, _) = state.sessions.values()
    assert session.left.startswith("left after $1.25 of the $1.00 that `limits.cost` allows")
    assert len(session.turns) == 1


def test_a_session_below_its_budget_goes_on():
    assert open_items(failing(usage=Usage(cost=0.25)).hunt()) == []


def test_what_no_agent_says_is_unknown_and_not_nothing():
    assert total([None, Usage(output_tokens=3)]) == Usage(output_tokens=3)
    assert total([]).cost is None


def test_tokens_that_an_agent_gives_for_the_conversation_so_far_are_not_counted_twice():
    turns = [Usage(10, 2, so_far=True), None, Usage(30, 5, so_far=True)]
    assert (total(turns).input_tokens, total(turns).output_tokens) == (30, 5)


def test_the_usage_of_turns_is_summed_and_the_newest_share_of_the_context_counts():
    turns = [Usage(10, 2, cost=0.5, context=0.9, model="one"), Usage(5, None, cost=0.25, context=0.1)]
    assert total(turns) == Usage(15, 2, cost=0.75, context=0.1, model="one")
