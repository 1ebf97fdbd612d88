"""The lines of what a tool printed, clean and of a bounded length."""

from __future__ import annotations

from agent_orchestrator.formats.inputs import Inputs
from agent_orchestrator.formats.text import clean, decode

#: Characters of a line that are read: no place of a problem stands behind them, and patterns backtrack in the length
#: of a line.
LINE_CAP = 2000
# A compiler's JSON has all that it says of one file in one line.
_JSON_CAP = 4 * 1024 * 1024


def lines_of(data: bytes) -> list[str]:
    """``data`` as cleaned lines, each cut to :data:`LINE_CAP` characters unless it begins as JSON does."""
    lines = clean(decode(data)).split("\n")
    return [line[: _JSON_CAP if line.startswith(("{", "[{")) else LINE_CAP] for line in lines]


def printed(inputs: Inputs) -> list[str]:
    """The lines of the report file, else of the output."""
    return lines_of(inputs.report if inputs.report is not None else inputs.output)


def whole(text: str) -> int:
    """The number that ``text`` spells, if it has at most nine decimal digits, else 0."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
