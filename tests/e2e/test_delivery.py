"""What an agent on its screen is told arrives once and as it was, or is said to be lost; nothing of it acts.

The program is a double of Claude Code's screen (``tests/fakes/tui``); everything else is real.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from agent_orchestrator.protocol.errors import Refused

pytestmark = pytest.mark.slow

TUI = Path(__file__).parents[1] / "fakes" / "tui"
SESSIONS, EACH = 8, 125


def _load(name: str) -> Any:
    full = f"ao_fake_tui_{name}"
    if full not in sys.modules:
        spec = importlib.util.spec_from_file_location(full, TUI / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[full] = module
        spec.loader.exec_module(module)
    return sys.modules[full]


stage_of, texts = _load("stage"), _load("texts")


@pytest.fixture
def stage(world: Any) -> Any:
    """A place for sessions with the double."""
    return stage_of.Stage(world)


def with_scripts(messages: list[str]) -> list[str]:
    """Some of them make it work for a while, or ask."""
    busy, asks = json.dumps([["tool", 0.2]]), json.dumps([["tool", 0.1], ["ask", "Bash", "make it"]])
    return [
        f"m {number}\nDO {asks if number % 40 == 7 else busy}" if number % 20 == 7 else text
        for number, text in enumerate(messages)
    ]


async def answers(session: Any) -> None:
    """Answer all that it asks, in turns with yes and no."""
    for count in range(1000):
        await session.until(lambda s: s.open_asks, 1000.0)
        await session.answer("deny" if count % 2 else "allow")


async def send_all(session: Any, messages: list[str]) -> dict[str, str]:
    """Send them; returns the text by id of those that were not refused."""
    sent: dict[str, str] = {}
    for text in messages:
        try:
            sent[await session.send(text)] = text
        except Refused:
            assert not texts.expected(text), f"refused: {text!r}"
    return sent


async def test_a_thousand_messages_arrive_once_each_or_are_said_to_be_lost(stage: Any, folder: Path) -> None:
    await stage.open(limits={"agents": SESSIONS})
    gate = folder / "go"
    sessions = [await stage.begin(stage_of.script(["until", str(gate)])) for _ in range(SESSIONS)]
    every = with_scripts(texts.messages(SESSIONS * EACH))
    sent = []
    for number, session in enumerate(sessions):
        await session.works()
        sent.append(await send_all(session, every[number * EACH : (number + 1) * EACH]))
    answering = [asyncio.create_task(answers(session)) for session in sessions]
    gate.touch()
    for session in sessions:
        await session.turn_over(seconds=110.0)
    for task in answering:
        task.cancel()
    for session, texts_sent in zip(sessions, sent, strict=True):
        states = {m.id: m for m in session.facts.messages}
        assert set(states) == set(texts_sent)
        taken = [id for id, m in states.items() if m.accepted_at]
        told = [texts.visible(texts.arrived(each)) for each in session.told()[1:]]
        assert told == [texts.visible(texts.expected(texts_sent[id])) for id in taken]
        assert all(m.accepted_at or m.lost for m in states.values())
    assert stage.events(*stage_of.WRONG) == []
