"""Conversations with Claude Code: messages, and interrupts."""

from __future__ import annotations

import sys
import time

from agent_orchestrator.model import activity as a
from agent_orchestrator.model.config import PermissionsConfig

_here = sys.modules["ao_agents_stage_claude_code"]
Stage, scenario, script, python = _here.Stage, _here.scenario, _here.script, _here.python
record, DONE, ODD = _here.record, _here.DONE, _here.ODD


@scenario(
    """
    ready
    accepted m1
    working Bash: python3 -c 1
    asked permission Bash run python3 -c 1
    answered Allow
    accepted m2
    done Done.
    """
)
def told_more_while_it_works(stage: Stage) -> None:
    talk = stage.say(python("1"), DONE)
    asked = talk.until(a.ASKED)
    talk.say("m2", "/cost and @calc.py are only words.")
    talk.answer(asked.ask.id, "allow")
    talk.until(a.DONE)
    assert talk.close() == 0
    (request,) = [one for one in stage.place.seen if one.get("got")]
    assert "/cost and @calc.py are only words." in request["said"][0]
    assert not any("return a - b" in text for text in stage.told())


@scenario(
    """
    ready
    accepted m1
    done One.
    accepted m2
    done Two.
    """
)
def told_more_when_it_is_done(stage: Stage) -> None:
    talk = stage.say({"text": "One."})
    talk.until(a.DONE)
    talk.say("m2", script({"text": "Two."}))
    talk.until(a.DONE)
    assert talk.close() == 0


@scenario(
    """
    ready
    accepted m1
    done One.
    accepted m1
    done
    accepted m2
    done Two.
    """
)
def told_the_same_twice(stage: Stage) -> None:
    talk = stage.say({"text": "One."})
    talk.until(a.DONE)
    # As somebody does who can not know whether it was sent.
    again = script({"text": "Again."})
    talk.sent.clear()
    talk.say("m1", again)
    talk.until(a.DONE)
    talk.say("m2", script({"text": "Two."}))
    talk.until(a.DONE)
    assert talk.close() == 0
    assert again not in stage.told()


@scenario("ready\n" + "".join(f"accepted m{number}\ndone There is no script\n" for number in range(len(ODD))))
def odd_messages(stage: Stage) -> None:
    secret = stage.place.home / "secret"
    secret.write_text("very secret")
    talk = stage.start()
    for number, text in enumerate(ODD):
        said = text.replace("SECRET", str(secret))
        talk.say(f"m{number}", said)
        talk.until(a.DONE)
        assert said.replace("\ud83d", "\ufffd") in stage.told(), said[:80]
    assert talk.close() == 0
    assert not any("very secret" in text or "return a - b" in text for text in stage.told())
    assert stage.place.git("status", "--porcelain", "--ignored") == ""


@scenario(
    """
    ready
    accepted m1
    working Bash: touch began
    interrupted
    accepted m2
    done After it.
    """
)
def interrupted_while_a_tool_runs(stage: Stage) -> None:
    command = f"touch began; {sys.executable} -c 'import time; time.sleep(60)'"
    rules = PermissionsConfig(bypass=True)
    talk = stage.say(record.bash(command), DONE, permissions=rules)
    talk.until_printed("touch began")
    deadline = time.monotonic() + 20
    while not (stage.place.tree / "began").exists():
        assert time.monotonic() < deadline
    talk.interrupt()
    talk.until(a.INTERRUPTED)
    talk.say("m2", script({"text": "After it."}))
    talk.until(a.DONE)
    assert talk.close() == 0


@scenario(
    """
    ready
    accepted m1
    working Bash: python3 -c 1
    asked permission Bash run python3 -c 1
    answered withdrawn
    interrupted
    """
)
def interrupted_while_it_asks(stage: Stage) -> None:
    talk = stage.say(python("1"), DONE)
    asked = talk.until(a.ASKED)
    talk.interrupt()
    talk.until(a.INTERRUPTED)
    before = len(talk.sent)
    talk.answer(asked.ask.id, "allow")
    assert len(talk.sent) == before
    talk.close()


@scenario(
    """
    ready
    accepted m1
    interrupted
    """
)
def interrupted_while_the_service_hangs(stage: Stage) -> None:
    talk = stage.say({"hang": True})
    talk.until(a.WORKING)
    talk.interrupt()
    talk.until(a.INTERRUPTED)
    talk.close()


@scenario(
    """
    ready
    accepted m1
    interrupted
    """
)
def interrupted_before_it_began(stage: Stage) -> None:
    talk = stage.start()
    talk.say("m1", script({"hang": True}))
    talk.interrupt()
    talk.until(a.INTERRUPTED)
    talk.close()


@scenario(
    """
    ready
    accepted m1
    done Done.
    interrupted
    """
)
def interrupted_when_it_is_done(stage: Stage) -> None:
    talk = stage.say(DONE)
    talk.until(a.DONE)
    talk.interrupt()
    talk.until(a.INTERRUPTED)
    assert talk.close() == 0


@scenario(
    """
    ready
    accepted m1
    working Bash: python3 -c 1
    asked permission Bash run python3 -c 1
    answered withdrawn
    interrupted
    accepted m2
    done Heard.
    """
)
def interrupted_with_a_message_in_the_queue(stage: Stage) -> None:
    talk = stage.say(python("1"), DONE)
    talk.until(a.ASKED)
    talk.say("m2", script({"text": "Heard."}))
    talk.interrupt()
    talk.until(a.DONE)
    assert talk.close() == 0
