"""Conversations in the Agent Client Protocol: its work, in one process and in later ones."""

from __future__ import annotations

import sys

from agent_orchestrator.model import activity as a

_here = sys.modules["ao_agents_stage_acp"]
Stage, scenario, script = _here.Stage, _here.scenario, _here.script
SLEEP, ALLOWED, ODD, LONG = _here.SLEEP, _here.ALLOWED, _here.ODD, _here.LONG


@scenario(
    """
    ready
    accepted m1
    done Looked at it.
    """
)
def success(stage: Stage) -> None:
    talk = stage.say(*stage.record.FIRST)
    talk.until(a.DONE)
    assert talk.close() == 0


@scenario(
    """
    ready
    accepted m1
    kimicode: asked 0 permission run git commit -qam 'Fix add' <>
    kimicode: answered 0
    done Fixed and committed.
    """,
    live=True,
)
def fixes_and_commits(stage: Stage) -> None:
    talk = stage.say(*stage.record.FIX)
    stage.done(talk)
    assert talk.close() == 0
    assert stage.place.git("show", "HEAD:calc.py").endswith("return a + b\n")
    assert stage.place.git("rev-list", "--count", "main..HEAD") == "1\n"


@scenario(
    """
    ready
    accepted m1
    done Looked at it.
    accepted m2
    done Added a test.
    """,
    live=True,
)
def told_more_when_it_is_done(stage: Stage) -> None:
    talk = stage.say(*stage.record.FIRST)
    talk.until(a.DONE)
    talk.say("m2", script({"text": "Added a test."}, text="And now?"))
    talk.until(a.DONE)
    assert talk.close() == 0


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
    first = stage.say(stage.bash("git status"), *stage.record.FIRST)
    stage.done(first)
    assert first.close() == 0
    second = stage.start(first.dialogue.told(0).conversation)
    second.say("m2", "And now?")
    # The script is in what was said before: the model knows it only where that is in the conversation.
    second.until(a.DONE)
    assert second.close() == 0
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
    first = stage.say(stage.bash(SLEEP), {"text": "Never."}, permissions=ALLOWED)
    stage.sleeps(first)
    first.kill()
    told = first.dialogue.told(None)
    second = stage.start(told.conversation)
    second.say("m2", script({"text": "Again."}, text="Once more."))
    second.until(a.DONE)
    assert second.close() == 0


@scenario(
    """
    failed failed
    """,
    resumed=True,
)
def the_conversation_is_gone(stage: Stage) -> None:
    id = "00000000-0000-4000-8000-000000000000"
    talk = stage.open({"gemini": id, "kimicode": f"session_{id}"}[stage.name])
    talk.until(a.FAILED)
    assert talk.close() == 0
    assert talk.dialogue.told(0).conversation == ""


@scenario(
    """
    ready
    accepted m1
    kimicode: asked 0 permission run touch begun; sleep 60 <>
    kimicode: answered 0
    interrupted
    accepted m2
    done Something else.
    """,
    live=True,
)
def interrupted_while_a_tool_runs_and_told_something_else(stage: Stage) -> None:
    talk = stage.say(stage.bash(SLEEP), {"text": "Never."}, permissions=ALLOWED)
    stage.sleeps(talk)
    talk.interrupt()
    talk.until(a.INTERRUPTED)
    talk.say("m2", script({"text": "Something else."}, text="Rather this."))
    talk.until(a.DONE)
    assert talk.close() == 0
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
    talk.until(a.ACCEPTED)
    stage.until(lambda: stage.place.seen)
    talk.interrupt()
    talk.until(a.INTERRUPTED)
    assert talk.close() == 0


def facts_of_odd() -> str:
    """Each of the odd messages is a message like another."""
    numbers = range(len(ODD) + 1)
    return "\n".join(["ready", *(one for n in numbers for one in (f"accepted m{n}", "done There is no script"))])


@scenario(facts_of_odd(), live=True)
def messages_that_look_like_commands(stage: Stage) -> None:
    talk = stage.start()
    for number, text in enumerate((*ODD, LONG)):
        talk.say(f"m{number}", text)
        talk.until(a.DONE)
        got = next(one for one in stage.place.seen[-1]["said"] if text in one)
        assert got in (text, f"Message:\n{text}")
        assert (got == text) == (number >= len(ODD) - 1)
    assert talk.close() == 0
    assert stage.place.git("status", "--porcelain") == ""


@scenario(
    """
    ready
    accepted m1
    done Said.
    """
)
def thoughts_are_no_words(stage: Stage) -> None:
    talk = stage.say({"think": "Thought.", "text": "Said."})
    talk.until(a.DONE)
    assert talk.close() == 0
    assert any("agent_thought_chunk" in line and "Thought." in line for line in talk.lines)
    assert talk.dialogue.told(0).words == "Said."


@scenario(
    """
    ready
    accepted m1
    kimicode: asked 0 permission run git status <>
    kimicode: answered 0
    done Looked.
    accepted m2
    done And again.
    """
)
def what_it_uses_is_counted(stage: Stage) -> None:
    look = {**stage.bash("git status"), "usage": {"input": 1000, "output": 50}}
    talk = stage.say(look, {"text": "Looked.", "usage": {"input": 2000, "output": 60}})
    stage.done(talk)
    talk.say("m2", script({"text": "And again.", "usage": {"input": 3000, "output": 70}}, text="And now?"))
    talk.until(a.DONE)
    assert talk.close() == 0
