"""Work of a turn that did not end well: kept, tried again, and never taken for done."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from attrs import evolve

from agent_orchestrator.engine import due as d
from agent_orchestrator.engine import events as e
from agent_orchestrator.model.usage import FAILED, NOT_LOGGED_IN, RATE_LIMITED
from agent_orchestrator.views.rows import session_state

_spec = importlib.util.spec_from_file_location("ao_world", Path(__file__).with_name("world.py"))
assert _spec is not None
assert _spec.loader is not None
_module = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_module)


class Free(_module.World):
    """A session with a task of free text, in a project that is green."""

    def __init__(self) -> None:
        super().__init__("a", "", attempts=3)
        tree = self.tree(self.target)
        self.happen(
            e.SessionClaimed(
                self.now, "free", "app", "free", "do", "do", "script", "process", "ao/free", self.target, tree, "/free"
            )
        )
        self.happen(e.WorkspaceReady(self.now, "free"))

    @property
    def session(self):
        return self.state.sessions["free"]

    def turn(self, code=0, error="", *, head="c9", summary="as far as it came") -> None:
        """A whole turn that leaves this head."""
        number = len(self.session.turns) + 1
        feedback = self.session.again.feedback if self.session.again else ""
        self.happen(e.TurnStarted(self.now, "free", number, feedback, tuple(m.id for m in self.session.messages)))
        tree = f"tree:{head}" if head else ""
        self.happen(e.TurnEnded(self.now, "free", number, code, summary, head, tree, "saved", error=error))

    def due(self) -> list[str]:
        return sorted({type(effect).__name__ for effect in d.due(self.state) if effect.concerns == "free"})

    def goes_to_the_gate(self) -> bool:
        self.happen(e.TargetObserved(self.now, "app", self.target, self.tree(self.target), _module.GATE))
        return "Prove" in self.due()


@pytest.fixture
def free() -> Free:
    return Free()


BADLY = [(1, FAILED), (None, ""), (7, ""), (0, FAILED)]


def test_work_of_a_turn_that_ended_well_goes_to_the_gate(free):
    free.turn()
    assert free.goes_to_the_gate()


@pytest.mark.parametrize(("code", "error"), BADLY)
def test_work_of_a_turn_that_did_not_is_gone_on_with_and_not_landed(free, code, error):
    free.turn(code, error)
    assert not free.goes_to_the_gate()
    assert free.due() == ["StartTurn"]
    assert "as far as it came" in free.session.again.feedback
    assert free.session.head == "c9"
    free.turn()
    assert free.goes_to_the_gate()


@pytest.mark.parametrize(("code", "error"), BADLY)
def test_turns_that_end_so_are_tries(free, code, error):
    for _ in range(3):
        free.turn(code, error)
    assert free.session.left.startswith("left after 3 attempts: the agent did not finish")
    assert not free.goes_to_the_gate()


@pytest.mark.parametrize("code", [3, 4])
def test_an_agent_that_can_not_do_it_is_not_asked_again_and_its_beginnings_do_not_land(free, code):
    free.turn(code)
    assert free.session.left == "as far as it came"


def test_a_refused_login_leaves_it_at_once(free):
    free.turn(1, NOT_LOGGED_IN)
    assert free.session.left == "as far as it came"


def test_after_a_usage_limit_it_is_gone_on_with(free):
    free.turn(1, RATE_LIMITED)
    free.happen(e.TargetObserved(free.now, "app", free.target, free.tree(free.target), _module.GATE))
    assert free.due() == ["StartTurn"]
    assert free.session.again.feedback.startswith("The usage limit is over")


def test_what_a_person_says_meanwhile_is_what_the_next_turn_begins_with(free):
    free.happen(e.MessageQueued(free.now, "free", "m", "like this"))
    free.turn(1, FAILED)
    assert free.due() == ["StartTurn"]


@pytest.mark.parametrize("end", ["stopped", "left"])
def test_a_session_that_is_brought_back_rests_with_what_was_not_done(free, end):
    if end == "left":
        for _ in range(3):
            free.turn(1, FAILED)
    else:
        free.happen(e.TurnStarted(free.now, "free", 1))
        free.happen(e.SessionStopped(free.now, "free"))
        free.happen(e.TurnEnded(free.now, "free", 1, 1, "stopped", "c9", "tree:c9", "saved", error=FAILED))
        free.happen(e.WorkspaceRemoved(free.now, "free", "saved"))
    free.happen(e.SessionRestored(free.now, "free", "c9", "tree:c9"))
    assert not free.goes_to_the_gate()
    assert (free.due(), session_state(free.state, free.session)) == ([], ("idle", "not finished"))
    free.happen(e.MessageQueued(free.now, "free", "m", "go on"))
    assert free.due() == ["StartTurn"]
    free.turn()
    assert free.goes_to_the_gate()


def test_one_that_is_not_finished_neither_holds_a_hunt_up_nor_takes_an_agents_place(free):
    for _ in range(3):
        free.turn(1, FAILED)
    free.happen(e.SessionRestored(free.now, "free", "c9", "tree:c9"))
    state = free.hunt()
    assert state.hunts["h"].reason == "done"


def test_until_its_next_turn_it_is_shown_as_starting_and_not_as_proving(free):
    free.turn(1, FAILED)
    assert session_state(free.state, free.session) == ("working", "starting")


class Killed(_module.World):
    """A world in which every agent is killed when it has done its work."""

    def happen(self, event: e.Event) -> None:
        super().happen(evolve(event, code=None) if isinstance(event, e.TurnEnded) else event)


def test_work_on_failures_is_judged_by_its_proof_however_its_turn_ended():
    assert [f.settled for f in Killed("a", "a").hunt().failures.values()] == ["fixed"]
