"""Conversations in the Agent Client Protocol: how its work is ended, and how it goes on after that."""

from __future__ import annotations

import sys

from agent_orchestrator.model import activity as a

_here = sys.modules["ao_agents_stage_acp"]
Stage, scenario, script = _here.Stage, _here.scenario, _here.script
SLEEP, ALLOWED = _here.SLEEP, _here.ALLOWED


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
def interrupted_before_its_first_word(stage: Stage) -> None:
    talk = stage.say(stage.bash("touch begun"), {"text": "Never."}, permissions=ALLOWED)
    talk.interrupt()
    talk.until(a.INTERRUPTED)
    talk.say("m2", script({"text": "Something else."}, text="Rather this."))
    talk.until(a.DONE)
    assert talk.close() == 0
    assert stage.place.git("status", "--porcelain") == ""


@scenario(
    """
    ready
    accepted m1
    interrupted This is
    accepted m2
    done Something else.
    """
)
def interrupted_while_it_speaks(stage: Stage) -> None:
    talk = stage.say({"text": "This is a very long story. " * 100, "slow": 0.2})
    talk.until(a.WORKING)
    talk.interrupt()
    talk.until(a.INTERRUPTED)
    talk.say("m2", script({"text": "Something else."}, text="Rather this."))
    talk.until(a.DONE)
    assert talk.close() == 0


@scenario(
    """
    ready
    accepted m1
    interrupted
    accepted m2
    interrupted
    accepted m3
    done At last.
    """
)
def interrupted_twice(stage: Stage) -> None:
    talk = stage.say({"hang": True})
    for number in (1, 2):
        stage.until(lambda number=number: len(stage.place.seen) >= number)
        talk.until(a.ACCEPTED)
        talk.interrupt()
        talk.until(a.INTERRUPTED)
        talk.say(f"m{number + 1}", script({"hang": True} if number == 1 else {"text": "At last."}, text=f"{number}"))
    talk.until(a.DONE)
    assert talk.close() == 0


@scenario(
    """
    ready
    accepted m2
    asked 0 permission run touch out <>
    answered 0
    done Again.
    """,
    resumed=True,
    live=True,
)
def goes_on_after_it_was_killed_while_it_asked(stage: Stage) -> None:
    first = stage.say(stage.bash("touch out"), {"text": "Never."})
    first.until(a.ASKED)
    first.kill()
    second = stage.start(first.dialogue.told(None).conversation)
    second.say("m2", script(stage.bash("touch out"), {"text": "Again."}, text="Once more."))
    ask = second.until(a.ASKED).ask
    assert stage.place.git("status", "--porcelain") == ""
    second.answer(ask.id, ask.option(a.ALLOW).id)
    second.until(a.DONE)
    assert second.close() == 0
    assert stage.place.git("status", "--porcelain") == "?? out\n"


@scenario(
    """
    ready
    accepted m2
    gemini: asked 0 permission run touch out <>
    gemini: answered 0
    done Again.
    """,
    resumed=True,
)
def what_was_allowed_always_in_a_later_process(stage: Stage) -> None:
    first = stage.say(stage.bash("touch out"), {"text": "Done."})
    stage.answer(first, a.ALLOW_ALWAYS)
    first.until(a.DONE)
    assert first.close() == 0
    (stage.place.tree / "out").unlink()
    second = stage.start(first.dialogue.told(0).conversation)
    second.say("m2", script(stage.bash("touch out"), {"text": "Again."}, text="Once more."))
    if stage.name == "gemini":
        stage.answer(second, a.DENY)
    second.until(a.DONE)
    assert second.close() == 0
    # Kimi Code writes it down with the conversation.
    assert (stage.place.tree / "out").exists() == (stage.name == "kimicode")
