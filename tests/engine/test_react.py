"""What a reaction says is done where it still makes sense, and comes to an outcome where it does not."""

from __future__ import annotations

import pytest
from attrs import define, evolve, field

from agent_orchestrator.engine import events as e
from agent_orchestrator.engine.drive.react import LATE, react
from agent_orchestrator.engine.due import React
from agent_orchestrator.engine.state import Reaction, Session, State

PLANNED = Reaction("agent-exited/s/1", "app", "agent-exited", 1_000.0, "s", action="send-to-agent", text="go on")
SESSION = Session("s", "app", "s", "Do it", "", "claude", "process", "ao/s", "c", "t", "/tree", 900.0)


@define
class World:
    """The state in which a reaction is carried out ``at`` a time, and what is recorded of it."""

    state: State
    at: float
    recorded: list[e.Event] = field(factory=list)

    def now(self) -> float:
        return self.at

    def new_id(self) -> str:
        return "m"

    async def record(self, *events: e.Event) -> State:
        self.recorded += events
        return self.state


async def outcome(reaction: Reaction, session: Session = SESSION, at: float = 1_001.0) -> tuple[str, ...]:
    """The kinds of what is recorded, and the outcome."""
    world = World(State(sessions={"s": session}, reactions={reaction.key: reaction}), at)
    await react(world, React("app", reaction.key))  # type: ignore[arg-type]
    return (*(type(event).__name__ for event in world.recorded[:-1]), world.recorded[-1].outcome)  # type: ignore[attr-defined]


async def test_what_is_told_and_that_it_was_are_recorded_together():
    assert await outcome(PLANNED) == ("MessageQueued", "told s")


@pytest.mark.parametrize("action", ["send-to-agent", "stop", "land"])
async def test_what_is_too_long_ago_is_not_done_by_itself(action):
    assert await outcome(evolve(PLANNED, action=action), at=1_001.0 + LATE) == ("it is too long ago",)


async def test_what_a_person_says_is_done_however_long_it_was_offered():
    accepted = evolve(PLANNED, accepted_at=1_000.0 + LATE)
    assert await outcome(accepted, at=1_001.0 + LATE) == ("MessageQueued", "told s")


async def test_a_session_that_was_brought_back_meanwhile_is_not_stopped_for_what_was_before():
    restored = evolve(SESSION, restored_at=1_000.5)
    assert await outcome(evolve(PLANNED, action="stop"), restored) == ("nothing: s was restored meanwhile",)
    assert await outcome(evolve(PLANNED, action="stop"), evolve(SESSION, restored_at=999.0)) == (
        "SessionStopped",
        "stopped s",
    )


async def test_an_agent_that_works_again_is_not_stopped_for_its_silence():
    stuck = evolve(PLANNED, key="agent-stuck/s/1000.0", event="agent-stuck", action="stop")
    again = evolve(SESSION, stuck_at=1_000.0, last_activity=1_000.5)
    assert await outcome(stuck, again) == ("nothing: it was over",)


@pytest.mark.parametrize("action", ["send-to-agent", "spawn"])
async def test_nobody_is_told_nothing(action):
    assert await outcome(evolve(PLANNED, action=action, text=" \u200b")) == ("it says nothing",)


async def test_a_session_that_is_over_is_told_nothing():
    assert await outcome(PLANNED, evolve(SESSION, left="no more tries")) == ("s is over",)
