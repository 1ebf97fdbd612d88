"""Conversations in the Agent Client Protocol: what it asks for."""

from __future__ import annotations

import sys
from pathlib import Path

from agent_orchestrator.model import activity as a

_here = sys.modules["ao_agents_stage_acp"]
Stage, scenario, OPTIONS = _here.Stage, _here.scenario, _here.OPTIONS


@scenario(
    """
    ready
    accepted m1
    asked 0 permission run touch out <>
    answered 0
    done Done.
    """,
    live=True,
)
def allowed(stage: Stage) -> None:
    talk = stage.say(stage.bash("touch out"), {"text": "Done."})
    talk.until(a.ASKED)
    assert stage.place.git("status", "--porcelain") == ""
    talk.answer("0", OPTIONS[stage.name][0])
    talk.until(a.DONE)
    assert talk.close() == 0
    assert stage.place.git("status", "--porcelain") == "?? out\n"


@scenario(
    """
    ready
    accepted m1
    asked 0 permission run touch out <>
    answered 0
    gemini: asked 1 permission run touch out <>
    gemini: answered 1
    done Done.
    """
)
def allowed_always(stage: Stage) -> None:
    talk = stage.say(stage.bash("touch out"), stage.bash("touch out"), {"text": "Done."})
    stage.answer(talk, a.ALLOW_ALWAYS)
    if stage.name == "gemini":
        # The policy of the session stands over what is allowed so.
        stage.answer(talk, a.ALLOW)
    talk.until(a.DONE)
    assert talk.close() == 0


@scenario(
    """
    ready
    accepted m1
    asked 0 permission run touch out <>
    answered 0
    done I may not.
    """,
    live=True,
)
def refused_with_words(stage: Stage) -> None:
    talk = stage.say(stage.bash("touch out"), {"text": "I may not."})
    stage.answer(talk, a.DENY, "Use git.")
    talk.until(a.DONE)
    assert talk.close() == 0
    assert stage.place.git("status", "--porcelain") == ""
    told = {"gemini": "canceled by the user", "kimicode": "user rejected", "opencode": "user rejected"}
    assert told[stage.name] in stage.place.seen[-1]["got"][0]


@scenario(
    """
    ready
    accepted m1
    asked 0 permission run touch out <>
    answered 0
    done I may not.
    """
)
def refused_without_an_option(stage: Stage) -> None:
    talk = stage.say(stage.bash("touch out"), {"text": "I may not."})
    talk.until(a.ASKED)
    talk.answer("0", "", "Nobody answered.")
    talk.until(a.DONE)
    assert talk.close() == 0
    assert stage.place.git("status", "--porcelain") == ""


@scenario(
    """
    ready
    accepted m1
    gemini: done I may not.
    kimicode,opencode: asked 0 permission
    kimicode,opencode: answered 0
    kimicode,opencode: done I may not.
    """
)
def edits_outside_of_the_worktree_are_not_made_unasked(stage: Stage) -> None:
    path = str(stage.place.home / "out.txt")
    call = {
        "gemini": {"tool": "write_file", "input": {"file_path": path, "content": "x"}},
        "kimicode": {"tool": "Write", "input": {"path": path, "content": "x"}},
        "opencode": {"tool": "write", "input": {"filePath": path, "content": "x"}},
    }
    talk = stage.say(call[stage.name], {"text": "I may not."})
    if stage.name != "gemini":
        assert stage.answer(talk, a.DENY).subjects[0].startswith(str(stage.place.home))
    talk.until(a.DONE)
    assert talk.close() == 0
    assert not Path(path).exists()


@scenario(
    """
    ready
    accepted m1
    asked 0 question
    answered 0
    done B it is.
    """,
    ("kimicode",),
    live=True,
)
def a_question(stage: Stage) -> None:
    options = [{"label": "A", "description": "a"}, {"label": "B", "description": "b"}]
    questions = [{"question": "Which?", "header": "H", "options": options, "multi_select": False}]
    talk = stage.say({"tool": "AskUserQuestion", "input": {"questions": questions}}, {"text": "B it is."})
    ask = talk.until(a.ASKED).ask
    assert (ask.text, [(one.label, one.does) for one in ask.options]) == (
        "Which?",
        [("A", a.CHOICE), ("B", a.CHOICE), ("Skip", a.DENY)],
    )
    talk.answer("0", "q0_opt_1")
    talk.until(a.DONE)
    assert talk.close() == 0
    assert stage.place.seen[-1]["got"] == ['{"answers":{"Which?":"B"}}']


@scenario(
    """
    ready
    accepted m1
    asked 0 permission run touch out <>
    answered 0
    interrupted
    """
)
def interrupted_while_it_asks(stage: Stage) -> None:
    talk = stage.say(stage.bash("touch out"), {"text": "Never."})
    talk.until(a.ASKED)
    talk.interrupt()
    talk.until(a.INTERRUPTED)
    assert talk.close() == 0
    assert stage.place.git("status", "--porcelain") == ""
