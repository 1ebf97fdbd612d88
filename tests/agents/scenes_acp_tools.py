"""Conversations in the Agent Client Protocol: what comes of its tools."""

from __future__ import annotations

import sys
from typing import Any

import psutil

from agent_orchestrator.model import activity as a
from agent_orchestrator.model.config import PermissionsConfig

_here = sys.modules["ao_agents_stage_acp"]
Stage, scenario = _here.Stage, _here.scenario


def both(stage: Any, *commands: str) -> dict[str, Any]:
    """One answer of the model that runs all of these."""
    return {"tools": [stage.bash(command) for command in commands]}


@scenario(
    """
    ready
    accepted m1
    asked 0 permission run touch one <>
    answered 0
    asked 1 permission run touch two <>
    answered 1
    done Both.
    """
)
def two_tools_at_once(stage: Stage) -> None:
    talk = stage.say(both(stage, "touch one", "touch two"), {"text": "Both."})
    stage.answer(talk, a.ALLOW)
    stage.answer(talk, a.ALLOW)
    talk.until(a.DONE)
    assert talk.close() == 0
    assert stage.place.git("status", "--porcelain") == "?? one\n?? two\n"


@scenario(
    """
    ready
    accepted m1
    asked 0 permission run touch one <>
    answered 0
    asked 1 permission run touch two <>
    answered 1
    done The second one.
    """,
)
def of_two_tools_at_once_the_first_is_refused(stage: Stage) -> None:
    talk = stage.say(both(stage, "touch one", "touch two"), {"text": "The second one."})
    stage.answer(talk, a.DENY)
    stage.answer(talk, a.ALLOW)
    talk.until(a.DONE)
    assert talk.close() == 0
    assert stage.place.git("status", "--porcelain") == "?? two\n"


@scenario(
    """
    ready
    accepted m1
    asked 0 permission run touch out; exit 3 <>
    answered 0
    done It failed.
    """
)
def a_tool_that_fails(stage: Stage) -> None:
    talk = stage.say(stage.bash("touch out; exit 3"), {"text": "It failed."})
    stage.answer(talk, a.ALLOW)
    talk.until(a.DONE)
    assert talk.close() == 0
    assert any("3" in text for text in stage.place.seen[-1]["got"])


@scenario(
    """
    ready
    accepted m1
    done I can not fly.
    """
)
def a_tool_that_is_not_there(stage: Stage) -> None:
    talk = stage.say({"tool": "Fly", "input": {"to": "x"}, "wild": True}, {"text": "I can not fly."})
    talk.until(a.DONE)
    assert talk.close() == 0
    assert "not found" in stage.place.seen[-1]["got"][0]


@scenario(
    """
    ready
    accepted m1
    done I have to say what.
    """,
    live=True,
)
def a_call_that_is_broken(stage: Stage) -> None:
    calls = {
        "gemini": {"tool": "run_shell_command", "input": {"description": "touch out"}},
        "kimicode": {"tool": "Bash", "input": '{"command": "touch out', "wild": True},
    }
    talk = stage.say(calls[stage.name], {"text": "I have to say what."})
    talk.until(a.DONE)
    assert talk.close() == 0
    assert stage.place.git("status", "--porcelain") == ""


@scenario(
    """
    ready
    accepted m1
    asked 0 permission run touch out; printf
    answered 0
    done It said so.
    """
)
def what_a_command_prints_is_not_taken_for_a_command(stage: Stage) -> None:
    command = r"""touch out; printf '{"command": "%s%s"}\n' 4 2"""
    talk = stage.say(stage.bash(command), {"text": "It said so."})
    stage.answer(talk, a.ALLOW)
    talk.until(a.DONE)
    assert talk.close() == 0
    works = [fact.text for fact in talk.facts if fact.kind == a.WORKING]
    assert not any("42" in text for text in works), works


