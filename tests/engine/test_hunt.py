"""A hunt as the engine decides it, on a simulated world: every order of effects must come to the same good end."""

from __future__ import annotations

import importlib.util
from itertools import pairwise
from pathlib import Path

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_orchestrator.engine import codec
from agent_orchestrator.engine.state import State
from agent_orchestrator.engine.step import step

_spec = importlib.util.spec_from_file_location("ao_world", Path(__file__).with_name("world.py"))
assert _spec is not None
assert _spec.loader is not None
_module = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_module)
World = _module.World


def settled(state: State) -> dict[str, str]:
    return {f.item.key[6:]: f.settled for f in state.failures.values()}


def test_every_fixable_failure_lands_and_the_hunt_ends():
    world = World("abc", "abc")
    state = world.hunt()
    assert settled(state) == {"a": "fixed", "b": "fixed", "c": "fixed"}
    assert state.hunts["h"].reason == "done"
    assert world.trees[world.target] == frozenset()


def test_a_flaky_failure_gets_no_agent():
    state = World("abc", "ab", flaky="b").hunt()
    assert settled(state) == {"a": "fixed", "b": "flaky"}
    assert [s.items[0].key for s in state.sessions.values()] == ["t.py::a"]


def test_a_fix_that_breaks_another_test_goes_back_with_the_evidence():
    world = World("ab", "a", agent=lambda names, attempt: (names, "b" if attempt == 1 else ""))
    world.agent = lambda names, attempt: (names | {"b"}, ()) if attempt > 1 else (names, "b")
    state = world.hunt()
    session = next(iter(state.sessions.values()))
    assert settled(state)["a"] == "fixed"
    assert "newly red: pytest t.py::b" in session.turns[1].feedback


def test_an_agent_that_never_succeeds_is_left_with_the_reason():
    state = World("ab", "ab", agent=lambda names, attempt: ((), ())).hunt()
    assert settled(state) == {"a": "left", "b": "left"}
    assert all(len(s.turns) == 3 for s in state.sessions.values())


def test_colliding_fixes_land_one_after_the_other():
    world = World("ab", "ab", collide=[("a", "b")])
    state = world.hunt()
    assert settled(state) == {"a": "fixed", "b": "fixed"}
    assert len(world.history) == 3


def test_a_failure_that_another_fix_also_mended_is_not_landed_twice():
    world = World("ab", "ab", agent=lambda names, attempt: ("ab", ()))
    state = world.hunt()
    assert len(world.history) == 2
    assert sorted(settled(state).values()) == ["fixed", "gone"]


def test_landing_on_an_unmoved_target_runs_no_further_gate():
    world = World("ab", "a")
    world.hunt()
    assert world.gates == 2  # the base, and the session's own gate


def test_a_failure_that_returns_is_reopened_with_the_landing_that_had_fixed_it():
    world = World("ab", "a")
    landing = next(iter(world.hunt().landings.values()))
    world.target = world.commit(frozenset("a"))
    world.history.append(world.target)
    seen: list[State] = []
    world.happen(_module.e.HuntStarted(world.now, "h2", "app"))
    while effects := _module.d.due(world.state):
        world.carry_out(effects[0])
        seen.append(world.state)
    reopened = next(f for state in seen for f in state.failures.values() if f.reopened and not f.settled)
    assert reopened.landing == landing.id
    assert settled(world.state) == {"a": "fixed"}


def test_no_two_open_sessions_own_one_item():
    world = World("abcd", "abcd", agents=4)
    owners: set[tuple[str, str]] = set()

    def pick(effects):
        open_items = [(s.id, i.key) for s in world.state.sessions.values() if not s.closed for i in s.items]
        keys = [key for _, key in open_items]
        assert len(keys) == len(set(keys))
        owners.update(open_items)
        return effects[-1]

    world.hunt(pick)
    assert len(owners) == 4


names = st.sampled_from("abcdef")


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_order_of_effects_shrinks_the_red_set_with_each_landing_and_ends(data):
    red = data.draw(st.sets(names, min_size=1), label="red")
    flaky = data.draw(st.sets(st.sampled_from(sorted(red))), label="flaky")
    hopeless = data.draw(st.sets(st.sampled_from(sorted(red))), label="hopeless")
    pairs = data.draw(st.lists(st.tuples(names, names), max_size=3), label="collide")
    clumsy = data.draw(st.sets(names), label="breaks on the first attempt")

    def agent(mine, attempt):
        return (mine - hopeless) | (clumsy if attempt > 1 else set()), (clumsy - mine if attempt == 1 else set())

    world = World("abcdef", red, flaky=flaky, agent=agent, collide=pairs, agents=data.draw(st.integers(1, 4)))
    state = world.hunt(lambda effects: effects[data.draw(st.integers(0, len(effects) - 1))])
    reds = [world.trees[c] - flaky for c in world.history]
    assert all(after < before for before, after in pairwise(reds))
    assert state.hunts["h"].ended_at
    assert all(f.settled for f in state.failures.values())
    assert not state.problems


