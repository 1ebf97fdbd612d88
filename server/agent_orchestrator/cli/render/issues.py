"""The issues that wait, and who works on which."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from agent_orchestrator.cli.render.grid import Column, grid
from agent_orchestrator.cli.render.lines import Line, Lines, Span, Style, line, wrap

if TYPE_CHECKING:
    from agent_orchestrator.protocol.types import Issues

_COLUMNS = (
    Column("ISSUE"),
    Column("STATE"),
    Column("SESSION", "start"),
    Column("DETAIL", "end"),
    Column("BY", "end"),
    Column("TITLE", "end"),
)
_STYLES: Mapping[str, Style] = {"held": "warn", "failed": "bad", "worked on": "good"}


def issues_page(answer: Issues, width: int | None) -> Lines:
    """A row for each issue, what could not be had, and which issues agents are given by themselves."""
    lines: list[Line] = []
    rows: list[tuple[Span | str, ...]] = [
        ((row.key, "strong"), (row.state, _STYLES.get(row.state, "")), row.session, row.detail, row.author, row.title)
        for row in answer.issues
    ]
    lines += grid(_COLUMNS, rows, width) if rows else [line(("No issue waits.", "dim"))]
    if answer.problem:
        lines += wrap(answer.problem, width, first=(("! ", "warn"),), indent="  ")
    given = f"Given to agents by themselves: those {answer.intake}." if answer.intake else ""
    lines += wrap(given or "None is given to an agent by itself: `intake` says which shall be.", width, first=())
    return tuple(lines)
