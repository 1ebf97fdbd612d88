"""The life of a session with each real program when its service fails, or another session has its conversation."""

from __future__ import annotations

import asyncio
import importlib.util
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

pytestmark = pytest.mark.slow

_file = Path(__file__).with_name("test_life.py")
if "ao_agents_test_life" not in sys.modules:
    _spec = importlib.util.spec_from_file_location("ao_agents_test_life", _file)
    assert _spec is not None
    assert _spec.loader is not None
    sys.modules[_spec.name] = importlib.util.module_from_spec(_spec)
    _spec.loader.exec_module(sys.modules[_spec.name])
life_of = sys.modules["ao_agents_test_life"]
scene, folder, world, h = life_of.scene, life_of.folder, life_of.world, life_of.h
editors, program_of, begin, of = life_of.editors, life_of.program_of, life_of.begin, life_of.of


def only(*agents: str) -> pytest.MarkDecorator:
    """Only with these programs."""
    chosen = [one for one in life_of.PROGRAMS if one.agent in agents]
    return pytest.mark.parametrize("program_of", chosen, ids=[one.installed for one in chosen], indirect=True)


def always(**step: Any) -> tuple[dict[str, Any], ...]:
    """The same answer to everything: to some programs an error is a part of the conversation, to others it is not."""
    return (step,) * 24


async def test_a_model_that_never_answers_is_interrupted(begin: Any) -> None:
    life = await begin({"hang": True})
    await life.eventually(lambda: life.seen)
    program = life.program()
    await life.command("interrupt")
    assert (await life.shows("interrupted"))["state"] == "waiting"
    assert life.program() == program
    await life.send({"text": "It answers."}, text="And now?")
    turn = await life.turn(1)
    assert (turn.summary, turn.error) == ("It answers.", ""), life.account()


async def test_a_service_that_always_fails_ends_in_a_session_that_is_left(begin: Any) -> None:
    life = await begin(*always(error=500, message="Internal server error", headers={"retry-after": "1"}))
    row = await life.shows("left", 100.0)
    assert row["state"] == "error"
    assert "left after" in row["detail"], row
    assert {turn.error for turn in life.facts.turns} <= {"unreachable", "failed"}, life.account()
    assert "left after" in (await life.ask())["message"]


# The others take what came for the whole answer, or try again for minutes.
@only("claude-code", "codex")
async def test_a_connection_that_is_always_dropped_ends_in_a_session_that_is_left(begin: Any) -> None:
    life = await begin(*always(drop=True, text="Half of"))
    await life.shows("left", 100.0)
    assert {turn.error for turn in life.facts.turns} <= {"unreachable", "failed"}, life.account()
    assert "left after" in (await life.ask())["message"]


@only("claude-code", "codex", "gemini", "opencode")
async def test_a_usage_limit_is_shown_with_its_end_and_it_goes_on_after_it(begin: Any) -> None:
    end = int(time.time()) + 3600
    limit = {"type": "usage_limit_reached", "plan_type": "plus", "resets_at": end, "resets_in_seconds": 3600}
    # gemini keeps nothing of a conversation before its first answer.
    limited = {"error": 429, "message": "You've hit your usage limit.", "body": limit}
    # opencode waits by itself for what is soon over.
    limited["headers"] = {"retry-after": "3600"}
    life = await begin(life_of.write("first"), limited)
    row = await life.shows("rate-limited until", 100.0)
    assert row["state"] == "working"
    until = life.world.state.limits[life.agent].until
    assert row["detail"] == f"rate-limited until {time.strftime('%H:%M', time.localtime(until))}"
    if life.agent == "codex":
        assert abs(until - end) < 60
    await life.send({"text": "It is over."}, text="And now?")
    await life.editor.command("ao.resume")
    await life.until(lambda session: session.turns[-1].summary == "It is over.", 100.0)


async def test_two_sessions_with_one_conversation_both_end_their_turns(begin: Any) -> None:
    first = await begin({"text": "One."})
    await first.turn(1)
    second = of.Life(first.world, first.editor, first.kind, first.agent, first.new_editor)
    await second.spawn({"text": "Two."})
    await second.turn(1)
    engine = first.world.app.engine
    shared = evolve(second.facts, conversation=first.facts.conversation)
    engine.state = evolve(engine.state, sessions={**engine.state.sessions, second.id: shared})
    both = (first, second)
    await asyncio.gather(*(life.send({"text": "Well."}, text="And now?") for life in both))
    for life in both:
        # What can not be is said, and the turn begins again without that conversation.
        await life.until(lambda session: session.messages[0].answered_at and session.turns[-1].ended_at, 100.0)
        last = life.facts.turns[-1]
        assert last.error == "", life.account()
        assert all(turn.summary for turn in life.facts.turns if turn.error)
    assert not first.left()
