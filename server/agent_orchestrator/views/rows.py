"""Sessions, failures, landings, queue and projects as rows."""

from __future__ import annotations

import time

from attrs import evolve

from agent_orchestrator.engine import derive
from agent_orchestrator.engine.state import Failure, Landing, Project, Session, State
from agent_orchestrator.model.evidence import Item
from agent_orchestrator.model.report import Finding
from agent_orchestrator.model.rule import describe
from agent_orchestrator.model.usage import total
from agent_orchestrator.protocol import types as t
from agent_orchestrator.views.pulls import review_state
from agent_orchestrator.views.talking import ask_rows, doing, turn_state

NEEDS_YOU, AT_WORK, QUEUED, RESTS, OVER = "Needs you", "At work", "Landing queue", "At rest", "Over"
#: What sessions are grouped by, in the order in which a person reads them.
GROUPS = (NEEDS_YOU, AT_WORK, QUEUED, RESTS, OVER)


def session_row(state: State, s: Session) -> t.SessionRow:
    """One session."""
    kind, detail = session_state(state, s)
    landing = state.landings.get(s.landing)
    used = total(turn.usage for turn in s.turns)
    return t.SessionRow(
        id=s.id,
        project=s.project,
        name=s.name,
        title=s.title,
        agent=s.agent,
        runtime=s.runtime,
        state=kind,
        detail=detail,
        group=group_of(state, s),
        current_task=s.title,
        branch=s.branch,
        workspace_path=s.path if s.workspace == "ready" else "",
        base=s.base,
        head=s.head,
        attempt=len(s.turns),
        hunt=s.hunt,
        items=tuple(describe(item) for item in s.items),
        landing=s.landing,
        landed_commit=landing.commit if landing else "",
        held=s.held if s.is_held else (),
        notices=s.notices,
        messages_waiting=sum(1 for m in s.messages if not (m.accepted_at or m.lost)),
        summary=s.turn.summary if s.turn else "",
        error=s.turn.error if s.turn else "",
        model=used.model,
        input_tokens=used.input_tokens,
        output_tokens=used.output_tokens,
        cost=used.cost,
        context=used.context,
        bypass=s.bypass,
        doing=doing(s),
        asks=ask_rows(s),
        running=s.running,
        quiet=s.quiet,
        outside=tuple(file.path for file in s.outside),
        created_at=s.created_at,
        last_activity=s.last_activity,
        issue=s.issue,
    )


def session_state(state: State, s: Session) -> tuple[str, str]:
    """(``idle``, ``working``, ``waiting`` or ``error``; what exactly), derived from the session's facts."""
    if s.landing:
        return "idle", "landed"
    if s.unneeded:
        return "idle", "already fixed"
    if s.stopping:
        return "idle", "stopped"
    if s.left:
        return "error", s.left if s.left.startswith("worktree gone") else f"left: {s.left}"
    if s.is_held:
        return "waiting", f"held: {s.held[0]}"
    if s.waits or s.lacks:
        return "waiting", f"waits: {s.waits or s.lacks}"
    if s.running and not _is_landing(state, s) and not s.queued_at:
        return turn_state(s)
    if review := review_state(state, s):
        return review
    if work := _work(state, s):
        return "working", work
    return "idle", "not finished" if s.head and s.unfinished else "idle"


def group_of(state: State, s: Session) -> str:
    """The group that a session belongs to."""
    kind, _ = session_state(state, s)
    if s.landing or s.unneeded or s.stopping:
        return OVER
    if kind in ("waiting", "error"):
        return NEEDS_YOU
    if s.queued_at:
        return QUEUED
    return AT_WORK if kind == "working" else RESTS


def _is_landing(state: State, s: Session) -> bool:
    pending = derive.pending_landing(state, s.project)
    return pending is not None and pending.session == s.id


def _work(state: State, s: Session) -> str:
    if _is_landing(state, s):
        return "landing"
    if s.queued_at:
        return "queued"
    if s.agent in state.limits and (s.again or not s.turns):
        limit = state.limits[s.agent]
        clock = time.strftime("%H:%M", time.localtime(limit.until))
        return f"rate-limited until {clock}" + (", then `ao resume`" if limit.asks else "")
    if not s.workspace and s.has_agent:
        return "preparing"
    if s.again or s.begins:
        return "starting"
    return "proving" if s.head and not s.unfinished else ""


def failure_row(state: State, f: Failure) -> t.FailureRow:
    """One failure of a target, at the lines that it had there."""
    return with_owner(state, found_row(f.project, f.item.check, f.finding), f)


