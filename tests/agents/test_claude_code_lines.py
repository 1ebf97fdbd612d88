"""The dialogue with Claude Code takes whatever is printed."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from attrs import asdict
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_orchestrator.model import activity as a
from agent_orchestrator.plugins.agent.dialogue.claude_code import ClaudeCodeDialogue
from agent_orchestrator.ports.channel import Send, Step

HERE = Path(__file__).parent
_full = "ao_agents_channel_claude_code"
if _full not in sys.modules:
    _spec = importlib.util.spec_from_file_location(_full, HERE / "channel_claude_code.py")
    assert _spec is not None
    assert _spec.loader is not None
    sys.modules[_full] = importlib.util.module_from_spec(_spec)
    _spec.loader.exec_module(sys.modules[_full])
channel = sys.modules[_full]
turns, talking = channel.stage.turns, channel.stage.talking


def facts_of(steps: Iterable[Step]) -> list[a.Fact]:
    return [step for step in steps if isinstance(step, a.Fact)]


def sends_of(steps: Iterable[Step]) -> list[Send]:
    return [step for step in steps if isinstance(step, Send)]


def replayed(lines: Iterable[str], dialogue: ClaudeCodeDialogue | None = None) -> list[Step]:
    return talking.replayed(dialogue or ClaudeCodeDialogue(), lines)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_KNOWN = """
