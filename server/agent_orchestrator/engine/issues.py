"""Issues in the state: what happens to them, what is due for them, and which reactions there may be. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve

from agent_orchestrator.engine import issue_events as i
from agent_orchestrator.engine.change import Unfit, change_session, put
from agent_orchestrator.engine.happening import Happening
from agent_orchestrator.engine.state import Project, Session, State
from agent_orchestrator.model.reaction.condition import Value
from agent_orchestrator.model.tracked import Stage


def seen(state: State, event: i.IssuesSeen) -> State:
    """The issues that wait."""
    if event.project not in state.projects:
        raise Unfit(f"no project {event.project!r}")
    project = evolve(state.projects[event.project], issues=event.issues)
    return evolve(state, projects=put(state.projects, project.id, project))


def told(state: State, event: i.IssueTold) -> State:
    """The tracker knows."""
    session = state.sessions.get(event.session)
    return change_session(state, event.session, issue_told=(*(session.issue_told if session else ()), event.stage))


def issues_happened(before: State, project: Project) -> Iterator[Happening]:
    """The issues that came since; those that were there when they were first looked for are no news."""
    old = before.projects.get(project.id)
    if old is None or old.issues is None or project.issues is None or old.issues is project.issues:
        return
    known = {issue.key for issue in old.issues}
    for issue in project.issues:
        if issue.key not in known:
            facts: dict[str, Value] = {
                "project": project.id,
                "issue.key": issue.key,
                "issue.title": issue.title,
                "issue.url": issue.url,
                "labels": issue.labels,
            }
            key = f"{project.id}/{issue.key}"
            yield Happening("issue-assigned", key, facts, issue=issue.key, outside=frozenset({"issue.title"}))


def to_take(state: State, project: Project) -> Iterator[str]:
    """The keys of the issues that agents are to be given now. Invariant: one issue, one session, ever."""
    intake = project.settings.intake
    if intake is None:
        return
    mine = [s for s in state.sessions.values() if s.project == project.id and s.issue]
    taken = {s.issue for s in mine}
    room = intake.most - sum(not s.closed for s in mine)
    for issue in project.issues or ():
        if room > 0 and issue.key not in taken and not issue.held:
            room -= 1
            yield issue.key


def to_tell(project: Project, s: Session) -> Stage | None:
    """What the session's tracker does not know yet, where it is told things."""
    tracker = project.settings.tracker
    if not s.issue or tracker is None or not tracker.tells:
        return None
    if "begun" not in s.issue_told:
        return "begun"
    if s.landing:
        return None if "landed" in s.issue_told else "landed"
    over = s.left or s.stopping or s.unneeded
    return "left" if over and "left" not in s.issue_told else None
