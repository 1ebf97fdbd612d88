"""The landing queue and the last landings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent_orchestrator.cli.render.grid import Column, grid
from agent_orchestrator.cli.render.lines import Line, Lines, Span, line
from agent_orchestrator.cli.render.words import ago, mark, short

if TYPE_CHECKING:
    from agent_orchestrator.protocol.types import LandingRow, Queue

_ENTRIES = (Column("#"), Column("SESSION", "start"), Column("STATE", "end"), Column("TITLE", "end"), Column("COMMIT"))
_LANDINGS = (Column("LANDING"), Column("COMMIT"), Column("SESSION", "start"), Column("TITLE", "end"), Column("WHEN"))


def queue_page(queue: Queue, now: float, width: int | None) -> Lines:
    """What waits to land, then what landed, newest first."""
    lines: list[Line] = []
    if queue.entries:
        rows: list[tuple[Span | str, ...]] = []
        for entry in queue.entries:
            symbol, style = mark(entry.state)
            state: Span = (f"{symbol} {entry.state}", style)
            rows.append((str(entry.position), (entry.session, "strong"), state, entry.title, short(entry.commit)))
        lines += grid(_ENTRIES, rows, width)
    else:
        lines.append(line(("Nothing waits to land.", "dim")))
    if queue.landings:
        lines += [(), line(("Landed", "head"))]
        newest = sorted(queue.landings, key=lambda landing: landing.at, reverse=True)
        lines += grid(
            _LANDINGS,
            [(x.id, (short(x.commit), "good"), x.session, landing_title(x), (ago(x.at, now), "dim")) for x in newest],
            width,
        )
    return tuple(lines)


def landing_title(landing: LandingRow) -> str:
    """The title, with what is special about the landing in front."""
    undone = f"undo of {landing.undoes}: " if landing.undoes else ""
    allowed = f" (allowed by {landing.allowed_by})" if landing.allowed_by else ""
    return f"{undone}{landing.title}{allowed}"