@settings(max_examples=60, deadline=None)
@given(st.sets(names, min_size=1), st.data())
def test_replaying_the_journal_at_any_point_gives_the_same_state(red, data):
    world = World("abcdef", red, collide=[("a", "b")])
    world.hunt()
    rows = [codec.encode(event) for event in world.events]
    replayed = State()
    for row in rows:
        replayed = step(replayed, codec.decode(row))
    assert replayed == world.state
    cut = data.draw(st.integers(0, len(rows)))
    state = State()
    for row in rows[:cut]:
        state = step(state, codec.decode(row))
    assert _module.d.due(state) is not None


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_step_is_total_for_events_in_any_order(data):
    world = World("abc", "abc", collide=[("a", "b")])
    world.hunt()
    events = data.draw(st.permutations(world.events))
    state = State()
    for event in events:
        state = step(state, event)
    assert state.revision == len(events)


def test_only_failures_in_a_row_count():
    world = World("a", "a")
    world.happen(_module.e.HuntStarted(world.now, "h", "app"))
    for _ in range(4):
        observe = _module.d.ObserveTarget("app")
        world.happen(_module.e.EffectFailed(world.now, observe.key, "git was busy", "", "app"))
        assert observe in _module.d.due(world.state)
        world.carry_out(observe)
        world.happen(_module.e.TargetStale(world.now, "app"))
    assert not world.state.problems


def test_a_landing_that_can_not_be_finished_ends_the_hunt_with_the_reason():
    world = World("a", "a")
    world.happen(_module.e.HuntStarted(world.now, "h", "app"))
    while not world.state.landings:
        world.carry_out(_module.d.due(world.state)[0])
    (finish,) = [x for x in _module.d.due(world.state) if isinstance(x, _module.d.FinishLanding)]
    for _ in range(3):
        world.happen(_module.e.EffectFailed(world.now, finish.key, "the disk is gone", "", "app"))
    assert world.state.hunts["h"].reason == "the disk is gone"


def test_a_worktree_that_git_refuses_to_remove_is_kept_and_said():
    world = World("ab", "a")
    world._Retire = lambda effect: world.happen(  # type: ignore[method-assign]
        _module.e.WorkspaceRemoved(world.now, effect.session, "saved", "git is at work in it")
    )
    state = world.hunt()
    (session,) = state.sessions.values()
    assert (session.workspace, session.notices) == ("kept", ("the worktree stays: git is at work in it",))


def test_a_flaky_item_that_says_something_else_each_time_is_one_failure_and_gets_no_agent():
    world = World("abc", "abc", flaky="b")
    told = world.evidence

    def with_another_message(commit):
        evidence = told(commit)
        (result,) = evidence.results
        findings = [evolve(f, signature=f"{f.signature}-{commit}") if "::b" in f.key else f for f in result.findings]
        return evolve(evidence, results=(evolve(result, findings=tuple(findings)),))

    world.evidence = with_another_message
    state = world.hunt()
    assert [f.settled for f in state.failures.values() if f.item.key == "t.py::b"] == ["flaky"]
    assert sorted(s.items[0].key for s in state.sessions.values()) == ["t.py::a", "t.py::c"]


def test_a_free_session_at_rest_neither_holds_a_hunt_up_nor_takes_an_agents_place():
    world = World("a", "a", agents=1)
    tree = world.tree(world.target)
    claim = _module.e.SessionClaimed(
        world.now, "free", "app", "free", "look", "look", "script", "process", "ao/free", world.target, tree, "/free"
    )
    world.happen(claim)
    world.happen(_module.e.WorkspaceReady(world.now, "free"))
    world.happen(_module.e.TurnStarted(world.now, "free", 1))
    world.happen(_module.e.TurnEnded(world.now, "free", 1, 0, "all is well"))
    state = world.hunt()
    assert (settled(state), state.hunts["h"].reason) == ({"a": "fixed"}, "done")


def test_a_restored_session_rests_until_somebody_says_how_to_go_on():
    world = World("a", "a")
    world.happen(_module.e.HuntStarted(world.now, "h", "app"))
    while "s0" not in world.state.sessions or not world.state.sessions["s0"].running:
        world.carry_out(_module.d.due(world.state)[0])
    world.happen(_module.e.TurnEnded(world.now, "s0", 1, 3, "no idea"))
    assert world.state.sessions["s0"].left == "no idea"

    world.happen(_module.e.SessionRestored(world.now, "s0", "", ""))
    assert (_module.d.due(world.state), settled(world.state)) == ([], {"a": ""})
    world.happen(_module.e.MessageQueued(world.now, "s0", "m", "like this"))
    assert [type(x).__name__ for x in _module.d.due(world.state)] == ["StartTurn"]