type subtype request_id request response content message input tool_name questions question options label uuid name
isReplay command_uuid state tasks patch status usage modelUsage result errors session_id text permission_suggestions
rules directories rate_limit_info resetsAt event delta cwd models answers
"""
_KINDS = """
system user assistant result control_request control_response control_cancel_request command_lifecycle
rate_limit_event stream_event
"""
_SUBKINDS = """
init api_retry status can_use_tool success background_tasks_changed task_started task_notification
"""
_WORDS, _TYPES, _SUBTYPES = (st.sampled_from(words.split()) for words in (_KNOWN, _KINDS, _SUBKINDS))
_EVENT = st.builds(
    lambda kind, subtype, rest: {**rest, "type": kind, "subtype": subtype},
    _TYPES,
    _SUBTYPES,
    st.dictionaries(_WORDS, st.recursive(_JSON, lambda inner: st.dictionaries(_WORDS, inner, max_size=4)), max_size=6),
)
RECORDED = [
    line
    for version in channel.VERSIONS
    for name in channel.SCENARIOS
    for line in channel.recorded(name, version)
    if len(line) < 20_000
]


def _mutated(line: str, at: float, length: int, by: str) -> str:
    start = int(at * len(line))
    return line[:start] + by + line[start + length :]


_LINES = st.lists(
    st.one_of(
        st.text(st.characters()),
        _EVENT.map(json.dumps),
        st.sampled_from(RECORDED),
        st.builds(
            _mutated,
            st.sampled_from(RECORDED),
            st.floats(0, 1),
            st.integers(0, 40),
            st.text(max_size=4) | st.just("null"),
        ),
    ),
    max_size=20,
)


@settings(deadline=None, max_examples=60)
@given(_LINES)
def test_no_line_is_too_much_for_it(lines: list[str]):
    dialogue = ClaudeCodeDialogue()
    steps = replayed(lines, dialogue)

    for fact in facts_of(steps):
        # As it is written down.
        json.dumps(asdict(fact), ensure_ascii=False).encode()
        if fact.ask is not None:
            steps += dialogue.answer(fact.ask.id, fact.ask.options[0].id if fact.ask.options else "", "Words.")
    steps += [*dialogue.say("m", "x"), *dialogue.interrupt()]
    assert all(send.data.endswith(b"\n") and send.data.count(b"\n") == 1 for send in sends_of(steps))
    json.dumps(asdict(dialogue.told(0)), ensure_ascii=False).encode()


@settings(deadline=None, max_examples=100)
@given(st.lists(st.sampled_from(RECORDED), max_size=30), st.integers(0, 30))
def test_it_does_not_matter_where_a_daemon_took_over(lines: list[str], cut: int):
    whole = replayed(lines)

    dialogue = ClaudeCodeDialogue()
    parts = [*replayed(lines[:cut], dialogue), *(step for line in lines[cut:] for step in dialogue.take(line))]

    assert parts == whole


def test_what_it_keeps_does_not_grow_with_what_is_printed():
    dialogue = ClaudeCodeDialogue()
    for number in range(3000):
        task = {"type": "system", "subtype": "task_started", "task_id": f"t{number}"}
        began = {"type": "command_lifecycle", "command_uuid": f"ao:{number}", "state": "started"}
        said = {"type": "assistant", "message": {"content": [{"type": "text", "text": f"text {number}"}]}}
        for event in (task, began, said):
            dialogue.take(json.dumps(event))
        request = {"subtype": "can_use_tool", "tool_name": "Bash", "input": {"command": "make"}}
        dialogue.take(json.dumps({"type": "control_request", "request_id": f"r{number}", "request": request}))

    assert dialogue.answer("r0", "allow") == []
    assert dialogue.answer("r2999", "allow") != []
    assert len(repr(dialogue)) < 200_000


def test_megabytes_of_noise_are_one_line_of_it():
    dialogue = ClaudeCodeDialogue()

    dialogue.take("x" * 10_000_000)

    assert len(dialogue.told(1).words) <= 400


# Single lines


def taken(*events: dict[str, Any]) -> tuple[ClaudeCodeDialogue, list[a.Fact]]:
    dialogue = ClaudeCodeDialogue()
    return dialogue, facts_of(step for event in events for step in dialogue.take(json.dumps(event)))


INIT = {"type": "system", "subtype": "init"}
RESULT = {"type": "result", "subtype": "success", "is_error": False, "result": "Done."}
USED = {"modelUsage": {"m": {"inputTokens": 1, "outputTokens": 2}}, "num_turns": 1}


def test_a_task_that_the_turn_waits_for_is_not_in_the_background():
    started = {"type": "system", "subtype": "task_started", "task_id": "t1", "is_backgrounded": False}

    _, facts = taken(started, RESULT)

    assert facts == [a.Fact(a.DONE, text="Done.")]


def test_what_is_in_the_background_is_what_it_lists_where_it_does():
    listed = {"type": "system", "subtype": "background_tasks_changed", "tasks": [{"task_id": "t1"}, {"task_id": "t2"}]}
    started = {"type": "system", "subtype": "task_started", "task_id": "t3"}

    _, facts = taken(listed, started, RESULT)

    assert facts == [a.Fact(a.DONE, text="Done.", background=2)]


def test_usage_is_said_when_it_changed():
    _, facts = taken({**RESULT, **USED}, {**RESULT, **USED, "num_turns": 0})

    assert [fact.kind for fact in facts] == [a.USED, a.DONE, a.DONE]


def test_a_warning_before_a_limit_does_not_say_when_one_ends():
    warned = {"type": "rate_limit_event", "rate_limit_info": {"status": "allowed_warning", "resetsAt": 4102444800}}
    failed = {"type": "result", "subtype": "success", "is_error": True, "api_error_status": 429, "result": "Too many"}

    _, facts = taken(warned, failed)

    assert facts == [a.Fact(a.FAILED, text="Too many", error="rate-limited")]


def test_the_words_of_a_subagent_are_not_the_last_words():
    own = {"type": "assistant", "message": {"content": [{"type": "text", "text": "I ask another."}]}}
    others = {"type": "assistant", "parent_tool_use_id": "t", "message": {"content": [{"type": "text", "text": "Hm."}]}}

    dialogue, _ = taken(INIT, own, others)

    assert dialogue.told(None).words == "I ask another."


def test_that_it_shortens_its_conversation_is_work():
    _, facts = taken({"type": "system", "subtype": "status", "status": "compacting"})

    assert facts == [a.Fact(a.WORKING, text="compacting")]


@pytest.mark.parametrize("number", ["1e999", "-1e999", "NaN", "9" * 400, "true", '"3"', "null", "[]"])
def test_no_number_is_one_that_can_not_be_reckoned_with(number: str):
    dialogue = ClaudeCodeDialogue()
    used = f'{{"m": {{"inputTokens": {number}, "costUSD": {number}}}}}'

    dialogue.take(f'{{"type": "result", "subtype": "success", "num_turns": {number}, "modelUsage": {used}}}')

    usage = dialogue.told(0).usage
    assert usage is not None
    assert (usage.input_tokens, usage.steps, usage.cost) == (0, 0, 0)


def test_half_a_pair_that_no_file_can_hold_is_replaced_in_what_is_shown_and_not_in_what_goes_back():
    request = {"subtype": "can_use_tool", "tool_name": "Bash", "input": {"command": "echo \ud83d"}}
    dialogue, (fact,) = taken({"type": "control_request", "request_id": "r1", "request": request})

    (send,) = sends_of(dialogue.answer("r1", "allow"))

    assert fact.ask is not None
    assert fact.ask.subjects == ("echo \ufffd",)
    assert json.loads(send.data)["response"]["response"]["updatedInput"] == {"command": "echo \ud83d"}
