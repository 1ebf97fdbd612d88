"""`ao prompt`: exactly what the agent of the newest turn was given, or will be."""

from __future__ import annotations

import pytest

from agent_orchestrator.plugins.agent.command import CommandAgent
from agent_orchestrator.ports.agent import Told
from agent_orchestrator.protocol import types as t
from agent_orchestrator.protocol.errors import Refused

FILES = {
    "half.py": "def half(a):\n    return a // 2\n",
    "tests/test_half.py": "from half import half\n\n\ndef test_half():\n    assert half(3) == 1.5\n",
}


async def prompt_of(world, session: str) -> str:
    return (await world.call("prompt", t.SessionParams(session=session))).text


async def test_the_prompt_is_what_the_agent_was_given_in_its_newest_turn(world):
    world.make({**FILES, "AGENTS.md": "Be brief.\n"}, limits={"attempts": 2})
    world.agents_do({"test_half": [[["exit", 1]]]})
    await world.start()
    row = await world.hunt()
    first, second = (task["prompt"] for task in world.told())
    assert await prompt_of(world, row.sessions[0].id) == second
    assert "tests/test_half.py:5" in first
    assert "minitest.py /dev/null tests/test_half.py::test_half\n```" in first
    assert "Read `AGENTS.md` first" in first
    assert second.startswith("# Make these tests pass\n")
    assert "## What became of your last turn" in second


async def test_before_its_first_turn_it_is_what_the_agent_will_be_given(world):
    world.make(FILES, limits={"agents": 1})
    world.agents_do({"Wait": [[["hang"]]], "Write": [[["exit", 3]]]})
    await world.start()
    first = (await world.call("new", t.NewParams(task="Wait"))).id
    await world.until(lambda state: state.sessions[first].running)
    waits = (await world.call("new", t.NewParams(task="Write a note"))).id
    told = await prompt_of(world, waits)
    assert not world.state.sessions[waits].turns
    assert "Write a note" in told
    await world.call("stop", t.StopParams(session=first))
    await world.until(lambda state: bool(state.sessions[waits].turns and state.sessions[waits].turns[0].ended_at))
    assert world.told("Write a note")[0]["prompt"] == told


async def test_a_prompt_that_is_not_kept_any_more_is_refused(world):
    world.make(FILES)
    world.agents_do({"Write": [[["exit", 3]]]})
    await world.start()
    id = (await world.call("new", t.NewParams(task="Write a note"))).id
    await world.until(lambda state: bool(state.sessions[id].turns and state.sessions[id].turns[0].ended_at))
    (world.app.context.places.turn(id, 1) / "task.json").unlink()
    with pytest.raises(Refused, match="not kept"):
        await prompt_of(world, id)


async def test_an_agent_that_goes_on_in_its_conversation_is_given_only_what_is_new(world, monkeypatch):
    monkeypatch.setattr(CommandAgent, "told", lambda self, output, code: Told("did it", conversation="c-1"))
    world.make(FILES, limits={"attempts": 2})
    world.agents_do({"test_half": [[["exit", 1]]]})
    await world.start()
    row = await world.hunt()
    first, second = (task["prompt"] for task in world.told())
    assert first.startswith("# Make these tests pass\n")
    assert second.startswith("# The next turn\n")
    assert "tests/test_half.py" not in second
    assert await prompt_of(world, row.sessions[0].id) == second
