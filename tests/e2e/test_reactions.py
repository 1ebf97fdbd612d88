"""What is done by itself after something happened: once, however often the daemon is started again."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from agent_orchestrator.daemon.waiting import escalate, find_stuck
from agent_orchestrator.protocol import types as t
from agent_orchestrator.protocol.errors import Refused

FILES = {"a.txt": "first\n", "tests/test_ok.py": "def test_ok():\n    assert True\n"}
FAILS = [["exit", 1]]


@pytest.fixture
def begin(world: Any) -> Any:
    """Start a session with these reactions; the agent's turns for the task ``do``."""

    async def start(reactions: Any, *turns: Any, **plans: Any) -> str:
        world.make(FILES, landing={"checkout": "ff"}, reactions=reactions, limits={"attempts": 5})
        world.agents_do({"do": turns, **plans})
        await world.start()
        return (await world.call("new", t.NewParams(task="do", agent="scripted"))).id

    return start


def outcomes(state: Any) -> list[tuple[str, str, bool]]:
    return [(r.event, r.outcome, r.failed) for r in state.reactions.values()]


async def test_an_agent_that_ended_badly_is_told_what_the_reaction_says(world: Any, begin: Any) -> None:
    message = "It ended with {{error}}; run `make` first."
    exited = {"auto": True, "action": "send-to-agent", "message": message}
    id = await begin({"agent-exited": exited}, FAILS, [["write", "a.txt", "second\n"]])
    await world.until(lambda state: bool(state.sessions[id].landing), 60.0)
    assert world.show("a.txt") == "second"
    assert "It ended with exit 1; run `make` first." in world.told("do")[1]["prompt"]
    assert outcomes(world.state) == [("agent-exited", f"told {id}", False)]


async def test_what_landed_begins_the_next_task(world: Any, begin: Any) -> None:
    landed = {
        "auto": True,
        "action": "spawn",
        "message": "next after {{session.title}}",
        "condition": "session.title == 'do'",
    }
    id = await begin({"landed": landed}, [["write", "a.txt", "second\n"]], next=[[["write", "a.txt", "third\n"]]])
    state = await world.until(lambda state: len(state.sessions) == 2, 60.0)
    (following,) = (s for s in state.sessions.values() if s.id != id)
    assert (following.title, following.agent) == ("next after do", "scripted")
    state = await world.until(lambda state: bool(state.sessions[following.id].landing), 60.0)
    assert outcomes(state) == [("landed", f"began {following.id}", False)]


async def test_what_a_reaction_began_begins_nothing_itself(world: Any, begin: Any) -> None:
    landed = {"auto": True, "action": "spawn", "message": "next after {{session.title}}"}
    id = await begin({"landed": landed}, [["write", "a.txt", "2\n"]], next=[[["write", "a.txt", "3\n"]]])
    state = await world.until(lambda state: len(state.reactions) == 2, 60.0)
    assert [(r.session == id, r.action) for r in state.reactions.values()] == [(True, "spawn"), (False, "notify")]
    assert len(state.sessions) == 2


async def test_what_is_offered_is_done_when_a_person_says_so_and_only_once(world: Any, begin: Any) -> None:
    id = await begin({"agent-exited": {"action": "stop"}}, FAILS, [["hang"]])
    state = await world.until(lambda state: bool(state.reactions))
    (key,) = state.reactions
    rows = (await world.call("reactions", t.ReactionsParams(project="app"))).reactions
    assert [(row.key, row.offered, row.outcome) for row in rows] == [(key, True, "")]
    await world.call("react", t.ReactParams(reaction=key))
    await world.until(lambda state: state.sessions[id].stopping and state.sessions[id].workspace == "removed")
    assert outcomes(world.state) == [("agent-exited", f"stopped {id}", False)]
    with pytest.raises(Refused, match="not open any more"):
        await world.call("react", t.ReactParams(reaction=key))