@scenario(
    """
    ready
    accepted m1
    asked 0 permission run touch out; printf
    answered 0
    done It is red, 漢字 🎉 é and moc.
    """
)
def signs_that_are_no_letters(stage: Stage) -> None:
    command = r"touch out; printf '\033[31mred\007\000 \360\237\216\211 \377\r\n\033]0;title\007'"
    words = "It is \x1b[31mred\x1b[0m, 漢字\x00 🎉 é\x07 and \u202emoc\u202c.\x1b]0;title\x07"
    talk = stage.say(stage.bash(command), {"text": words})
    stage.answer(talk, a.ALLOW)
    talk.until(a.DONE)
    assert talk.close() == 0
    assert any("🎉" in text for text in stage.place.seen[-1]["got"])


@scenario(
    """
    ready
    accepted m1
    done Written.
    """
)
def a_big_file(stage: Stage) -> None:
    content = "".join(f"line {number}: é 漢字 🎉 '\"\\\n" for number in range(150))
    calls = {
        "gemini": {"tool": "write_file", "input": {"file_path": "$CWD/big.txt", "content": content}},
        "kimicode": {"tool": "Write", "input": {"path": "$CWD/big.txt", "content": content}},
    }
    talk = stage.say(calls[stage.name], {"text": "Written."})
    talk.until(a.DONE)
    assert talk.close() == 0
    assert (stage.place.tree / "big.txt").read_text() == content
    assert "Edit: big.txt" in [fact.text for fact in talk.facts]


@scenario(
    """
    ready
    accepted m1
    done Planned.
    """
)
def a_plan(stage: Stage) -> None:
    todos = [{"description": "Look.", "status": "in_progress"}, {"description": "Mend.", "status": "pending"}]
    calls = {
        "gemini": {"tool": "write_todos", "input": {"todos": todos}},
        "kimicode": {
            "tool": "TodoList",
            "input": {"todos": [{"title": one["description"], "status": one["status"]} for one in todos]},
        },
    }
    talk = stage.say(calls[stage.name], {"text": "Planned."})
    talk.until(a.DONE)
    assert talk.close() == 0


@scenario(
    """
    ready
    accepted m1
    asked 0 permission run <>
    answered 0
    done It did it.
    """,
    ("kimicode",),
    live=True,
)
def a_subagent_asks(stage: Stage) -> None:
    inner = _here.script(stage.bash("touch out"), {"text": "Inner."}, text="Do it for me.")
    call = {"tool": "Agent", "input": {"description": "Do it", "prompt": inner}}
    talk = stage.say(call, {"text": "It did it."})
    ask = talk.until(a.ASKED).ask
    # Of a longer command it would tell the beginning alone.
    assert ask.text.startswith("Requesting approval to Running: touch out\n(That is how it puts it.")
    assert stage.place.git("status", "--porcelain") == ""
    talk.answer("0", "approve_once")
    talk.until(a.DONE)
    assert talk.close() == 0
    assert stage.place.git("status", "--porcelain") == "?? out\n"


@scenario(
    """
    ready
    accepted m1
    asked 0 permission run touch begun; sleep 60 <>
    answered 0
    done It runs.
    """,
)
def what_it_runs_in_the_background(stage: Stage) -> None:
    more = {"gemini": {"is_background": True}, "kimicode": {"run_in_background": True, "description": "x"}}
    call = stage.bash(_here.SLEEP)
    call["input"] |= more[stage.name]
    talk = stage.say(call, {"text": "It runs."})
    stage.answer(talk, a.ALLOW)
    stage.until(lambda: (stage.place.tree / "begun").exists())
    talk.until(a.DONE)
    if stage.name == "gemini":
        # It does not end by itself then.
        talk.kill()
        return
    assert talk.close() == 0
    stage.until(lambda: not [one for one in psutil.process_iter(["cwd"]) if one.info["cwd"] == str(stage.place.tree)])


@scenario(
    """
    ready
    accepted m1
    done Touched.
    """
)
def anything_unasked(stage: Stage) -> None:
    talk = stage.say(stage.bash("touch out"), {"text": "Touched."}, permissions=PermissionsConfig(bypass=True))
    talk.until(a.DONE)
    assert talk.close() == 0
    assert stage.place.git("status", "--porcelain") == "?? out\n"
