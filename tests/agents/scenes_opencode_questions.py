"""Conversations with opencode: what it wants to know."""

from __future__ import annotations

import sys
from typing import Any

from agent_orchestrator.model import activity as a

_here = sys.modules["ao_agents_stage_opencode"]
Stage, scenario, bash = _here.Stage, _here.scenario, _here.bash
DONE = {"text": "Done."}


def ask(*questions: tuple[str, str], **more: Any) -> dict[str, Any]:
    """The call of the tool that asks a person: questions, each with the labels of its answers."""
    asked = [
        {
            "question": words,
            "header": "H",
            "options": [{"label": label, "description": f"as {label}"} for label in labels],
            **more,
        }
        for words, labels in questions
    ]
    return {"tool": "question", "input": {"questions": asked}}


@scenario(
    """
    ready
    accepted m1
    asked 0 question other Which?
    answered 0 B
    done B it is.
    """,
    live=True,
)
def a_question(stage: Stage) -> None:
    talk = stage.say(ask(("Which?", "AB")), {"text": "B it is."})
    found = talk.until(a.ASKED).ask
    assert [(one.label, one.does) for one in found.options] == [
        ("A: as A", a.CHOICE),
        ("B: as B", a.CHOICE),
        ("Skip", a.DENY),
    ]
    talk.answer(found.id, found.options[1].id)
    stage.end(talk)
    assert '"Which?"="B"' in stage.place.seen[-1]["got"][0]


@scenario(
    """
    ready
    accepted m1
    asked 0 question other Which?
    answered 0 Neither, é.
    done As you like.
    """
)
def a_question_answered_in_own_words(stage: Stage) -> None:
    talk = stage.say(ask(("Which?", "AB")), {"text": "As you like."})
    talk.answer(talk.until(a.ASKED).ask.id, "", "Neither, é.")
    stage.end(talk)
    assert '"Which?"="Neither, é."' in stage.place.seen[-1]["got"][0]


@scenario(
    """
    ready
    accepted m1
    asked 0 question other Which? (A | B)
    answered 0 B, D
    done B and D.
    """
)
def two_questions(stage: Stage) -> None:
    talk = stage.say(ask(("Which?", "AB"), ("And?", "CD")), {"text": "B and D."})
    talk.answer(talk.until(a.ASKED).ask.id, "", "B\nD")
    stage.end(talk)
    assert '"Which?"="B", "And?"="D"' in stage.place.seen[-1]["got"][0]


@scenario(
    """
    ready
    accepted m1
    asked 0 question other Which?
    answered 0
    done As I like.
    """
)
def a_question_that_is_skipped(stage: Stage) -> None:
    talk = stage.say(ask(("Which?", "AB")), {"text": "As I like."})
    stage.answer(talk, a.DENY)
    stage.end(talk)
    assert "dismissed" in stage.place.seen[-1]["got"][0]


@scenario(
    """
    ready
    accepted m1
    asked 0 permission run touch one
    answered 0 Allow once
    asked 1 question other Which?
    answered 1 A
    asked 2 permission run touch two
    answered 2 Allow once
    done Done.
    """
)
def a_question_between_two_permissions(stage: Stage) -> None:
    talk = stage.say(bash("touch one"), ask(("Which?", "AB")), bash("touch two"), DONE)
    stage.answer(talk, a.ALLOW)
    stage.answer(talk, a.CHOICE)
    stage.answer(talk, a.ALLOW)
    stage.end(talk)
