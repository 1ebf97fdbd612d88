"""Issues as rows: what waits, what waits for a person, and who works on which."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from agent_orchestrator.engine.due import TakeIssue, given_up
from agent_orchestrator.engine.state import Project, Session, State
from agent_orchestrator.model.tracked import Intake, Noted
from agent_orchestrator.protocol import types as t
from agent_orchestrator.views.rows import session_state


def issue_rows(state: State, project: Project, waiting: Iterable[Noted]) -> tuple[t.IssueRow, ...]:
    """The issues that wait, in their order, then those that sessions work on and that wait for nobody any more."""
    return tuple(_rows(state, project, tuple(waiting)))


def _rows(state: State, project: Project, waiting: tuple[Noted, ...]) -> Iterator[t.IssueRow]:
    # Of two sessions of one issue the later counts.
    mine = {s.issue: s for s in state.sessions.values() if s.project == project.id and s.issue}
    for issue in waiting:
        session = mine.pop(issue.key, None)
        kind, detail = _of_session(state, session) if session else _unbegun(state, project, issue)
        yield t.IssueRow(
            key=issue.key,
            project=project.id,
            title=issue.title,
            state=kind,
            detail=detail,
            url=issue.url,
            author=issue.author,
            labels=issue.labels,
            session=session.id if session else "",
        )
    for key, s in mine.items():
        if not s.closed:
            kind, detail = _of_session(state, s)
            title = s.title.removeprefix(f"{key}: ")
            yield t.IssueRow(key=key, project=project.id, title=title, state=kind, detail=detail, session=s.id)


def _of_session(state: State, s: Session) -> tuple[str, str]:
    return "over" if s.closed else "worked on", session_state(state, s)[1]


def _unbegun(state: State, project: Project, issue: Noted) -> tuple[str, str]:
    begins = f"`ao new --issue {issue.key}` begins it"
    intake = project.settings.intake
    if issue.held:
        return "held", f"@{issue.author} may not push: {begins}"
    if issue.claimed:
        return "claimed", f"somebody else is at it: {begins} all the same"
    if intake is None or issue.key in project.taken:
        return "waits", begins
    key = TakeIssue(project.id, issue.key).key
    if given_up(state, key):
        message = state.problems[key].message
        # What kind of exception it was is for the log.
        return "failed", f"{message.partition(': ')[2] or message}; {begins}"
    if not project.active:
        return "waits", project.problem or "the project is paused: `ao resume` goes on"
    return "waits", "for its turn"


def intake_words(intake: Intake | None) -> str:
    """Which issues agents are given by themselves."""
    if intake is None:
        return ""
    which = [f"with the label {intake.label}"] * bool(intake.label)
    which += [f"of {intake.assignee}"] * bool(intake.assignee)
    return f"{' and '.join(which)}, {intake.most} at one time"
