"""A hunt while it runs: a page that is drawn in place on a terminal, or one line per change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from agent_orchestrator.cli.render.grid import Column, grid
from agent_orchestrator.cli.render.lines import Line, Lines, Span, line, wrap
from agent_orchestrator.cli.render.words import count, detail_of, duration, is_over, short

if TYPE_CHECKING:
    from agent_orchestrator.protocol.types import HuntRow, LandingRow, SessionRow

_SESSIONS = (Column("SESSION", "start"), Column("WHAT", "start"), Column("STATE"), Column("DETAIL", "end"))
_LANDINGS = (Column(""), Column(""), Column("", "start"), Column("", "end"))
#: Landings that the live page shows below the sessions.
_LAST = 5
_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


def live_page(hunt: HuntRow, now: float, width: int, height: int) -> Lines:
    """The hunt on one screen of ``width`` × ``height``: head line, sessions at work first, then the last landings."""
    head = [*_head(hunt, now, width), ()]
    landings = _landings(hunt.landings, width)
    # One line each for the table's head, for the count of rows left out, and for the cursor.
    room = max(height - len(head) - len(landings) - 3, 1)
    ordered = sorted(hunt.sessions, key=lambda session: (is_over(session), -session.last_activity))
    shown = ordered[:room]
    lines: list[Line] = [*head, *grid(_SESSIONS, [_row(session) for session in shown], width)]
    if len(ordered) > room:
        lines.append(line((f"… and {count(len(ordered) - room, 'more session')} (`ao list`)", "dim")))
    return (*lines, *landings)


def _head(hunt: HuntRow, now: float, width: int | None) -> Lines:
    spinner = _SPINNER[int(now * 8) % len(_SPINNER)]
    landed = [count(len(hunt.landings), "landing")] if hunt.landings else []
    text = " · ".join([hunt.phase or "starting", red(hunt), *landed, duration(max(now - hunt.started_at, 0))])
    return wrap(text, width, first=((f"{spinner} {hunt.project}  ", "strong"),), indent="  ")


def red(hunt: HuntRow) -> str:
    """``red 14 → 6``, as far as it is known."""
    if hunt.red_at_start is None:
        return "red not known yet"
    return f"red {hunt.red_at_start} → {'unknown' if hunt.red_now is None else hunt.red_now}"


def what(session: SessionRow) -> str:
    """What a session works on: its one item, or its title."""
    return session.items[0] if len(session.items) == 1 else session.title


def _row(session: SessionRow) -> tuple[Span | str, ...]:
    return (session.name, "strong"), what(session), session.state, detail_of(session)


def _landings(landings: Sequence[LandingRow], width: int | None) -> Lines:
    if not landings:
        return ()
    newest = sorted(landings, key=lambda landing: landing.at, reverse=True)[:_LAST]
    rows: list[tuple[Span | str, ...]] = [
        (("✓ landed", "good"), (short(landing.commit), "good"), landing.session, (landing.title, "dim"))
        for landing in newest
    ]
    return ((), *grid(_LANDINGS, rows, width))


def changes(before: HuntRow | None, after: HuntRow) -> tuple[str, ...]:
    """One plain line for each thing that differs between two states of a hunt; equal states give none."""
    lines: list[str] = []
    known = {} if before is None else {session.id: session for session in before.sessions}
    landed = set() if before is None else {landing.id for landing in before.landings}
    if after.phase and not after.ended_at and (before is None or before.phase != after.phase):
        lines.append(f"{after.project}: {after.phase}")
    for session in after.sessions:
        old = known.get(session.id)
        if old is None:
            lines.append(f"{session.id}: {session.detail or session.state}: {what(session)} ({session.agent})")
        elif (old.detail, old.attempt) != (session.detail, session.attempt):
            again = f" (attempt {session.attempt})" if session.attempt > 1 and old.attempt != session.attempt else ""
            lines.append(f"{session.id}: {session.detail or session.state}{again}")
    lines += [
        f"landed {short(landing.commit)} {landing.session}: {landing.title}"
        for landing in after.landings
        if landing.id not in landed
    ]
    was = None if before is None else (before.red_at_start, before.red_now)
    if after.red_at_start is not None and was != (after.red_at_start, after.red_now):
        lines.append(red(after))
    old_problems = () if before is None else before.problems
    lines += [f"problem: {problem}" for problem in after.problems if problem not in old_problems]
    return tuple(lines)
