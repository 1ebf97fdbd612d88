"""Talking to Claude Code while it works: with the program, and from what it printed then."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from agent_orchestrator.model import activity as a
from agent_orchestrator.plugins.agent.dialogue.claude_code import ClaudeCodeDialogue
from agent_orchestrator.ports.agent import Told
from agent_orchestrator.ports.channel import Send, Step

HERE = Path(__file__).parent
_full = "ao_agents_channel_claude_code"
_spec = importlib.util.spec_from_file_location(_full, HERE / "channel_claude_code.py")
assert _spec is not None
assert _spec.loader is not None
channel = sys.modules[_full] = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(channel)
talking = channel.stage.talking
every = pytest.mark.parametrize(
    ("version", "name"), [(version, name) for version in channel.VERSIONS for name in channel.SCENARIOS]
)


def facts_of(steps: Iterable[Step]) -> list[a.Fact]:
    return [step for step in steps if isinstance(step, a.Fact)]


def sends_of(steps: Iterable[Step]) -> list[Send]:
    return [step for step in steps if isinstance(step, Send)]


def replayed(lines: Iterable[str], dialogue: ClaudeCodeDialogue | None = None) -> list[Step]:
    return talking.replayed(dialogue or ClaudeCodeDialogue(), lines)


# With the program


@pytest.mark.slow
@every
def test_with_the_program(place: Any, program: Callable[[str, str], Path], version: str, name: str):
    talk = channel.hold(place, program, version, name)

    channel.check(talk.facts, name, version, str(place.tree.parent))
    # Another daemon comes to know the same.
    again = [fact for fact in facts_of(replayed(talk.lines)) if fact.kind != a.READY]
    assert again == [fact for fact in talk.facts if fact.kind != a.READY]


# From what it printed


@every
def test_a_recording_gives_the_facts(version: str, name: str):
    channel.check(facts_of(replayed(channel.recorded(name, version))), name, version, "/place")


@every
def test_a_replay_sends_nothing_but_its_beginning(version: str, name: str):
    assert [send.key for send in sends_of(replayed(channel.recorded(name, version)))] == ["initialize"]


@every
def test_the_same_lines_give_the_same_steps(version: str, name: str):
    lines = channel.recorded(name, version)

    assert replayed(lines) == replayed(lines)


@pytest.mark.parametrize(
    ("version", "text"), [("2.1.330", "2.1.330 claude-opus-5-5"), ("2.1.197", "claude-opus-4-8[1m]")]
)
def test_it_says_its_version_and_model_as_far_as_it_does_when_it_is_ready(version: str, text: str):
    ready = [fact for fact in facts_of(replayed(channel.recorded("success", version))) if fact.kind == a.READY]

    assert ready == [a.Fact(a.READY, text=text)]


def test_the_model_that_was_asked_for_is_the_one_that_it_says():
    line = channel.recorded("success", "2.1.330")[0]

    (ready,) = ClaudeCodeDialogue("old", "haiku").take(line)

    assert isinstance(ready, a.Fact)
    assert ready.conversation == "old"
    assert "haiku" in ready.text


@pytest.mark.parametrize("version", channel.VERSIONS)
def test_the_conversation_is_known_with_the_first_message(version: str):
    lines = channel.recorded("success", version)

    accepted = next(fact for fact in facts_of(replayed(lines)) if fact.kind == a.ACCEPTED)

    assert accepted.conversation == json.loads(lines[-1])["session_id"]


@pytest.mark.parametrize("version", channel.VERSIONS)
def test_it_thinks_when_it_begins_and_after_each_tool(version: str):
    facts = facts_of(replayed(channel.recorded("allowed-always", version)))

    doing = [fact.text for fact in facts if fact.kind == a.WORKING]
    assert doing == ["thinking", "Bash: python3 -c 1", "thinking", "Bash: python3 -c 1", "thinking"]


@pytest.mark.parametrize(
    ("version", "model", "costs"),
    [("2.1.330", "claude-opus-5-5", (0.005, 0.00844)), ("2.1.197", "claude-opus-4-8", (0.00625, 0.0106))],
)
def test_usage_is_that_of_the_whole_turn(version: str, model: str, costs: tuple[float, float]):
    facts = facts_of(replayed(channel.recorded("usage", version)))

    first, second = [fact.usage for fact in facts if fact.kind == a.USED]
    assert first is not None
    assert second is not None
    assert (first.input_tokens, first.output_tokens, first.cached_tokens, first.steps) == (1000, 50, 0, 1)
    assert (second.input_tokens, second.output_tokens, second.cached_tokens, second.steps) == (1900, 80, 200, 2)
    assert (first.model, second.model) == (model, model)
    assert (first.cost, second.cost) == pytest.approx(costs)
    assert second.context == pytest.approx(901 / 1_000_000)


# What it came to


def told(name: str, version: str, code: int | None = 0, cut: int | None = None) -> Told:
    dialogue = ClaudeCodeDialogue()
    replayed(channel.recorded(name, version)[:cut], dialogue)
    return dialogue.told(code)


@pytest.mark.parametrize("version", channel.VERSIONS)
@pytest.mark.parametrize(
    ("name", "code", "error", "words"),
    [
        ("fixes-and-commits", 0, "", "Fixed and committed."),
        ("goes-on-after-an-error", 0, "", "Better."),
        ("a-usage-limit", 1, "rate-limited", "You've hit your "),
        ("error-401", 1, "not-logged-in", "Invalid API key"),
        ("error-500", 1, "unreachable", "API Error: 500"),
        ("no-credit", 1, "no-credit", "Credit balance is too low"),
        ("interrupted-while-it-asks", 1, "", ""),
        ("killed-while-a-tool-runs", None, "", ""),
    ],
)
def test_what_a_turn_came_to(version: str, name: str, code: int | None, error: str, words: str):
    said = told(name, version, code)

    assert said.error == error
    assert said.words.startswith(words)


@pytest.mark.parametrize("version", channel.VERSIONS)
def test_a_conversation_is_gone_on_with_after_a_kill_and_not_when_there_is_none(version: str):
    first = json.loads(channel.recorded("killed-while-a-tool-runs", version)[-1])["session_id"]

    assert told("killed-while-a-tool-runs", version, None).conversation == first
    assert told("a-conversation-that-is-gone", version, 1).conversation == ""


# After a restart


@pytest.mark.parametrize("version", channel.VERSIONS)
def test_what_was_asked_before_a_restart_can_be_answered_after_it(version: str):
    lines = channel.recorded("allowed", version)
    cut = next(number for number, line in enumerate(lines, 1) if '"can_use_tool"' in line)
    dialogue = ClaudeCodeDialogue()
    ask = facts_of(replayed(lines[:cut], dialogue))[-1].ask
    assert ask is not None

    (send,) = sends_of(dialogue.answer(ask.id, "allow"))

    assert send.key == f"answer:{ask.id}"
    given = {"command": "python3 -c 1", "description": "Run"}
    response = {"subtype": "success", "response": {"behavior": "allow", "updatedInput": given}, "request_id": ask.id}
    assert json.loads(send.data) == {"type": "control_response", "response": response}


@pytest.mark.parametrize("version", channel.VERSIONS)
def test_what_was_answered_before_a_restart_can_not_be_answered_again(version: str):
    dialogue = ClaudeCodeDialogue()
    ask = next(fact.ask for fact in facts_of(replayed(channel.recorded("allowed", version), dialogue)) if fact.ask)

    assert dialogue.answer(ask.id, "deny") == []
