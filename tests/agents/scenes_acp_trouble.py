"""Conversations in the Agent Client Protocol: what goes wrong."""

from __future__ import annotations

import sys

from agent_orchestrator.model import activity as a

_here = sys.modules["ao_agents_stage_acp"]
Stage, scenario, script = _here.Stage, _here.scenario, _here.script


@scenario(
    """
    ready
    accepted m1
    gemini,opencode: failed rate-limited Too many requests
    kimicode: failed failed It ended its turn without a word
    """,
    live=True,
)
def a_limit(stage: Stage) -> None:
    talk = stage.say({"error": 429, "message": "Too many requests", "headers": {"retry-after": "1"}})
    talk.until(a.FAILED)
    assert talk.close() == 0


@scenario(
    """
    ready
    accepted m1
    gemini,opencode: failed unreachable Internal server error
    kimicode: failed failed It ended its turn without a word
    """
)
def a_service_that_fails(stage: Stage) -> None:
    talk = stage.say({"error": 500, "message": "Internal server error", "headers": {"retry-after": "1"}})
    talk.until(a.FAILED)
    assert talk.close() == 0


@scenario(
    """
    ready
    accepted m1
    failed not-logged-in
    """
)
def a_key_that_is_refused(stage: Stage) -> None:
    talk = stage.say({"error": 401, "message": "Incorrect API key provided"})
    assert "Incorrect API key provided" in talk.until(a.FAILED).text
    assert talk.close() == 0


@scenario(
    """
    ready
    accepted m1
    gemini: failed refused Unsupported parameter
    opencode: failed failed Unsupported parameter
    kimicode: failed failed It ended its turn without a word
    """
)
def a_request_that_is_refused(stage: Stage) -> None:
    talk = stage.say({"error": 400, "message": "Unsupported parameter"})
    talk.until(a.FAILED)
    assert talk.close() == 0


@scenario(
    """
    ready
    accepted m1
    failed
    accepted m2
    done It works again.
    """,
    ("gemini", "opencode"),
)
def told_more_after_an_error(stage: Stage) -> None:
    talk = stage.say({"error": 400, "message": "Unsupported parameter"})
    talk.until(a.FAILED)
    talk.say("m2", script({"text": "It works again."}))
    talk.until(a.DONE)
    assert talk.close() == 0


@scenario(
    """
    ready
    accepted m1
    failed no-credit
    """,
    ("gemini", "opencode"),
)
def an_account_that_is_empty_in_the_middle(stage: Stage) -> None:
    talk = stage.say(stage.bash("git status"), {"error": 402, "message": "Insufficient balance"})
    talk.until(a.FAILED)
    assert talk.close() == 0


@scenario(
    """
    ready
    accepted m1
    gemini: failed unreachable terminated
    kimicode: done Half of it
    opencode: interrupted
    """
)
def a_connection_that_is_dropped(stage: Stage) -> None:
    talk = stage.say({"drop": True, "text": "Half of it"})
    if stage.name == "opencode":
        # It tries again and again, and says nothing.
        stage.until(lambda: len(stage.place.seen) > 1)
        talk.interrupt()
    talk.until(*a.ENDS)
    assert talk.close() == 0


@scenario(
    """
    failed not-logged-in
    """,
    ("gemini", "kimicode"),
)
def nobody_is_logged_in(stage: Stage) -> None:
    talk = stage.open(make="without_key" if stage.name == "gemini" else "without_login")
    talk.until(a.FAILED)
    assert talk.close() == 0


@scenario(
    """
    ready
    accepted m1
    failed failed It ended its turn without a word
    """,
    ("gemini",),
)
def a_model_that_says_nothing(stage: Stage) -> None:
    talk = stage.say({"text": ""})
    talk.until(a.FAILED)
    assert talk.close() == 0


@scenario(
    """
    failed
    """,
    ("kimicode", "opencode"),
)
def a_model_that_is_not_there(stage: Stage) -> None:
    talk = stage.open(model="mock/nothing")
    talk.until(a.FAILED)
    assert talk.close() == 0
