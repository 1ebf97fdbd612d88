"""What the hooks and the title of Claude Code's own screen say, where no recording shows it: the order of moments."""

from __future__ import annotations

import json
from typing import Any

from agent_orchestrator.model import activity as a
from agent_orchestrator.plugins.agent.dialogue.claude_code_terminal import ClaudeCodeTerminal
from agent_orchestrator.ports.channel import Send
from agent_orchestrator.proc.keyboard import AFTER, TITLE

RESTS = {TITLE: "✳ Claude Code"}
BEGINS = {"hook_event_name": "UserPromptSubmit", "prompt": "Make it."}
USES = {"hook_event_name": "PreToolUse", "tool_name": "Bash", "tool_use_id": "t1", "tool_input": {"command": "dd"}}
ASKS = {"hook_event_name": "PermissionRequest", "tool_name": "Bash", "tool_input": {"command": "dd"}}


def after(*events: dict[str, Any]) -> ClaudeCodeTerminal:
    talk = ClaudeCodeTerminal()
    for event in events:
        kinds(talk, event)
    return talk


def kinds(talk: ClaudeCodeTerminal, event: dict[str, Any]) -> list[str]:
    return [step.kind for step in talk.take(json.dumps(event)) if not isinstance(step, Send)]


def test_the_title_of_one_who_rests_ends_work_that_no_hook_ended():
    assert kinds(after(BEGINS, USES), RESTS) == [a.INTERRUPTED]


def test_the_title_of_one_who_asks_ends_nothing():
    assert kinds(after(BEGINS, USES, ASKS), RESTS) == []


def test_the_title_of_one_who_asks_ends_nothing_while_the_key_of_the_answer_is_pressed():
    talk = after(BEGINS, USES, ASKS)
    key = next(step.key for step in talk.answer("t1", "allow") if isinstance(step, Send))
    assert kinds(talk, RESTS) == []
    assert kinds(talk, {**RESTS, AFTER: key}) == [a.INTERRUPTED]


def test_one_that_is_interrupted_after_an_answer_rests():
    talk = after(BEGINS, USES, ASKS)
    [*talk.answer("t1", "allow"), *talk.interrupt()]
    assert kinds(talk, {**RESTS, AFTER: "interrupt:1"}) == [a.INTERRUPTED]


def test_a_refusal_without_words_ends_its_work_at_once():
    steps = after(BEGINS, USES, ASKS).answer("t1", "deny")
    assert [step.kind for step in steps if not isinstance(step, Send)] == [a.ANSWERED, a.INTERRUPTED]


def test_while_it_is_told_why_it_was_refused_its_title_ends_nothing():
    talk = after(BEGINS, USES, ASKS)
    told = [step for step in talk.answer("t1", "deny", "Use git.") if isinstance(step, Send)]
    assert b"Use git." in b"".join(step.data for step in told)
    assert kinds(talk, RESTS) == []
    assert kinds(talk, {**BEGINS, "prompt": "Use git."}) == [a.WORKING]
    assert kinds(talk, RESTS) == [a.INTERRUPTED]
