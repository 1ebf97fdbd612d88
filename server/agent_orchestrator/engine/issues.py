"""Issues in the state: what happens to them, what is due for them, and which reactions there may be. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import get_args

from attrs import evolve

from agent_orchestrator.engine import issue_events as i
from agent_orchestrator.engine.change import Unfit, change_session, put
from agent_orchestrator.engine.happening import Happening
from agent_orchestrator.engine.state import Project, Session, State
from agent_orchestrator.model.reaction.condition import Value
from agent_orchestrator.model.tracked import Stage, Tracked


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


def configured(before: State, after: State, project: Project) -> State:
    """``after`` a project's configuration was read: what was known of other issues is not known of these.

    Of what was over before it was to be told the tracker is not told: that is no news to anybody.
    """
    old = before.projects.get(project.id)
    if old is None:
        return after
    was, now = old.settings, project.settings
    if (was.tracker, was.intake) != (now.tracker, now.intake):
        project = evolve(project, issues=None)
    if _place(was.tracker) != _place(now.tracker):
        project = evolve(project, taken=())
    after = evolve(after, projects=put(after.projects, project.id, project))
    if was.tracker == now.tracker:
        return after
    stages = get_args(Stage)
    over = {s.id: evolve(s, issue_told=stages) for s in _of(after, project) if s.closed}
    return evolve(after, sessions={**after.sessions, **over})


def _place(tracker: Tracked | None) -> tuple[str, ...]:
    return (tracker.plugin, tracker.server, tracker.path, tracker.team) if tracker else ()


def _of(state: State, project: Project) -> Iterator[Session]:
    return (s for s in state.sessions.values() if s.project == project.id and s.issue)


def taken(state: State, session: Session) -> State:
    """A session works on an issue, which is remembered for longer than the session is."""
    project = state.projects.get(session.project)
    if project is None or not session.issue or session.issue in project.taken:
        return state
    return evolve(
        state, projects=put(state.projects, project.id, evolve(project, taken=(*project.taken, session.issue)))
    )


def worker(state: State, project: str, issue: str) -> Session | None:
    """The session that is at an issue now."""
    mine = (s for s in state.sessions.values() if s.project == project and s.issue == issue)
    return next((s for s in mine if not s.closed), None)


def issues_happened(before: State, project: Project) -> Iterator[Happening]:
    """The issues that came since; those that were there when they were first looked for are no news."""
    old = before.projects.get(project.id)
    if old is None or old.issues is None or project.issues is None or old.issues is project.issues:
        return
    known = {issue.key for issue in old.issues}
    for issue in project.issues:
        if issue.key not in known and not issue.claimed:
            facts: dict[str, Value] = {
                "project": project.id,
                "issue.key": issue.key,
                "issue.title": issue.title,
                "issue.url": issue.url,
                "labels": issue.labels,
            }
            key = f"{project.id}/{issue.key}"
            outside = frozenset({"issue.title"})
            yield Happening("issue-assigned", key, facts, issue=issue.key, outside=outside, held=issue.held)


def to_take(state: State, project: Project, passed: Collection[str] = ()) -> Iterator[str]:
    """The keys of the issues that agents are to be given now, but for ``passed``.

    Invariant: one issue, one session, ever.
    """
    intake = project.settings.intake
    if intake is None:
        return
    room = intake.most - sum(not s.closed for s in _of(state, project))
    for issue in project.issues or ():
        if room > 0 and issue.key not in (*project.taken, *passed) and not (issue.held or issue.claimed):
            room -= 1
            yield issue.key


def untold(project: Project, s: Session) -> Iterator[Stage]:
    """What the session's tracker does not know yet, in its order, where it is told things."""
    tracker = project.settings.tracker
    if not s.issue or tracker is None or not tracker.tells:
        return
    over = s.left or s.stopping or s.unneeded
    stages: tuple[Stage, ...] = ("begun",)
    if s.landing or over:
        stages = ("begun", "landed" if s.landing else "left")
    elif s.pull and s.claim is None and tracker.reviews:
        # A draft that only shows that work has begun is nothing to review.
        stages = ("begun", "review")
    yield from (stage for stage in stages if stage not in s.issue_told)