def found_row(project: str, check: str, finding: Finding, at: float = 0.0, *, only: bool = False) -> t.FailureRow:
    """What a check found at ``at`` that nobody knows of yet; ``only``: it is red in the checkout alone."""
    return t.FailureRow(
        id=finding.signature,
        project=project,
        check=check,
        key=finding.key,
        kind=finding.kind._value_,
        rule=finding.rule,
        path=finding.path or Item(check, finding.key).path,
        line=finding.line,
        column=finding.column,
        end_line=finding.end_line,
        end_column=finding.end_column,
        message=finding.message,
        state="open",
        checkout_only=only,
        frames=tuple(t.FrameRow(path=f.path, line=f.line, name=f.function) for f in finding.frames),
        url=finding.url,
        seen_at=at,
    )


def with_owner(state: State, row: t.FailureRow, f: Failure) -> t.FailureRow:
    """A row with what is known of its failure: who has it, and what became of it."""
    session, landing = state.sessions.get(f.session), state.landings.get(f.landing)
    return evolve(
        row,
        state=failure_state(state, f),
        reason=f.reason,
        session=f.session,
        owner=session_state(state, session)[1] if session else "",
        landing=f.landing,
        commit=landing.commit if landing else "",
        reopened=f.reopened,
    )


def failure_state(state: State, f: Failure) -> str:
    """``open``, ``claimed``, ``fixed``, ``already fixed``, ``flaky``, ``muted`` or ``left``."""
    if f.settled:
        return "already fixed" if f.settled == "gone" else f.settled
    session = state.sessions.get(f.session)
    return "claimed" if session and not session.closed else "open"


def landing_row(state: State, landing: Landing) -> t.LandingRow:
    """One landing that happened."""
    session = state.sessions.get(landing.session)
    return t.LandingRow(
        id=landing.id,
        project=landing.project,
        session=landing.session,
        title=session.title if session else "",
        commit=landing.commit,
        base=landing.base,
        target=landing.target,
        at=landing.landed_at,
        fixed=tuple(describe(item) for item in landing.fixed),
        undoes=landing.undoes,
        allowed_by=landing.allowed_by,
    )


def landings_of(state: State, project: str) -> list[Landing]:
    """The project's landings, oldest first."""
    return [x for x in state.landings.values() if x.project == project and x.landed_at]


def queue_rows(state: State, project: str) -> tuple[t.QueueRow, ...]:
    """The landing queue of a project."""
    return tuple(
        t.QueueRow(
            position=position,
            session=s.id,
            project=project,
            title=s.title,
            state=f"waits: {s.waits}" if s.waits else ("ready" if s.link else "next" if position == 1 else "queued"),
            base=s.link.base if s.link else s.base,
            commit=s.link.commit if s.link else "",
        )
        for position, s in enumerate(derive.queue(state, project), 1)
    )


def project_row(state: State, p: Project) -> t.ProjectRow:
    """One project."""
    return t.ProjectRow(
        id=p.id,
        name=p.settings.name,
        path=p.settings.path,
        target=p.settings.target,
        trusted=p.trusted == p.settings.trust,
        paused=p.paused,
        checks=p.settings.checks,
        problem=p.problem,
        sessions=sum(1 for _ in derive.open_sessions(state, p.id)),
        repo=p.settings.repo,
        checkout=p.checkout or p.settings.checkout,
        open_failures=sum(1 for f in derive.failures_of(state, p.id) if not f.settled),
    )


def find_session(state: State, text: str, project: str = "") -> Session | str:
    """The session that a person means: by id, ``<prefix>-<name>``, name, or unambiguous beginning. A sentence: none."""
    among = [s for s in state.sessions.values() if not project or s.project == project]
    names = {s.id: _names(state, s) for s in among}
    exact = [s for s in among if text in names[s.id]]
    found = exact or [s for s in among if any(name.startswith(text) for name in names[s.id])]
    live = [s for s in found if not s.closed] or found
    if len(live) == 1:
        return live[0]
    if not live:
        return f"there is no session {text!r}; `ao list` shows them"
    return f"{text!r} may mean {', '.join(s.id for s in live[:5])}; say more of it"


def _names(state: State, s: Session) -> tuple[str, ...]:
    project = state.projects.get(s.project)
    prefix = project.settings.prefix if project else s.project
    return (s.id, f"{prefix}-{s.name}", s.name)
