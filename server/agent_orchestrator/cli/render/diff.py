"""A unified diff, line by line."""

from __future__ import annotations

from agent_orchestrator.cli.render.lines import Lines, Style
from agent_orchestrator.model.text import sanitize

_STYLES: tuple[tuple[str, Style], ...] = (
    ("+++", "strong"),
    ("---", "strong"),
    ("diff ", "head"),
    ("@@", "dim"),
    ("+", "good"),
    ("-", "bad"),
)


def diff_page(text: str) -> Lines:
    """The diff as it is, styled by each line's first characters."""
    rows = sanitize(text).rstrip("\n").split("\n") if text.strip() else []
    return tuple(((row, _style(row)),) for row in rows)


def _style(row: str) -> Style:
    return next((style for start, style in _STYLES if row.startswith(start)), "")
