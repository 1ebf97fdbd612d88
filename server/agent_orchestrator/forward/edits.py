"""Changes to a document's text, as ``textDocument/didChange`` of the Language Server Protocol tells them.

A document is its lines with their ends, so that a keystroke in a large one costs what the keystroke is. The server
keeps the same documents: a position that is out of range, and a range that is reversed, must mean the same there.
"""

from __future__ import annotations

from io import StringIO

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

UTF8, UTF16, UTF32 = "utf-8", "utf-16", "utf-32"


def split(text: str) -> list[str]:
    """The lines of a text, each with its end; none for an empty text."""
    return list(StringIO(text, newline=""))


def apply(lines: list[str], change: Mapping[str, Any], encoding: str) -> None:
    """Carry out one ``TextDocumentContentChangeEvent`` in place; ``encoding`` is the negotiated position encoding.

    Raises KeyError, TypeError or ValueError for what is no such event; the lines are as before then.
    """
    new = change["text"]
    span = change.get("range")
    if span is None:
        lines[:] = split(new)
        return
    (start_line, start), (end_line, end) = sorted(_place(lines, span[side], encoding) for side in ("start", "end"))
    # With a line before and one after: a line end may be put together from, or taken apart by, what is inserted.
    first, last = max(start_line - 1, 0), end_line + 2
    head = "".join(lines[first:start_line]) + "".join(lines[start_line : start_line + 1])[:start]
    tail = "".join(lines[end_line : end_line + 1])[end:] + "".join(lines[end_line + 1 : last])
    lines[first:last] = split(head + new + tail)


def _place(lines: list[str], position: Mapping[str, Any], encoding: str) -> tuple[int, int]:
    """Line and index in it, in characters, of a position."""
    line, character = position["line"], position["character"]
    if line < 0 or character < 0:
        raise ValueError(f"there is no position {line}:{character}")
    if line >= len(lines):
        return (len(lines) - 1, len(lines[-1])) if lines else (0, 0)
    return line, _index(lines[line].rstrip("\r\n"), character, encoding)


def _index(line: str, units: int, encoding: str) -> int:
    """The index of the first character that begins at or behind that many code units; the line's length if none does.

    ``line`` is without its end.
    """
    if encoding == UTF32 or line.isascii():
        return min(units, len(line))
    width = _WIDTHS.get(encoding, _utf16)
    passed = 0
    for index, character in enumerate(line):
        if passed >= units:
            return index
        passed += width(character)
    return len(line)


def _utf8(character: str) -> int:
    point = ord(character)
    return 1 if point < 0x80 else 2 if point < 0x800 else 3 if point < 0x10000 else 4


def _utf16(character: str) -> int:
    return 2 if ord(character) > 0xFFFF else 1


_WIDTHS: Mapping[str, Callable[[str], int]] = {UTF8: _utf8, UTF16: _utf16}
