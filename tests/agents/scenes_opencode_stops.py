"""Conversations with opencode: its turn is ended, or its program."""

from __future__ import annotations

import sys

from agent_orchestrator.model import activity as a

_here = sys.modules["ao_agents_stage_opencode"]
Stage, scenario, script, bash, record = _here.Stage, _here.scenario, _here.script, _here.bash, _here.record
SLEEP, ALLOWED = _here.SLEEP, _here.ALLOWED


@scenario(
    """
    ready
    accepted m2
    done The script has no more steps.
    """,
    resumed=True,
    live=True,
)
def goes_on_in_a_new_process(stage: Stage) -> None:
    first = stage.say(bash("git status"), *record.FIRST)
    stage.end(first)
    second = stage.start(first.dialogue.told(0).conversation)
    second.say("m2", "And now?")
    stage.end(second)
    # The script is in what was said before: the model knows it only where that is in the conversation.
    assert stage.place.seen[-1]["step"] == 2


@scenario(
    """
    ready
    accepted m2
    done Again.
    """,
    resumed=True,
    live=True,
)
def goes_on_after_it_was_killed(stage: Stage) -> None:
    first = stage.say(bash(SLEEP), {"text": "Never."}, permissions=ALLOWED)
    stage.sleeps()
    first.kill()
    second = stage.start(first.dialogue.told(None).conversation)
    second.say("m2", script({"text": "Again."}, text="Once more."))
    stage.end(second)


@scenario(
    """
    failed failed Session not found: ses_dfbac9d6effeXJwQNt3YJWHzLy
    """,
    resumed=True,
)
def the_conversation_is_gone(stage: Stage) -> None:
    talk = stage.open("ses_dfbac9d6effeXJwQNt3YJWHzLy")
    stage.end(talk, a.FAILED)
    assert talk.dialogue.told(0).conversation == ""


@scenario(
    """
    ready
    accepted m1
    interrupted
    accepted m2
    done Something else.
    """,
    live=True,
)
def interrupted_while_a_tool_runs_and_told_something_else(stage: Stage) -> None:
    talk = stage.say(bash(SLEEP), {"text": "Never."}, permissions=ALLOWED)
    stage.sleeps()
    talk.interrupt()
    talk.until(a.INTERRUPTED)
    talk.say("m2", script({"text": "Something else."}, text="Rather this."))
    stage.end(talk)
    assert any("Rather this." in text for text in stage.place.seen[-1]["said"])


@scenario(
    """
    ready
    accepted m1
    interrupted
    """,
    live=True,
)
def interrupted_while_the_model_hangs(stage: Stage) -> None:
    talk = stage.say({"hang": True})
    stage.until(lambda: stage.place.seen)
    talk.until(a.WORKING)
    talk.interrupt()
    stage.end(talk, a.INTERRUPTED)


@scenario(
    """
    ready
    accepted m1
    interrupted
    """
)
def interrupted_before_the_first_word(stage: Stage) -> None:
    talk = stage.say({"hang": True})
    talk.interrupt()
    stage.end(talk, a.INTERRUPTED)


@scenario(
    """
    ready
    accepted m1
    interrupted
    accepted m2
    interrupted
    """
)
def interrupted_twice(stage: Stage) -> None:
    talk = stage.say(bash(SLEEP), {"text": "Never."}, permissions=ALLOWED)
    stage.sleeps()
    talk.interrupt()
    talk.until(a.INTERRUPTED)
    asked = len(stage.place.seen)
    talk.say("m2", script({"hang": True}))
    stage.until(lambda: len(stage.place.seen) > asked)
    talk.until(a.WORKING)
    talk.interrupt()
    stage.end(talk, a.INTERRUPTED)