async def test_what_the_guard_holds_no_reaction_lands(world: Any, begin: Any) -> None:
    landing = {"agent-exited": {"auto": True, "action": "land"}}
    id = await begin(landing, [["delete", "tests/test_ok.py"], ["exit", 1]], [["say", "done"]])
    await world.until(lambda state: bool(state.reactions) and all(r.outcome for r in state.reactions.values()))
    await world.until(lambda state: state.sessions[id].is_held or bool(state.sessions[id].left), 30.0)
    assert not world.state.sessions[id].landing
    assert not world.state.sessions[id].allowed_head


async def test_a_daemon_that_is_started_again_does_nothing_twice(world: Any, begin: Any) -> None:
    exited = {"auto": True, "action": "send-to-agent", "message": "again"}
    id = await begin({"agent-exited": exited}, FAILS, [["hang"]])
    await world.until(lambda state: len(state.sessions[id].turns) == 2 and state.sessions[id].running)
    await world.end()
    await world.start()
    await world.until(lambda state: state.sessions[id].running)
    assert [m.text for m in world.state.sessions[id].messages] == ["again"]
    assert outcomes(world.state) == [("agent-exited", f"told {id}", False)]


async def test_an_agent_that_is_not_heard_of_is_stuck_and_may_be_stopped(world: Any, begin: Any) -> None:
    stuck = {"auto": True, "action": "stop", "threshold": "1s"}
    id = await begin({"agent-stuck": stuck}, [["hang"]])
    looking = asyncio.create_task(find_stuck(world.app))
    await world.until(lambda state: state.sessions[id].stopping, 30.0)
    looking.cancel()
    assert outcomes(world.state) == [("agent-stuck", f"stopped {id}", False)]


async def test_what_lasts_too_long_is_told_as_well(world: Any, begin: Any) -> None:
    stuck = {"threshold": "1s", "escalateAfter": "1s"}
    id = await begin({"agent-stuck": stuck}, [["hang"]])
    looking = [asyncio.create_task(each(world.app)) for each in (find_stuck, escalate)]
    state = await world.until(lambda state: len(state.reactions) == 2, 30.0)
    for task in looking:
        task.cancel()
    assert [(r.session, r.priority) for r in state.reactions.values()] == [(id, "urgent"), (id, "urgent")]
    assert [key.endswith("/escalated") for key in state.reactions] == [False, True]


@pytest.mark.parametrize(
    ("reactions", "said"),
    [
        ({}, ["landed: no reaction is configured; nothing is done"]),
        ({"landed": {}}, ["you are told (info)", "says: do landed in <commit>"]),
        (
            {"landed": {"action": "spawn", "auto": True, "condition": "session.title == 'do'", "message": "x"}},
            ["condition: session.title == 'do' holds", "spawn is done by itself, 0 times of 3 so far", "says: x"],
        ),
        (
            {"landed": {"action": "stop", "condition": "commit == 'c'"}},
            ["condition: commit == 'c' does not hold (not known now: commit)", "nothing is done"],
        ),
        ({"landed": {"action": "stop"}}, ["stop is offered to you", "says: do landed in <commit>"]),
        (
            {"landed": {"action": "stop", "auto": True, "retries": 0}},
            ["you are told: stop was done 0 times; it is yours now (urgent)", "says: do landed in <commit>"],
        ),
    ],
)
async def test_what_would_be_done_is_told_with_the_reason(world: Any, begin: Any, reactions: Any, said: Any) -> None:
    id = await begin(reactions, [["hang"]])
    answer = await world.call("reactions", t.ReactionsParams(test="landed", session=id))
    assert list(answer.test) == said
    assert not world.state.reactions


async def test_an_event_that_there_is_not_is_refused_with_the_nearest(world: Any, begin: Any) -> None:
    await begin({}, [["hang"]])
    with pytest.raises(Refused, match="did you mean 'landed'"):
        await world.call("reactions", t.ReactionsParams(project="app", test="landet"))
