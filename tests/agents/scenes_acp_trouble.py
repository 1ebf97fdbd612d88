"""Conversations in the Agent Client Protocol: what goes wrong."""

from __future__ import annotations

import sys
import time

from agent_orchestrator.model import activity as a

_here = sys.modules["ao_agents_stage_acp"]
Stage, scenario, script = _here.Stage, _here.scenario, _here.script
#: Kimi Code tries again for minutes.
IMPATIENT = {"kimicode": {"make": "impatient"}}


@scenario(
    """
    ready
    accepted m1
    gemini: failed rate-limited Too many requests
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
    gemini: failed unreachable Internal server error
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
    ("gemini",),
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
    ("gemini",),
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
    """
)
def a_connection_that_is_dropped(stage: Stage) -> None:
    talk = stage.say({"drop": True, "text": "Half of it"})
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
    """
)
def a_model_that_says_nothing(stage: Stage) -> None:
    talk = stage.say({"text": ""}, **IMPATIENT.get(stage.name, {}))
    talk.until(a.FAILED)
    assert talk.close() == 0


@scenario(
    """
    failed
    """,
    ("kimicode",),
)
def a_model_that_is_not_there(stage: Stage) -> None:
    talk = stage.open(model="mock/nothing")
    talk.until(a.FAILED)
    assert talk.close() == 0


@scenario(
    """
    ready
    accepted m1
    done It passed.
    """
)
def a_service_that_fails_once(stage: Stage) -> None:
    passing(stage, 500)


@scenario(
    """
    ready
    accepted m1
    done It passed.
    """
)
def a_limit_that_passes(stage: Stage) -> None:
    passing(stage, 429)


@scenario(
    """
    ready
    accepted m1
    gemini: failed unreachable
    kimicode: failed failed It ended its turn without a word
    """,
    live=True,
)
def a_connection_that_is_dropped_in_a_call(stage: Stage) -> None:
    # What came of it would be a command of its own.
    call = stage.bash("touch out; " + "touch more; " * 100)
    talk = stage.say({**call, "drop": True}, {"text": "Never."}, **IMPATIENT.get(stage.name, {}))
    talk.until(a.FAILED)
    assert talk.close() == 0
    assert stage.place.git("status", "--porcelain") == ""


@scenario(
    """
    ready
    accepted m1
    done It is another one.
    """,
    ("kimicode",),
)
def a_model_that_is_chosen(stage: Stage) -> None:
    talk = stage.say({"text": "It is another one."}, model="other", make="with_two_models")
    talk.until(a.DONE)
    assert talk.close() == 0
    assert talk.facts[0].text == "Kimi Code CLI 2.1.0, other"
    assert stage.place.seen[-1]["model"] == "other-model"


@scenario(
    """
    ready
    accepted m1
    asked 0 permission run until
    answered 0
    done It runs.
    accepted m2
    failed failed It ended its turn without a word
    """,
    ("kimicode",),
)
def told_while_it_works_by_itself(stage: Stage) -> None:
    call = stage.bash("until [ -e go ]; do sleep 0.1; done")
    call["input"] |= {"run_in_background": True, "description": "Wait"}
    talk = stage.say(call, {"text": "It runs."}, {"hang": True})
    stage.answer(talk, a.ALLOW)
    talk.until(a.DONE)
    told = len(stage.place.seen)
    (stage.place.tree / "go").touch()
    # That its command has ended the model is told in a turn of which nothing else is said.
    stage.until(lambda: len(stage.place.seen) > told)
    talk.say("m2", "And now?")
    talk.until(a.FAILED)
    talk.kill()
    assert not any("And now?" in text for one in stage.place.seen for text in one.get("said", ()))


@scenario(
    """
    ready
    accepted m1
    done There are no clocks.
    """,
    ("kimicode",),
)
def nothing_begins_by_itself(stage: Stage) -> None:
    later = {"tool": "CronCreate", "input": {"cron": "* * * * *", "prompt": "Look again."}}
    talk = stage.say(later, {"text": "There are no clocks."})
    talk.until(a.DONE)
    assert talk.close() == 0
    assert "disabled" in stage.place.seen[-1]["got"][0]


def passing(stage: Stage, status: int) -> None:
    """Its service fails at first, and then no more."""
    talk = stage.start()
    error = {"error": status, "message": "Not now", "until": time.time() + 4}
    talk.say("m1", script(error, {"text": "It passed."}))
    talk.until(a.DONE)
    assert talk.close() == 0
    assert len([one for one in stage.place.seen if one.get("tools")]) > 1
