"""Conversations with opencode: what it asks for, and who answers."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from agent_orchestrator.model import activity as a
from agent_orchestrator.model.config import PermissionsConfig

_here = sys.modules["ao_agents_stage_opencode"]
Stage, scenario, script, bash = _here.Stage, _here.scenario, _here.script, _here.bash
MAY_NOT, DONE = {"text": "I may not."}, {"text": "Done."}


def task(*steps: Any) -> dict[str, Any]:
    """The call of a subagent with a script of its own."""
    given = {"description": "Look", "prompt": script(*steps, text="Look."), "subagent_type": "general"}
    return {"tool": "task", "input": given}


@scenario(
    """
    ready
    accepted m1
    asked 0 permission run touch out
    answered 0 Allow once
    done Done.
    """,
    live=True,
)
def allowed(stage: Stage) -> None:
    talk = stage.say(bash("touch out"), DONE)
    found = talk.until(a.ASKED).ask
    assert stage.place.git("status", "--porcelain") == ""
    talk.answer(found.id, "once")
    stage.end(talk)
    assert stage.place.git("status", "--porcelain") == "?? out\n"


@scenario(
    """
    ready
    accepted m1
    asked 0 permission run touch out
    answered 0 Allow always: touch *
    done Done.
    """
)
def allowed_always(stage: Stage) -> None:
    talk = stage.say(bash("touch out"), bash("touch more"), DONE)
    stage.answer(talk, a.ALLOW_ALWAYS)
    stage.end(talk)
    assert (stage.place.tree / "more").exists()


@scenario(
    """
    ready
    accepted m1
    asked 0 permission run touch out
    answered 0 Reject
    done I may not.
    """,
    live=True,
)
def refused_with_words(stage: Stage) -> None:
    talk = stage.say(bash("touch out"), MAY_NOT)
    stage.answer(talk, a.DENY, "Use git.")
    stage.end(talk)
    assert stage.place.git("status", "--porcelain") == ""
    assert "with the following feedback: Use git." in stage.place.seen[-1]["got"][0]


@scenario(
    """
    ready
    accepted m1
    asked 0 permission run touch out
    answered 0 Reject
    done I may not.
    """
)
def refused_without_an_option(stage: Stage) -> None:
    talk = stage.say(bash("touch out"), MAY_NOT)
    talk.answer(talk.until(a.ASKED).ask.id, "")
    stage.end(talk)
    # It goes on also where no words go with it.
    assert "rejected permission" in stage.place.seen[-1]["got"][0]


@scenario(
    """
    ready
    accepted m1
    asked 0 permission run touch one
    answered 0 Reject
    asked 1 permission run touch one
    answered 1 Allow once
    done Done.
    """
)
def refused_and_then_allowed(stage: Stage) -> None:
    talk = stage.say(bash("touch one"), bash("touch one"), DONE)
    stage.answer(talk, a.DENY, "Not yet.")
    stage.answer(talk, a.ALLOW)
    stage.end(talk)
    assert (stage.place.tree / "one").exists()


@scenario(
    """
    ready
    accepted m1
    asked 0 permission edit $HERE/home/out.txt
    answered 0 Reject
    done I may not.
    """
)
def edits_outside_of_the_worktree_are_asked(stage: Stage) -> None:
    path = stage.place.home / "out.txt"
    talk = stage.say({"tool": "write", "input": {"filePath": str(path), "content": "x"}}, MAY_NOT)
    stage.answer(talk, a.DENY)
    stage.end(talk)
    assert not path.exists()


@scenario(
    """
    ready
    accepted m1
    asked 0 permission read $HERE/home/secret
    answered 0 Allow once
    done Done.
    """
)
def a_file_outside_of_the_worktree_is_read(stage: Stage) -> None:
    (stage.place.home / "secret").write_text("It is 42.\n")
    talk = stage.say({"tool": "read", "input": {"filePath": str(stage.place.home / "secret")}}, DONE)
    stage.answer(talk, a.ALLOW)
    stage.end(talk)
    assert "It is 42." in stage.place.seen[-1]["got"][0]


@scenario(
    """
    ready
    accepted m1
    asked 0 permission run touch $HERE/home/out
    answered 0 Allow once
    asked 1 permission run touch $HERE/home/out
    answered 1 Reject
    done I may not.
    """
)
def a_command_that_leads_outside_is_asked_twice(stage: Stage) -> None:
    talk = stage.say(bash(f"touch {stage.place.home}/out"), MAY_NOT)
    stage.answer(talk, a.ALLOW)
    stage.answer(talk, a.DENY)
    stage.end(talk)
    assert not Path(stage.place.home / "out").exists()


@scenario(
    """
    ready
    accepted m1
    asked 0 permission fetch http://127.0.0.1:9/x
    answered 0 Reject
    done I may not.
    """
)
def a_page_of_the_web(stage: Stage) -> None:
    talk = stage.say({"tool": "webfetch", "input": {"url": "http://127.0.0.1:9/x", "format": "text"}}, MAY_NOT)
    stage.answer(talk, a.DENY)
    stage.end(talk)


@scenario(
    """
    ready
    accepted m1
    asked 0 permission run touch out
    answered 0
    interrupted
    accepted m2
    done Something else.
    """,
    live=True,
)
def interrupted_while_it_asks(stage: Stage) -> None:
    talk = stage.say(bash("touch out"), {"text": "Never."})
    talk.until(a.ASKED)
    talk.interrupt()
    talk.until(a.INTERRUPTED)
    talk.say("m2", script({"text": "Something else."}))
    stage.end(talk)
    assert stage.place.git("status", "--porcelain") == ""


@scenario(
    """
    ready
    accepted m1
    asked 0 permission run touch out
    answered 0 Allow once
    done All of us are done.
    """,
    live=True,
)
def a_subagent_asks(stage: Stage) -> None:
    talk = stage.say(task(bash("touch out"), {"text": "Made."}), {"text": "All of us are done."})
    stage.answer(talk, a.ALLOW)
    stage.end(talk)
    assert (stage.place.tree / "out").exists()


@scenario(
    """
    ready
    accepted m1
    asked 0 permission run touch out
    answered 0 Reject
    done It may not.
    """
)
def a_subagent_is_refused(stage: Stage) -> None:
    talk = stage.say(task(bash("touch out"), {"text": "I may not."}), {"text": "It may not."})
    stage.answer(talk, a.DENY, "Leave it.")
    stage.end(talk)
    assert any("Leave it." in text for one in stage.place.seen for text in one.get("got", ()))


@scenario(
    """
    ready
    accepted m1
    asked 0 permission run touch out
    answered 0
    interrupted
    """
)
def interrupted_while_a_subagent_asks(stage: Stage) -> None:
    talk = stage.say(task(bash("touch out"), {"text": "Never."}), {"text": "Never."})
    talk.until(a.ASKED)
    talk.interrupt()
    stage.end(talk, a.INTERRUPTED)


@scenario(
    """
    ready
    accepted m2
    asked 0 permission run touch out
    answered 0 Allow once
    done Done.
    """,
    resumed=True,
)
def killed_while_it_asks_and_asked_again(stage: Stage) -> None:
    first = stage.say(bash("touch out"), {"text": "Never."})
    first.until(a.ASKED)
    first.kill()
    second = stage.start(first.dialogue.told(None).conversation)
    second.say("m2", script(bash("touch out"), DONE))
    stage.answer(second, a.ALLOW)
    stage.end(second)


@scenario(
    """
    ready
    accepted m1
    done Done.
    """
)
def what_is_denied_is_not_asked(stage: Stage) -> None:
    denied = PermissionsConfig(deny=("Bash(touch *)",))
    stage.end(stage.say(bash("touch out"), DONE, permissions=denied))
    assert stage.place.git("status", "--porcelain") == ""
