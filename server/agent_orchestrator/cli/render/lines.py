"""Lines of styled text, laid out here so that a pipe, a terminal and a test see the same words in the same places."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Literal, TypeAlias

from agent_orchestrator.model.text import sanitize

Style: TypeAlias = Literal["", "good", "bad", "warn", "busy", "dim", "strong", "head"]
#: A piece of a line, and its meaning. Colours follow from meanings in one place, :mod:`.paint`.
Span: TypeAlias = tuple[str, Style]
Line: TypeAlias = tuple[Span, ...]
Lines: TypeAlias = tuple[Line, ...]

ELLIPSIS = "…"
GAP = "  "


def line(*spans: Span | str) -> Line:
    """One line; a bare string has no style. Control characters and line ends in it are taken out."""
    return tuple(span(part) for part in spans)


def span(part: Span | str) -> Span:
    """A piece of a line, safe to print; a bare string has no style."""
    if isinstance(part, str):
        return one_line_of(part), ""
    return one_line_of(part[0]), part[1]


def one_line_of(text: str) -> str:
    """``text`` without control characters on one line; spaces around it, which lay a line out, are kept."""
    if text.isascii() and text.isprintable():
        return text
    lead = text[: len(text) - len(text.lstrip(" "))]
    tail = text[len(text.rstrip(" ")) :] if text.strip() else ""
    return lead + " ".join(sanitize(text).split()) + tail


def plain(lines: Iterable[Line]) -> str:
    """The text alone, each line ended; no spaces at line ends."""
    return "".join("".join(text for text, _ in spans).rstrip() + "\n" for spans in lines)


def width_of(text: str) -> int:
    """Columns that a terminal gives to ``text``: wide East Asian characters take two, combining ones none (UAX #11)."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )


def crop(text: str, width: int, *, keep_end: bool = False) -> str:
    """``text`` in at most ``width`` columns. ``keep_end`` cuts at the front, as a test's name stands at its end."""
    if width_of(text) <= width:
        return text
    if width <= 1:
        return ELLIPSIS[:width]
    kept, used = [], 1
    for char in reversed(text) if keep_end else text:
        used += width_of(char)
        if used > width:
            break
        kept.append(char)
    return ELLIPSIS + "".join(reversed(kept)) if keep_end else "".join(kept) + ELLIPSIS


def wrap(text: str, width: int | None, *, first: Sequence[Span] = (), indent: str = "", style: Style = "") -> Lines:
    """``text`` in lines of at most ``width`` columns (None: one line), ``first`` in front, ``indent`` on the others.

    Breaks at spaces; a word that is longer than a line is cut, never left out.
    """
    lead = line(*first)
    text = one_line_of(text)
    if width is None:
        return ((*lead, (text, style)),)
    room_first = width - sum(width_of(part) for part, _ in lead)
    room = max(width - width_of(indent), 8)
    rows: list[str] = [""]
    for word in text.split(" "):
        available = room_first if len(rows) == 1 else room
        joined = f"{rows[-1]} {word}" if rows[-1] else word
        if width_of(joined) <= available:
            rows[-1] = joined
            continue
        if rows[-1] or available < min(width_of(word), room):
            rows.append("")
            available = room
        while width_of(word) > available:
            head = crop(word, available + 1)[:-1] or word[0]
            rows[-1], word, available = head, word[len(head) :], room
            rows.append("")
        rows[-1] = word
    return ((*lead, (rows[0], style)), *(((indent, ""), (row, style)) for row in rows[1:]))


def noticed(notices: Sequence[str], width: int | None) -> Lines:
    """What a person must act on, before anything else."""
    return tuple(row for notice in notices for row in wrap(notice, width, first=(("! ", "warn"),), indent="  "))
