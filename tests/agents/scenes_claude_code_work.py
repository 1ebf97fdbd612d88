"""Conversations with Claude Code: work, beside it as well, in one process and in later ones."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

from agent_orchestrator.model import activity as a
from agent_orchestrator.model.config import PermissionsConfig
from agent_orchestrator.plugins.agent.claude_code import ClaudeCodeAgent

_here = sys.modules["ao_agents_stage_claude_code"]
Stage, scenario, script, python = _here.Stage, _here.scenario, _here.script, _here.python
record, DONE = _here.record, _here.DONE


@scenario(
    """
    ready
    accepted m1
    done Looked at it.
    """
)
def success(stage: Stage) -> None:
    talk = stage.say(*record.FIRST)
    talk.until(a.DONE)
    assert talk.close() == 0


@scenario(
    """
    ready
    accepted m1
    done Looked at it.
    accepted m2
    done Added a test.
    """
)
def usage(stage: Stage) -> None:
    talk = stage.say(*record.FIRST)
    talk.until(a.DONE)
    talk.say("m2", script(*record.AGAIN))
    talk.until(a.DONE)
    assert talk.close() == 0


@scenario(
    """
    ready
    accepted m1
    working Read: calc.py
    working Edit: calc.py
    working Bash: git commit -qam 'Fix add'
    done Fixed and committed.
    """
)
def fixes_and_commits(stage: Stage) -> None:
    talk = stage.say(*record.FIX)
    talk.until(a.DONE)
    assert talk.close() == 0
    assert stage.place.git("show", "HEAD:calc.py").endswith("return a + b\n")
    assert stage.place.git("rev-list", "--count", "main..HEAD") == "1\n"
    assert stage.place.git("status", "--porcelain") == ""


def in_the_background(place: Any, program: Path, **more: Any) -> ClaudeCodeAgent:
    """As somebody uses it who wants its background tasks."""
    env = {**record.env(place), "CLAUDE_CODE_DISABLE_BACKGROUND_TASKS": ""}
    return ClaudeCodeAgent(command=(str(program),), env=env, **more)


def sub(*steps: Any, **more: Any) -> dict[str, Any]:
    """The call of a subagent."""
    own = {"description": "Sub", "prompt": script(*steps, text="Sub."), "subagent_type": "general-purpose"}
    return {"tool": "Agent", "input": {**own, **more}}


@scenario(
    """
    ready
    accepted m1
    working Bash: sleep 1; echo hi
    done background=1 Started it.
    done The script has no more steps.
    """
)
def a_command_in_the_background(stage: Stage) -> None:
    command = {"command": "sleep 1; echo hi", "description": "Run", "run_in_background": True}
    talk = stage.say({"tool": "Bash", "input": command}, {"text": "Started it."}, agent=in_the_background)
    talk.until(a.DONE, background=1)
    talk.until(a.DONE, background=0)
    assert talk.close() == 0


@scenario(
    """
    ready
    accepted m1
    working Agent: Sub
    330: working Bash: python3 -c 1
    asked permission Bash run python3 -c 1
    197: working Bash: python3 -c 1
    answered Allow
    done Done.
    """
)
def a_subagent(stage: Stage) -> None:
    talk = stage.say(sub(python("1"), {"text": "Sub done."}, run_in_background=False), DONE)
    talk.answer(talk.until(a.ASKED).ask.id, "allow")
    talk.until(a.DONE)
    assert talk.close() == 0


@scenario(
    """
    ready
    accepted turn-2
    done It is still there.
    """
)
def resumed(stage: Stage) -> None:
    first = stage.say({"text": "I saw a minus."}, {"text": "It is still there."})
    first.until(a.DONE)
    assert first.close() == 0
    conversation = first.dialogue.told(0).conversation
    second = stage.start(conversation=conversation)
    # It has no script: its answer is the next step of the first one, if the model gets to see that.
    second.say("turn-2", "Go on.")
    assert second.until(a.ACCEPTED).conversation == conversation
    second.until(a.DONE)
    assert second.close() == 0


@scenario(
    """
    ready
    accepted m1
    working Bash: sleep 1; touch began
    """
)
def killed_while_a_tool_runs(stage: Stage) -> None:
    kill(stage)


@scenario(
    """
    ready
    accepted turn-2
    done After the crash.
    """
)
def resumed_after_a_kill(stage: Stage) -> None:
    conversation = kill(stage)
    talk = stage.start(conversation=conversation)
    talk.say("turn-2", script({"text": "After the crash."}))
    talk.until(a.DONE)
    assert talk.close() == 0
    assert any("Do it." in text for text in stage.told())


@scenario(
    """
    ready
    accepted m1
    done
    """
)
def resumed_and_told_the_same(stage: Stage) -> None:
    conversation = kill(stage)
    talk = stage.start(conversation=conversation)
    talk.say("m1", script({"text": "Again."}))
    talk.until(a.DONE)
    assert talk.close() == 0


@scenario(
    """
    failed failed No conversation found
    """
)
def a_conversation_that_is_gone(stage: Stage) -> None:
    talk = stage.open(conversation="11111111-1111-4111-8111-111111111111")
    talk.until(a.FAILED)
    assert talk.close() == 1
    assert talk.dialogue.told(1).conversation == ""


def kill(stage: Stage) -> str:
    """Kill the program while a tool runs; the conversation's id."""
    command = "sleep 1; touch began; sleep 3"
    talk = stage.say(record.bash(command), DONE, permissions=PermissionsConfig(bypass=True))
    talk.until(a.WORKING, text=f"Bash: {command}")
    deadline = time.monotonic() + 20
    while not (stage.place.tree / "began").exists():
        assert time.monotonic() < deadline
    talk.kill()
    told = talk.dialogue.told(None)
    assert told.error == ""
    return str(told.conversation)
