"""Conversations with Claude Code: errors."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

from agent_orchestrator.model import activity as a
from agent_orchestrator.plugins.agent.claude_code import ClaudeCodeAgent

_here = sys.modules["ao_agents_stage_claude_code"]
Stage, scenario, script, record = _here.Stage, _here.scenario, _here.script, _here.record
DONE = _here.DONE


def fails(stage: Stage, step: Any, agent: Any = record.with_key) -> Any:
    """The turn ends in an error."""
    talk = stage.say(step, agent=agent)
    talk.until(a.FAILED)
    assert talk.close() == 1
    return talk


@scenario(
    """
    ready
    330: accepted m1
    retrying 429 rate_limit, try 1 of 1
    197: accepted m1
    failed rate-limited API Error: Request rejected (429) · Too many requests
    """
)
def error_429(stage: Stage) -> None:
    fails(stage, record.CASES["429"][1][0][0])


@scenario(
    f"""
    ready
    accepted m1
    failed rate-limited until={record.RESETS_AT} You've hit your
    """
)
def a_usage_limit(stage: Stage) -> None:
    talk = fails(stage, record.CASES["limit"][1][0][0], record.with_login)
    assert talk.dialogue.told(1).resets_at == record.RESETS_AT


@scenario(
    """
    ready
    330: accepted m1
    retrying 500 server_error, try 1 of 1
    197: accepted m1
    failed unreachable API Error: 500 Internal server error.
    """
)
def error_500(stage: Stage) -> None:
    fails(stage, record.CASES["500"][1][0][0])


@scenario(
    """
    ready
    330: accepted m1
    retrying 529 overloaded, try 1 of 1
    197: accepted m1
    failed unreachable API Error: 529 Overloaded.
    """
)
def error_529(stage: Stage) -> None:
    fails(stage, {"error": 529, "message": "Overloaded"})


@scenario(
    """
    ready
    330: accepted m1
    retrying 401 authentication_failed, try 1 of 1
    197: accepted m1
    failed not-logged-in Invalid API key
    """
)
def error_401(stage: Stage) -> None:
    fails(stage, record.CASES["401"][1][0][0])


@scenario(
    """
    ready
    accepted m1
    failed refused API Error: 400 messages: at least one
    """
)
def error_400(stage: Stage) -> None:
    fails(stage, record.CASES["400"][1][0][0])


@scenario(
    """
    ready
    accepted m1
    failed no-credit Credit balance is too low
    """
)
def no_credit(stage: Stage) -> None:
    fails(stage, record.CASES["credit"][1][0][0])


@scenario(
    """
    ready
    accepted m1
    failed not-logged-in Not logged in
    """
)
def no_login(stage: Stage) -> None:
    fails(stage, DONE, record.without_login)


@scenario(
    """
    ready
    330: accepted m1
    retrying unknown, try 1 of 1
    197: accepted m1
    failed unreachable
    """
)
def unreachable(stage: Stage) -> None:
    fails(stage, DONE, record.unreachable)


@scenario(
    """
    ready
    accepted m1
    330: retrying unknown, try 1 of 1
    failed unreachable API Error: Connection to the API was lost
    """
)
def a_dropped_connection(stage: Stage) -> None:
    fails(stage, {"drop": True, "text": "Half a sentence that"})


@scenario(
    """
    ready
    330: accepted m1
    retrying 500 server_error, try 1 of 1
    197: accepted m1
    failed unreachable
    accepted m2
    done Better.
    """
)
def goes_on_after_an_error(stage: Stage) -> None:
    talk = stage.say({"error": 500, "message": "Internal server error"})
    talk.until(a.FAILED)
    talk.say("m2", script({"text": "Better."}))
    talk.until(a.DONE)
    assert talk.close() == 0
    assert talk.dialogue.told(0).error == ""


@scenario(
    """
    ready
    330: accepted m1
    retrying 500 server_error, try 1 of 10
    197: accepted m1
    done It passed.
    """
)
def an_error_that_passes(stage: Stage) -> None:
    talk = stage.start(agent=patient)
    talk.say("m1", script({"error": 500, "message": "x", "until": time.time() + 3}, {"text": "It passed."}))
    talk.until(a.DONE)
    assert talk.close() == 0


def patient(place: Any, program: Path, **more: Any) -> ClaudeCodeAgent:
    """As somebody uses it who leaves it to the program how often it tries."""
    env = {**record.env(place), "CLAUDE_CODE_MAX_RETRIES": "10"}
    return ClaudeCodeAgent(command=(str(program),), env=env, **more)
