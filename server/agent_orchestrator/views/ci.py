"""What the CI of followed pull requests says, as rows at the lines of the checkout."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence

from attrs import evolve, frozen

from agent_orchestrator.engine import derive
from agent_orchestrator.engine.state import State
from agent_orchestrator.model.external import text
from agent_orchestrator.model.placing import Placement
from agent_orchestrator.model.pull import CheckState, CiCheck, Pull
from agent_orchestrator.model.report import Finding
from agent_orchestrator.model.watched import CiRed, Watched, ended_reds
from agent_orchestrator.protocol import types as t
from agent_orchestrator.protocol.lsp import CI_SOURCE
from agent_orchestrator.views.placements import Placements
from agent_orchestrator.views.pulls import ci_check
from agent_orchestrator.views.rows import found_row, session_state

#: What a person, or chance, said of a failure counts wherever it is seen.
_KNOWN = ("muted", "flaky")


@frozen
class _Red:
    """One finding (None: a job that failed without one), and the jobs in which it was."""

    finding: Finding | None
    reds: list[CiRed]


def ci_failures(state: State, project: str, placements: Placements) -> Iterator[t.FailureRow]:
    """What CI says of the open pull requests, those of the person's own branch first; a finding is one row for each."""
    followed = sorted(derive.pulls_of(state, project), key=lambda w: not w.mine)
    for watched in followed:
        # What would be shown as old for a moment, until its lines are known, is not shown before.
        if watched.pull and watched.open and watched.reds and not (placement := placements.of(watched)).waits:
            yield from _of_pull(state, watched, watched.pull, placement)


def with_ci(rows: Iterable[t.FailureRow], seen: Iterable[t.FailureRow]) -> list[t.FailureRow]:
    """Rows of what is red here, and those of what CI says: what both say is the row from here."""
    ci: dict[str, list[t.FailureRow]] = {}
    for row in seen:
        ci.setdefault(row.id, []).append(row)
    if not ci:
        return list(rows)
    here = [_seen_by(row, ci[row.id]) if row.id in ci else row for row in rows]
    known = {row.id for row in here}
    return [*here, *(row for id, found in ci.items() if id not in known for row in found)]


def is_of_ci(check: str) -> bool:
    """Is it the check of a row of what CI says?"""
    return check.startswith(CI_SOURCE)


def ci_findings(watched: Watched) -> Iterator[tuple[str, Finding]]:
    """Everything that CI found at a pull request, each with the name of its check."""
    for red in watched.reds:
        for found in red.findings:
            yield ci_check(red.check), found.finding


def _seen_by(row: t.FailureRow, ci: Sequence[t.FailureRow]) -> t.FailureRow:
    first = ci[0]
    also = tuple(dict.fromkeys(f"{each.check} of #{each.number}" for each in ci))
    return evolve(row, also=also, pull=first.pull, number=first.number, job=first.job)


def _of_pull(state: State, watched: Watched, pull: Pull, placement: Placement) -> Iterator[t.FailureRow]:
    session = state.sessions.get(watched.session)
    owner = session if session and not session.closed else None
    # Of findings there can be thousands, of jobs a few.
    said: dict[tuple[int, ...], tuple[str, tuple[str, ...]]] = {}
    for found in _grouped(watched, pull):
        jobs = tuple(id(red) for red in found.reds)
        if jobs not in said:
            said[jobs] = ci_check(*(red.check for red in found.reds)), tuple(_reasons(watched, pull, found.reds))
        check, reasons = said[jobs]
        first = found.reds[0].check
        row = _row(watched, found, check, placement)
        known = state.failures.get(row.id)
        settled = known.settled if known and known.settled in _KNOWN else ""
        flaky = all(red.check.key in watched.flaky for red in found.reds)
        yield evolve(
            row,
            state=settled or ("flaky" if flaky else "open"),
            reason="; ".join((*((known.reason,) if settled and known and known.reason else ()), *reasons)),
            session=owner.id if owner else "",
            owner=session_state(state, owner)[1] if owner else "",
            pull=watched.key,
            number=pull.number,
            job=first.key,
            url=text.link(first.url),
        )


def _row(watched: Watched, found: _Red, check: str, placement: Placement) -> t.FailureRow:
    if found.finding is None:
        name = check.removeprefix(CI_SOURCE)
        missing = "".join(f"; {text.title(each)}" for each in found.reds[0].missing)
        top = hashlib.sha256(f"{watched.key}\0{found.reds[0].check.key}".encode()).hexdigest()[:12]
        return t.FailureRow(
            id=f"ci-{top}",
            project=watched.project,
            check=check,
            key=name,
            kind="job",
            rule="",
            path="",
            line=0,
            message=f"{name} failed{missing}",
            state="open",
        )
    row = found_row(watched.project, check, found.finding)
    if not found.finding.path and row.path not in placement.files:
        # Its key may name a file, and may not.
        row = evolve(row, path="", line=0)
    place = placement.of(row.path, row.line)
    end = placement.of(row.path, row.end_line) if row.end_line else place
    frames = ((placement.of(frame.path, frame.line), frame.name) for frame in row.frames)
    return evolve(
        row,
        path=place.path,
        line=place.line,
        end_line=0 if end.stale else end.line if row.end_line else 0,
        stale=place.stale,
        seen_at=place.seen_at,
        # A link to a line that is not there any more leads to another one.
        frames=tuple(t.FrameRow(path=at.path, line=at.line, name=name) for at, name in frames if not at.stale),
    )


def _grouped(watched: Watched, pull: Pull) -> Iterator[_Red]:
    """The findings, those of several jobs together; and the jobs that failed without any."""
    groups: dict[tuple[object, ...], _Red] = {}
    now = {check.key: check for check in pull.checks}
    for red in watched.reds:
        if not _counts(watched, now.get(red.check.key)):
            continue
        for found in (each.finding for each in red.findings):
            key = (found.signature, found.path, found.line, found.column, red.check.workflow)
            group = groups.setdefault(key, _Red(found, []))
            if all(red is not other for other in group.reds):
                group.reds.append(red)
        if not red.findings:
            groups[(red.check.key,)] = _Red(None, [red])
    yield from groups.values()


def _counts(watched: Watched, check: CiCheck | None) -> bool:
    """Is what was read of a check still so? Until it passes it is; what passed when it was run again is flaky."""
    if check is None:
        return False
    return check.state in (CheckState.FAILED, CheckState.PENDING) or check.key in watched.flaky


def _reasons(watched: Watched, pull: Pull, reds: Sequence[CiRed]) -> Iterator[str]:
    keys = {red.check.key for red in reds}
    states: Mapping[str, CheckState] = {check.key: check.state for check in pull.checks}
    if watched.base_of == pull.base_head and keys <= set(watched.base_failed):
        yield f"fails on {text.title(pull.base)} too"
    if keys & set(watched.flaky):
        yield "failed, and passed when it was run again"
    elif any(states.get(key) is CheckState.PENDING for key in keys):
        yield "runs again"
    elif not keys <= {check.key for check in ended_reds(pull)}:
        yield "its run has not ended"
    if pull.stale:
        yield "as it was last seen"
