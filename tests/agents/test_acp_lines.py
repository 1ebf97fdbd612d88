"""Whatever an agent of the Agent Client Protocol prints, it is taken."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest
from attrs import asdict
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_orchestrator.plugins.agent.dialogue.acp import AcpDialogue
from agent_orchestrator.plugins.agent.dialogue.acp_traits import Traits
from agent_orchestrator.ports.channel import Send

load = sys.modules["ao_agents"].load
channel, played = load("channel_acp"), load("played_acp")
busy, ready = played.busy, played.ready


TEXTS = st.text() | st.sampled_from(["prompt:m", "session", "initialize", "tool_call", "execute", "\ud83d", "a/b"])
LINES = [line for case in channel.CASES for line in channel.recorded(*case.values)]


def keys(value: Any) -> set[str]:
    """The names of everything in a message."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return {*(value if isinstance(value, dict) else ()), *(name for one in inner for name in keys(one))}


NAMES = st.sampled_from(sorted(keys([json.loads(line) for line in LINES])))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES | TEXTS, inner, max_size=6),
    max_leaves=12,
)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A line that was recorded, with one of its values another one."""
    message = json.loads(draw(st.sampled_from(LINES)))
    at = message
    while True:
        keys = [*range(len(at))] if isinstance(at, list) else [*at]
        if not keys:
            break
        key = draw(st.sampled_from(keys))
        if not isinstance(at[key], dict | list) or draw(st.booleans()):
            at[key] = draw(VALUES)
            break
        at = at[key]
    return json.dumps(message)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.text() | VALUES.map(json.dumps) | st.sampled_from(LINES) | mutated(), max_size=12), st.booleans())
def test_no_line_is_too_much(lines: list[str], begun: bool):
    dialogue = busy() if begun else AcpDialogue("/tree", traits=Traits(silence="x", trails=True))
    for line in lines:
        for step in dialogue.take(line):
            if isinstance(step, Send):
                json.loads(step.data)
                continue
            json.dumps(asdict(step), ensure_ascii=False).encode()
            if step.ask is not None:
                dialogue.answer(step.ask.id, "")
    dialogue.interrupt()
    json.dumps(asdict(dialogue.told(1)), ensure_ascii=False).encode()


@pytest.mark.parametrize("cut", range(0, 2000, 97))
def test_a_line_that_is_cut_is_ignored_or_read(cut: int):
    dialogue = ready()
    for line in channel.recorded("kimicode", "fixes-and-commits"):
        [*dialogue.take(line[:cut])]
