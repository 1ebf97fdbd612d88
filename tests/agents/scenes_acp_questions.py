"""Conversations in the Agent Client Protocol: questions that a person is asked, of Kimi Code, which has them."""

from __future__ import annotations

import sys
from typing import Any

from agent_orchestrator.model import activity as a

_here = sys.modules["ao_agents_stage_acp"]
Stage, scenario = _here.Stage, _here.scenario


def ask(*questions: str) -> dict[str, Any]:
    """The call that asks these."""
    options = [{"label": "A", "description": "a"}, {"label": "B", "description": "b"}]
    given = [{"question": one, "header": one[:9], "options": options, "multi_select": False} for one in questions]
    return {"tool": "AskUserQuestion", "input": {"questions": given}}


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
    talk = stage.say(ask("Which?"), {"text": "B it is."})
    asked = talk.until(a.ASKED).ask
    assert (asked.text, [(one.label, one.does) for one in asked.options]) == (
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
    asked 0 permission run touch one <>
    answered 0
    asked 1 question
    answered 1
    asked 2 permission run touch two <>
    answered 2
    done Done.
    """,
    ("kimicode",),
)
def a_question_between_two_permissions(stage: Stage) -> None:
    talk = stage.say(stage.bash("touch one"), ask("Which?"), stage.bash("touch two"), {"text": "Done."})
    stage.answer(talk, a.ALLOW)
    talk.answer(talk.until(a.ASKED).ask.id, "q0_opt_0")
    stage.answer(talk, a.ALLOW)
    talk.until(a.DONE)
    assert talk.close() == 0
    assert stage.place.git("status", "--porcelain") == "?? one\n?? two\n"


@scenario(
    """
    ready
    accepted m1
    asked 0 question
    answered 0
    done Neither.
    """,
    ("kimicode",),
)
def a_question_that_is_not_answered(stage: Stage) -> None:
    talk = stage.say(ask("Which?"), {"text": "Neither."})
    stage.answer(talk, a.DENY)
    talk.until(a.DONE)
    assert talk.close() == 0
    assert "Which?" not in stage.place.seen[-1]["got"][0]


@scenario(
    """
    ready
    accepted m1
    asked 0 question
    answered 0
    done A and nothing.
    """,
    ("kimicode",),
)
def of_two_questions_at_once_it_asks_the_first(stage: Stage) -> None:
    talk = stage.say(ask("Which?", "And then?"), {"text": "A and nothing."})
    asked = talk.until(a.ASKED).ask
    assert asked.text == "Which?"
    talk.answer(asked.id, "q0_opt_0")
    talk.until(a.DONE)
    assert talk.close() == 0
    assert stage.place.seen[-1]["got"] == ['{"answers":{"Which?":"A"}}']


@scenario(
    """
    ready
    accepted m1
    asked 0 permission run
    answered 0
    asked 1 question
    answered 1
    done Planned.
    """,
    ("kimicode",),
)
def a_plan_that_a_person_has_to_choose(stage: Stage) -> None:
    # Where its plan has to be it says to the model alone.
    find = """grep -rhoE '/[^" ]*plans/[a-z-]+[.]md' ~/.kimi-code/sessions | grep -m1 ."""
    write = stage.bash(f"until f=$({find}); do sleep 0.1; done; mkdir -p $(dirname $f); echo 'Mend it.' > $f")
    options = [{"label": one, "description": one} for one in ("Slowly", "Fast")]
    leave = {"tool": "ExitPlanMode", "input": {"options": options}}
    talk = stage.say({"tool": "EnterPlanMode", "input": {}}, write, leave, {"text": "Planned."})
    stage.answer(talk, a.ALLOW)
    asked = talk.until(a.ASKED).ask
    assert "Mend it." in asked.text
    assert [(one.label, one.does) for one in asked.options] == [
        ("Slowly", a.CHOICE),
        ("Fast", a.CHOICE),
        ("Revise", a.DENY),
        ("Reject and Exit", a.DENY),
    ]
    talk.answer(asked.id, "plan_opt_1")
    talk.until(a.DONE)
    assert talk.close() == 0
    assert "Fast" in stage.place.seen[-1]["got"][0]
