"""An open document: its text, and the edits that the editor makes.

pygls has a class for this. It also ends lines at form feeds and Unicode separators, where the specification and every
editor do not, so that edits below one go elsewhere; it drops edits whose range is reversed, and puts what is typed past
the end of the last line before that line's last character.
"""

from __future__ import annotations

from bisect import bisect_right

from attrs import define, field
from lsprotocol.types import Position, TextDocumentContentChangeEvent, TextDocumentContentChangePartial
from pygls.workspace import PositionCodec

from agent_orchestrator.model.trace import LINE_END, lines_of


@define
class Document:
    """A text and its lines."""

    text: str
    lines: list[str] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.lines = lines_of(self.text)

    def change(self, change: TextDocumentContentChangeEvent, codec: PositionCodec) -> tuple[int, int]:
        """Make an edit; the first and the last line that it touched, as they were counted before."""
        if not isinstance(change, TextDocumentContentChangePartial):
            touched = (0, len(self.lines) - 1)
            self.text, self.lines = change.text, lines_of(change.text)
            return touched
        starts = [0, *(end.end() for end in LINE_END.finditer(self.text))]
        ends = (change.range.start, change.range.end)
        start, end = sorted(self._offset(position, starts, codec) for position in ends)
        self.text = self.text[:start] + change.text + self.text[end:]
        self.lines = lines_of(self.text)
        return bisect_right(starts, start) - 1, bisect_right(starts, end) - 1

    def _offset(self, position: Position, starts: list[int], codec: PositionCodec) -> int:
        """Where a position is in the text, in code points; what is past the end of its line is at that end."""
        if position.line >= len(self.lines):
            return len(self.text)
        line = self.lines[position.line]
        return starts[position.line] + points(line, position.character, codec)


def points(line: str, units: int, codec: PositionCodec) -> int:
    """How many code points of a line take so many of the client's units."""
    if line.isascii():
        return min(units, len(line))
    taken = 0
    for index, character in enumerate(line):
        if taken >= units:
            return index
        taken += codec.client_num_units(character)
    return len(line)
