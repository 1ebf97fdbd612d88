"""What is red, as a person sees it: the checkout as it lies where it was checked, else the target."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from agent_orchestrator.engine import derive
from agent_orchestrator.engine.state import Failure, Project, State
from agent_orchestrator.model.evidence import Item
from agent_orchestrator.model.report import Finding
from agent_orchestrator.protocol import types as t
from agent_orchestrator.views.checkouts import Seen
from agent_orchestrator.views.rows import failure_state, session_state

#: States of failures that are over.
_OVER = ("fixed", "already fixed")


def failures_shown(state: State, project: Project, seen: Iterable[Seen]) -> tuple[t.FailureRow, ...]:
    """Every failure of a project that is to be shown, by file and line.

    Where a check was run in the checkout, its findings count: the user has that code before them. Else the target's
    failures do, at the lines that they had there.
    """
    checked = {s.result.check: s for s in seen}
    rows = [row for s in checked.values() for row in in_checkout(state, project, s)]
    rows += [
        _row(state, project, f.item, f.finding, f)
        for f in derive.failures_of(state, project.id)
        if f.item.check not in checked and failure_state(state, f) not in _OVER
    ]
    return tuple(sorted(rows, key=lambda r: (r.path, r.line, r.check, r.key)))


def in_checkout(state: State, project: Project, seen: Seen) -> Iterator[t.FailureRow]:
    """What one check said of the checkout, but for what landed there since."""
    # Before the target was proven nobody knows what is red only here.
    proven = derive.target_evidence(state, project) is not None
    for finding in seen.result.findings:
        known = state.failures.get(finding.signature)
        if not (known and _landed_since(state, project, known, seen.at)):
            only = proven and (known is None or known.settled in ("fixed", "gone"))
            yield _row(state, project, Item(seen.result.check, finding.key), finding, known, at=seen.at, only=only)


def _landed_since(state: State, project: Project, failure: Failure, at: float) -> bool:
    """Was it fixed in the very branch that is checked out, after the check had looked?"""
    landing = state.landings.get(failure.landing)
    return bool(
        failure.settled == "fixed" and landing and landing.target == project.settings.target and landing.landed_at >= at
    )


def _row(
    state: State,
    project: Project,
    item: Item,
    finding: Finding,
    known: Failure | None,
    *,
    at: float = 0.0,
    only: bool = False,
) -> t.FailureRow:
    session = state.sessions.get(known.session) if known else None
    landing = state.landings.get(known.landing) if known else None
    return t.FailureRow(
        id=finding.signature,
        project=project.id,
        check=item.check,
        key=finding.key,
        kind=finding.kind.value,
        rule=finding.rule,
        path=finding.path or item.path,
        line=finding.line,
        column=finding.column,
        end_line=finding.end_line,
        end_column=finding.end_column,
        message=finding.message,
        state=failure_state(state, known) if known else "open",
        reason=known.reason if known else "",
        session=session.id if session else "",
        owner=session_state(state, session)[1] if session else "",
        landing=landing.id if landing else "",
        commit=landing.commit if landing else "",
        reopened=known.reopened if known else 0,
        checkout_only=only,
        frames=tuple(t.FrameRow(path=f.path, line=f.line, name=f.function) for f in finding.frames),
        url=finding.url,
        seen_at=at,
    )
