"""A hunt as a person follows it, and its report."""

from __future__ import annotations

from agent_orchestrator.engine import derive
from agent_orchestrator.engine.state import Failure, Hunt, Project, State
from agent_orchestrator.model.rule import red_items
from agent_orchestrator.protocol import types as t
from agent_orchestrator.views.forges import forge_notice
from agent_orchestrator.views.rows import failure_row, landing_row, landings_of, session_row


def hunt_row(state: State, hunt: Hunt) -> t.HuntRow:
    """The hunt with its failures, sessions and landings, as of now."""
    project = state.projects[hunt.project]
    evidence = derive.target_evidence(state, project)
    after = [i for i in red_items(evidence) if derive.wanted(hunt, i)] if evidence else None
    before = [i for i in hunt.red_at_start if derive.wanted(hunt, i)] if hunt.red_at_start is not None else None
    failures = tuple(failure_row(state, f) for f in _failures(state, hunt))
    sessions = [s for s in state.sessions.values() if s.id in hunt.sessions]
    landings = [x for x in landings_of(state, hunt.project) if x.landed_at >= hunt.started_at]
    return t.HuntRow(
        id=hunt.id,
        project=hunt.project,
        started_at=hunt.started_at,
        ended_at=hunt.ended_at,
        reason=hunt.reason,
        target=(project.target.branch if project.target else "") or project.settings.target,
        commit=project.target.commit if project.target else "",
        start_commit=hunt.start_commit,
        red_at_start=len(before) if before is not None else None,
        red_now=len(after) if after is not None else None,
        green=evidence is not None and not evidence.invalid and not after,
        failures=failures,
        sessions=tuple(session_row(state, s) for s in sessions),
        landings=tuple(landing_row(state, x) for x in landings),
        phase=phase(state, project, hunt),
        problems=(
            *([project.notice] if project.notice else []),
            *([said] if (said := forge_notice(project)) else []),
            *(p.message for p in state.problems.values() if f":{project.id}" in p.key),
            *dict.fromkeys(x.push_problem for x in landings if x.push_problem),
        ),
    )


def _failures(state: State, hunt: Hunt) -> list[Failure]:
    """What was red when the hunt began or turned up since."""
    return [
        f
        for f in derive.failures_of(state, hunt.project)
        if derive.wanted(hunt, f.item)
        and (f.opened_at >= hunt.started_at or not f.settled or f.item in (hunt.red_at_start or ()))
        and f.reason != "fails in another way now"
    ]


def phase(state: State, project: Project, hunt: Hunt) -> str:
    """What the hunt is doing, in a few words."""
    if hunt.ended_at:
        return "done"
    if project.trusted != project.settings.trust:
        return "waits for trust"
    if project.paused:
        return "paused"
    evidence = derive.target_evidence(state, project)
    if project.target is None:
        return "looking at the target"
    if evidence is None:
        return "running the checks on the target"
    sessions = list(derive.open_sessions(state, project.id))
    unsure = any(not (f.settled or f.reproduced) for f in derive.failures_of(state, project.id))
    working = sum(1 for s in sessions if derive.needs_agent(s))
    queued = len(derive.queue(state, project.id))
    parts = [
        *(["reproducing failures"] if unsure else []),
        *([f"{working} at work"] if working else []),
        *([f"{queued} in the landing queue"] if queued else []),
    ]
    return ", ".join(parts) or "deciding what is next"
