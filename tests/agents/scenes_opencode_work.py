"""Conversations with opencode: its work, in one process and in later ones."""

from __future__ import annotations

import sys

from agent_orchestrator.model import activity as a
from agent_orchestrator.model.config import PermissionsConfig

_here = sys.modules["ao_agents_stage_opencode"]
Stage, scenario, script, bash, record = _here.Stage, _here.scenario, _here.script, _here.bash, _here.record
#: What a message may begin with and be: none of it is a command.
ODD = ("/help", "\ufeff /compact", "$help", "!touch bang", "@calc.py", "# x", "a\x00b\x1b[31mc\r\n\td résumé 漢字 🎉 ")
LONG = "x" * (64 << 10)
DONE = {"text": "Done."}


@scenario(
    """
    ready
    accepted m1
    done Looked at it.
    """
)
def success(stage: Stage) -> None:
    stage.end(stage.say(*record.FIRST))


@scenario(
    """
    ready
    accepted m1
    done Fixed and committed.
    """,
    live=True,
)
def fixes_and_commits(stage: Stage) -> None:
    stage.end(stage.say(*record.FIX))
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
    talk = stage.say(*record.FIRST)
    talk.until(a.DONE)
    talk.say("m2", script({"text": "Added a test."}, text="And now?"))
    stage.end(talk)


@scenario(
    """
    ready
    accepted m1
    done Done.
    """
)
def two_tools_at_once(stage: Stage) -> None:
    calls = [bash("git status"), {"tool": "read", "input": {"filePath": "$CWD/calc.py"}}]
    stage.end(stage.say({"tools": calls}, DONE))
    assert len(stage.place.seen[-1]["got"]) == 2


@scenario(
    """
    ready
    accepted m1
    done It failed.
    """
)
def a_tool_that_fails(stage: Stage) -> None:
    stage.end(stage.say(bash("git log nothing"), {"text": "It failed."}))
    assert "nothing" in stage.place.seen[-1]["got"][0]


@scenario(
    """
    ready
    accepted m1
    done résumé 漢字 🎉
    """
)
def what_it_writes_is_not_ascii(stage: Stage) -> None:
    call = {"tool": "write", "input": {"filePath": "$CWD/名.txt", "content": "é\n\x1b[31m"}}
    stage.end(stage.say(call, {"text": "résumé 漢字 🎉"}))
    assert (stage.place.tree / "名.txt").read_text() == "é\n\x1b[31m"


@scenario(
    """
    ready
    accepted m1
    done Done.
    """
)
def much_output(stage: Stage) -> None:
    allowed = PermissionsConfig(allow=("Bash(seq *)",))
    talk = stage.say(bash("seq 1 20000"), DONE, permissions=allowed)
    stage.end(talk)
    # What it prints again and again is cut before it is printed here.
    assert sum(map(len, talk.lines)) < 200_000


@scenario(
    """
    ready
    accepted m1
    done one two three four five six seven eight nine ten
    """
)
def a_slow_answer(stage: Stage) -> None:
    words = "one two three four five six seven eight nine ten " * 8
    talk = stage.say({"text": words.strip(), "slow": 0.05})
    stage.end(talk)
    assert stage.talks[-1].facts[-1].text == words.strip()


@scenario(
    """
    ready
    accepted m1
    done Planned.
    """
)
def a_list_of_what_is_to_do(stage: Stage) -> None:
    todos = [{"content": "Look", "status": "in_progress", "priority": "high"}]
    stage.end(stage.say({"tool": "todowrite", "input": {"todos": todos}}, {"text": "Planned."}))


@scenario(
    """
    ready
    accepted m1
    done All of us are done.
    """,
    live=True,
)
def a_subagent_works(stage: Stage) -> None:
    steps = [bash("git status"), {"text": "It is clean.", "usage": {"input": 500, "output": 5}}]
    task = {"description": "Look", "prompt": script(*steps, text="Look."), "subagent_type": "general"}
    talk = stage.say({"tool": "task", "input": task}, {"text": "All of us are done."})
    stage.end(talk)
    assert "It is clean." in stage.place.seen[-1]["got"][0]
    # Two calls of each are counted.
    assert talk.dialogue.told(0).usage.steps == 4


@scenario(
    """
    ready
    accepted m1
    done Looked at it.
    """
)
def a_model_of_the_configuration(stage: Stage) -> None:
    stage.end(stage.say(*record.FIRST, model="mock/mock-model"))


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
        assert stage.place.seen[-1]["said"] == [text]
    assert talk.close() == 0
    assert stage.place.git("status", "--porcelain") == ""
