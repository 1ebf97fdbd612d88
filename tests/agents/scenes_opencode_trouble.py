"""Conversations with opencode: what goes wrong, and who else is there."""

from __future__ import annotations

import sys
import time

from agent_orchestrator.model import activity as a

_here = sys.modules["ao_agents_stage_opencode"]
Stage, scenario, script, bash, record = _here.Stage, _here.scenario, _here.script, _here.bash, _here.record
SLEEP, ALLOWED = _here.SLEEP, _here.ALLOWED
LIMIT = {"error": 429, "message": "Too many requests"}
FAILS = {"error": 500, "message": "Internal server error", "headers": record.SOON}


@scenario(
    """
    ready
    accepted m1
    failed rate-limited Too many requests
    """,
    live=True,
)
def a_limit(stage: Stage) -> None:
    talk = stage.say({**LIMIT, "headers": {"retry-after": "3600"}})
    fact = stage.end(talk, a.FAILED)
    assert abs(fact.until - time.time() - 3600) < 60


@scenario(
    """
    ready
    accepted m1
    retrying Too many requests
    done It is over.
    """
)
def a_limit_that_passes(stage: Stage) -> None:
    talk = stage.start()
    limit = {**LIMIT, "headers": {"retry-after": "4"}, "until": time.time() + 12}
    talk.say("m1", script(limit, {"text": "It is over."}))
    stage.end(talk)


@scenario(
    """
    ready
    accepted m1
    retrying Internal server error
    failed unreachable Internal server error
    """,
    live=True,
    tries=3,
)
def a_service_that_fails(stage: Stage) -> None:
    stage.end(stage.say(FAILS, tries=3), a.FAILED)


@scenario(
    """
    ready
    accepted m1
    retrying Internal server error
    done It works again.
    """
)
def a_service_that_fails_for_a_while(stage: Stage) -> None:
    talk = stage.start()
    failing = {**FAILS, "headers": {"retry-after": "4"}, "until": time.time() + 12}
    talk.say("m1", script(failing, {"text": "It works again."}))
    stage.end(talk)


@scenario(
    """
    ready
    accepted m1
    failed not-logged-in Incorrect API key provided
    """
)
def a_key_that_is_refused(stage: Stage) -> None:
    stage.end(stage.say({"error": 401, "message": "Incorrect API key provided"}), a.FAILED)


@scenario(
    """
    ready
    accepted m1
    failed refused Unsupported parameter
    accepted m2
    done It works again.
    """
)
def told_more_after_an_error(stage: Stage) -> None:
    talk = stage.say({"error": 400, "message": "Unsupported parameter"})
    talk.until(a.FAILED)
    talk.say("m2", script({"text": "It works again."}))
    stage.end(talk)


@scenario(
    """
    ready
    accepted m1
    failed no-credit Insufficient balance
    """
)
def an_account_that_is_empty_in_the_middle(stage: Stage) -> None:
    talk = stage.say(bash("git status"), {"error": 402, "message": "Insufficient balance"})
    stage.end(talk, a.FAILED)


@scenario(
    """
    ready
    accepted m1
    retrying Cannot connect to API
    failed unreachable
    """,
    live=True,
    tries=2,
)
def a_connection_that_is_dropped(stage: Stage) -> None:
    stage.end(stage.say({"drop": True, "text": "Half of it"}, tries=2), a.FAILED)


@scenario(
    """
    ready
    accepted m1
    retrying Cannot connect to API
    done The whole of it.
    """
)
def a_connection_that_is_dropped_for_a_while(stage: Stage) -> None:
    talk = stage.start()
    dropped = {"drop": True, "text": "Half of it", "until": time.time() + 12}
    talk.say("m1", script(dropped, {"text": "The whole of it."}))
    stage.end(talk)


@scenario(
    """
    ready
    accepted m1
    retrying Internal server error
    interrupted
    accepted m2
    done It works again.
    """
)
def interrupted_while_it_tries_again(stage: Stage) -> None:
    talk = stage.say({**FAILS, "headers": {"retry-after": "30"}})
    talk.until(a.RETRYING)
    talk.interrupt()
    talk.until(a.INTERRUPTED)
    talk.say("m2", script({"text": "It works again."}))
    stage.end(talk)


@scenario(
    """
    ready
    accepted m1
    failed refused Model not found: mock/nothing.
    """
)
def a_model_that_is_not_there(stage: Stage) -> None:
    stage.end(stage.say({"text": "Never."}, model="mock/nothing"), a.FAILED)


@scenario(
    """
    ready
    accepted m1
    done
    """
)
def a_model_that_says_nothing(stage: Stage) -> None:
    stage.end(stage.say({"text": ""}))


@scenario(
    """
    ready
    accepted m1
    """
)
def the_server_is_killed(stage: Stage) -> None:
    talk = stage.say(bash(SLEEP), {"text": "Never."}, permissions=ALLOWED)
    stage.sleeps()
    stage.server(talk).kill()
    assert talk.close() == 128 + 9
    assert talk.dialogue.told(137).error == "failed"


@scenario(
    """
    ready
    joined
    said Do it.
    done As you say.
    left
    accepted m1
    done As I say.
    """
)
def who_has_joined_says_something(stage: Stage) -> None:
    talk = stage.start()
    guest = stage.joins(talk)
    session = talk.dialogue.told(None).conversation
    parts = [{"type": "text", "text": script({"text": "As you say."})}]
    guest.call(f"/session/{session}/prompt_async", {"parts": parts})
    talk.until(a.DONE)
    guest.leave()
    talk.until(a.LEFT)
    talk.say("m1", script({"text": "As I say."}))
    stage.end(talk)


@scenario(
    """
    ready
    accepted m1
    asked 0 permission run touch out
    joined
    answered 0 Allow once
    done Done.
    left
    """
)
def who_has_joined_answers(stage: Stage) -> None:
    talk = stage.say(bash("touch out"), {"text": "Done."})
    asked = talk.until(a.ASKED).ask
    guest = stage.joins(talk)
    guest.call(f"/permission/{asked.id}/reply", {"reply": "once"})
    talk.until(a.ANSWERED, message=asked.id)
    # The first answer counts.
    talk.answer(asked.id, "reject")
    talk.until(a.DONE)
    guest.leave()
    stage.end(talk, a.LEFT)
    assert (stage.place.tree / "out").exists()


@scenario(
    """
    ready
    accepted m1
    joined
    interrupted
    left
    """
)
def who_has_joined_interrupts(stage: Stage) -> None:
    talk = stage.say(bash(SLEEP), {"text": "Never."}, permissions=ALLOWED)
    stage.sleeps()
    session = talk.dialogue.told(None).conversation
    guest = stage.joins(talk)
    guest.call(f"/session/{session}/abort")
    talk.until(a.INTERRUPTED)
    guest.leave()
    stage.end(talk, a.LEFT)


@scenario(
    """
    ready
    accepted m1
    joined
    done Done.
    """
)
def other_sessions_are_not_ours(stage: Stage) -> None:
    talk = stage.start()
    talk.say("m1", script({"text": "Done.", "sleep": 4}))
    talk.until(a.ACCEPTED)
    guest = stage.joins(talk)
    other = guest.call("/session", {"title": "Other"})["id"]
    parts = [{"type": "text", "text": script(bash("touch theirs"))}]
    guest.call(f"/session/{other}/prompt_async", {"parts": parts})
    stage.until(lambda: guest.call("/permission", method="GET"))
    stage.end(talk)
