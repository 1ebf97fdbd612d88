"""Tables without borders: columns as wide as needed, cropped to the terminal's width where they may be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from agent_orchestrator.cli.render.lines import GAP, Line, Lines, Span, crop, span, width_of

#: Columns narrower than this say nothing; a grid gets wider than the terminal rather than crop below it.
LEAST = 6


class Column(NamedTuple):
    """``crop``: which part may be left out on a narrow terminal; None keeps the column whole."""

    title: str
    crop: Literal["start", "end"] | None = None


def grid(columns: Sequence[Column], rows: Sequence[Sequence[Span | str]], width: int | None, indent: str = "") -> Lines:
    """A table in at most ``width`` columns (None: as wide as it needs). Columns that are empty throughout are left out.

    With no titles at all there is no head line.
    """
    cells = [[span(cell) for cell in row] for row in rows]
    shown = [index for index in range(len(columns)) if any(row[index][0] for row in cells)]
    if not shown:
        return ()
    head: list[Line] = []
    if any(column.title for column in columns):
        head = [tuple((column.title, "dim") for column in columns)]
    table = [[row[index] for index in shown] for row in (*head, *cells)]
    kept = [columns[index] for index in shown]
    widths = [max(width_of(row[index][0]) for row in table) for index in range(len(kept))]
    if width is not None:
        widths = _narrowed(kept, widths, width - width_of(indent) - len(GAP) * (len(kept) - 1))
    return tuple(_row(row, kept, widths, indent) for row in table)


def _narrowed(columns: Sequence[Column], widths: list[int], room: int) -> list[int]:
    """Take columns from the widest that may be cropped until all fit, or none can give more."""
    widths = list(widths)
    while sum(widths) > room:
        able = [index for index, column in enumerate(columns) if column.crop and widths[index] > LEAST]
        if not able:
            break
        widest = max(able, key=lambda index: widths[index])
        widths[widest] -= 1
    return widths


def _row(cells: Sequence[Span], columns: Sequence[Column], widths: Sequence[int], indent: str) -> Line:
    spans: list[Span] = [(indent, "")] if indent else []
    last = len(cells) - 1
    for index, (text, style) in enumerate(cells):
        fitted = crop(text, widths[index], keep_end=columns[index].crop == "start")
        spans.append((fitted, style))
        if index != last:
            spans.append((" " * (widths[index] - width_of(fitted)) + GAP, ""))
    return tuple(spans)
