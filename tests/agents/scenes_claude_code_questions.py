"""Conversations with Claude Code: its questions to a person."""

from __future__ import annotations

import sys
from typing import Any

from agent_orchestrator.model import activity as a

_here = sys.modules["ao_agents_stage_claude_code"]
Stage, scenario, DONE = _here.Stage, _here.scenario, _here.DONE

WHICH = {
    "question": "Which?",
    "header": "Way",
    "options": [{"label": "Plus", "description": "p"}, {"label": "Minus", "description": "m"}],
    "multiSelect": False,
}
WHAT = {
    "question": "What else?",
    "header": "More",
    "options": [{"label": "Tests", "description": "t"}, {"label": "Docs", "description": "d"}],
    "multiSelect": True,
}


def asks(*questions: Any) -> dict[str, Any]:
    """The call of the tool that asks the person."""
    return {"tool": "AskUserQuestion", "input": {"questions": list(questions)}}


@scenario(
    """
    ready
    accepted m1
    working AskUserQuestion
    asked question AskUserQuestion other <Plus Minus> Which?
    answered Plus
    done Done.
    """
)
def a_question(stage: Stage) -> None:
    talk = stage.say(asks(WHICH), DONE)
    talk.answer(talk.until(a.ASKED).ask.id, "1")
    talk.until(a.DONE)
    assert talk.close() == 0
    assert '"Which?"="Plus"' in stage.got()[0]


@scenario(
    """
    ready
    accepted m1
    working AskUserQuestion
    asked question AskUserQuestion other <Plus Minus> Which?
    answered Neither: think again.
    done Done.
    """
)
def a_question_answered_in_words(stage: Stage) -> None:
    talk = stage.say(asks(WHICH), DONE)
    talk.answer(talk.until(a.ASKED).ask.id, "", "Neither: think again.")
    talk.until(a.DONE)
    assert talk.close() == 0
    assert '"Which?"="Neither: think again."' in stage.got()[0]


@scenario(
    """
    ready
    accepted m1
    working AskUserQuestion
    asked question AskUserQuestion other <Plus Minus> Which?
    asked question AskUserQuestion other <Tests Docs> What else?
    answered Minus
    answered Tests, Docs
    done Done.
    """
)
def several_questions(stage: Stage) -> None:
    talk = stage.say(asks(WHICH, WHAT), DONE)
    first, second = talk.until(a.ASKED).ask, talk.until(a.ASKED).ask
    talk.answer(second.id, "1", "Docs")
    talk.answer(first.id, "2")
    talk.until(a.DONE)
    assert talk.close() == 0
    assert '"Which?"="Minus", "What else?"="Tests, Docs"' in stage.got()[0]
