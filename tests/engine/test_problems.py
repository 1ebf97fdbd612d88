"""What failed before is forgotten with its own project, and with no other."""

from __future__ import annotations

import pytest
from attrs import evolve

from agent_orchestrator.engine import events as e
from agent_orchestrator.engine.state import Problem, Project, Session, Settings, State
from agent_orchestrator.engine.step import step

SETTINGS = Settings("app", "/repo", "app", "main")
OWN = ("ObserveTarget:app", "Claim:app:sig", "StartTurn:app-fix", "TellTracker:app-fix:begun", "RepeatCi:app/P1:head")
OTHERS = ("ObserveTarget:app2", "Claim:app2:sig", "StartTurn:app2-fix", "RepeatCi:app2/P1:head", "event:Landed")


def session(id: str, project: str) -> Session:
    return Session(id, project, "fix", "Fix", "", "claude", "process", f"ao/{id}", "c", "t", "/tree", 0.0)


STATE = State(
    projects={id: Project(id, SETTINGS) for id in ("app", "app2")},
    sessions={s.id: s for s in (session("app-fix", "app"), session("app2-fix", "app2"))},
    problems={key: Problem(key, "it broke", 0.0) for key in (*OWN, *OTHERS)},
)


@pytest.mark.parametrize(
    "event", [e.ProjectConfigured(1.0, "app", evolve(SETTINGS, name="other")), e.HuntStarted(1.0, "h", "app")]
)
def test_a_project_that_begins_anew_forgets_its_own_problems_alone(event: e.Event):
    assert set(step(STATE, event).problems) == set(OTHERS)
