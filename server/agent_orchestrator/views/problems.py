"""What is red, as a person sees it: the checkout as it lies where it was checked, else the target."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from agent_orchestrator.engine import derive
from agent_orchestrator.engine.state import Failure, Project, State
from agent_orchestrator.protocol import types as t
from agent_orchestrator.views.checkouts import Seen
from agent_orchestrator.views.ci import ci_failures, is_of_ci, with_ci
from agent_orchestrator.views.placements import Placements
from agent_orchestrator.views.rows import failure_row, failure_state, found_row, with_owner

#: States of failures that are over.
_OVER = ("fixed", "already fixed")


def failures_shown(
    state: State, project: Project, seen: Iterable[Seen], placements: Placements
) -> tuple[t.FailureRow, ...]:
    """Every failure of a project that is to be shown, by file and line.

    Where a check was run in the checkout, its findings count: the user has that code before them. Else the target's
    failures do, at the lines that they had there. What only CI sees is shown where its lines are now.
    """
    checked = {s.result.check: s for s in seen}
    rows = [row for s in checked.values() for row in in_checkout(state, project, s)]
    rows += [
        failure_row(state, f)
        for f in derive.failures_of(state, project.id)
        if f.item.check not in checked and not is_of_ci(f.item.check) and failure_state(state, f) not in _OVER
    ]
    rows = with_ci(rows, ci_failures(state, project.id, placements))
    return tuple(sorted(rows, key=lambda r: (r.path, r.line, r.check, r.key)))


def in_checkout(state: State, project: Project, seen: Seen) -> Iterator[t.FailureRow]:
    """What one check said of the checkout, but for what landed there since."""
    # Before the target was proven nobody knows what is red only here.
    proven = derive.target_evidence(state, project) is not None
    for finding in seen.result.findings:
        known = state.failures.get(finding.signature)
        if known is None:
            # Of these there can be thousands.
            yield found_row(project.id, seen.result.check, finding, seen.at_of(finding), only=proven)
        elif not _landed_since(state, project, known, seen.at_of(finding)):
            only = proven and known.settled in ("fixed", "gone")
            row = found_row(project.id, seen.result.check, finding, seen.at_of(finding), only=only)
            yield with_owner(state, row, known)


def _landed_since(state: State, project: Project, failure: Failure, at: float) -> bool:
    """Was it fixed in the very branch that is checked out, after the check had looked?"""
    landing = state.landings.get(failure.landing)
    return bool(
        failure.settled == "fixed" and landing and landing.target == project.settings.target and landing.landed_at >= at
    )
