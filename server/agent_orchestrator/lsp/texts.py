"""The lines of files, in the editor where they are open and on disk where not, and positions on them."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Sequence
from pathlib import Path

from attrs import define, field, frozen
from lsprotocol.types import TextDocumentContentChangeEvent
from pygls.workspace import PositionCodec

from agent_orchestrator.lsp.document import Document, points
from agent_orchestrator.lsp.lines import Lines
from agent_orchestrator.model.trace import lines_of

#: Bytes of a file that is read to find where its lines begin and end.
_MAX_FILE = 4 * 1024 * 1024
_CACHED = 2000


@frozen
class _File:
    """A file on disk. ``stamp`` differs when the content does."""

    stamp: tuple[int, int]
    text: str
    lines: list[str]


@define
class _Open:
    """An open document. ``stamp`` is the file's on which the newest numbering of ``lines`` is based."""

    document: Document
    lines: Lines
    stamp: tuple[int, int] | None


@define
class Texts:
    """What is known of texts. Paths are absolute, links resolved."""

    codec: PositionCodec = field(factory=PositionCodec)
    _open: dict[str, _Open] = field(factory=dict)
    _disk: dict[str, _File] = field(factory=dict)

    def opened(self, path: str, text: str) -> None:
        """A document was opened: what it holds is taken to be on disk, where that says so too."""
        document = Document(text)
        file = self._read(path)
        on_disk = file.lines if file else document.lines
        lines = Lines.of(len(on_disk))
        lines.edited(0, len(on_disk) - 1, on_disk, document.lines)
        self._open[path] = _Open(document, lines, file.stamp if file else None)

    def closed(self, path: str) -> None:
        """The document was closed; what was not saved is gone."""
        self._open.pop(path, None)

    def changed(self, path: str, change: TextDocumentContentChangeEvent) -> None:
        """An edit was made. One of a document that is not open has no meaning."""
        if path not in self._open:
            return
        opened = self._open[path]
        before = opened.document.lines
        first, last = opened.document.change(change, self.codec)
        opened.lines.edited(first, last, before, opened.document.lines)
        file = self._read(path)
        if file is None or file.text != opened.document.text:
            return
        if file.stamp == opened.stamp:
            opened.lines.undone(len(file.lines))
        else:
            # Something else wrote the file, and the editor took that over: it does not tell of this as of a save.
            self.saved(path)

    def saved(self, path: str) -> None:
        """The document was written to disk."""
        if opened := self._open.get(path):
            opened.lines.saved(time.time())
            file = self._read(path)
            opened.stamp = file.stamp if file else None

    def is_open(self, path: str) -> bool:
        """Is the file open in the editor?"""
        return path in self._open

    def text(self, path: str) -> str | None:
        """The whole text of a file; None where there is none."""
        if opened := self._open.get(path):
            return opened.document.text
        file = self._read(path)
        return file.text if file else None

    def where(self, path: str, line: int, at: float) -> int | None:
        """Where a line (from 0) of the file as of ``at`` is now; None when it was edited since."""
        opened = self._open.get(path)
        return opened.lines.where(line, at) if opened else line

    def lines(self, path: str) -> Sequence[str]:
        """The lines of a file, without their ends; none where there is no file."""
        opened = self._open.get(path) or self._read(path)
        if opened is None:
            return ()
        return opened.document.lines if isinstance(opened, _Open) else opened.lines

    def line(self, path: str, line: int) -> str:
        """The text of a line, without its end; empty where there is none."""
        lines = self.lines(path)
        return lines[line] if 0 <= line < len(lines) else ""

    def span(self, path: str, line: int, column: int = 0, end_column: int = 0) -> tuple[int, int]:
        """(start, end) on a line in the client's units. Columns count code points from 1; 0: where the text begins."""
        return self.span_in(self.line(path, line), column, end_column)

    def span_in(self, text: str, column: int = 0, end_column: int = 0) -> tuple[int, int]:
        """As :meth:`span`, on the text of a line."""
        first = min(column - 1, len(text)) if column > 0 else len(text) - len(text.lstrip())
        last = min(end_column - 1, len(text)) if end_column > first + 1 else len(text.rstrip())
        last = max(first, last)
        if text.isascii():
            return first, last
        return self.codec.client_num_units(text[:first]), self.codec.client_num_units(text[:last])

    def index(self, path: str, line: int, units: int) -> int:
        """The index in a line, in code points, of a place that is in the client's units."""
        return points(self.line(path, line), units, self.codec)

    def units(self, path: str, line: int, index: int) -> int:
        """In the client's units, an index in a line that is in code points."""
        return int(self.codec.client_num_units(self.line(path, line)[: max(index, 0)]))

    def _read(self, path: str) -> _File | None:
        """A file's text; None where there is none, or more than is read."""
        try:
            found = os.stat(path)
            stamp = (found.st_mtime_ns, found.st_size)
            known = self._disk.get(path)
            if known is not None and known.stamp == stamp:
                return known
            # A pipe or a device has no end, and whoever reads it waits.
            if found.st_size > _MAX_FILE or not stat.S_ISREG(found.st_mode):
                return None
            # Editors show no byte order mark.
            text = Path(path).read_bytes().decode("utf-8-sig", errors="replace")
        except (OSError, ValueError):
            return None
        if len(self._disk) >= _CACHED:
            self._disk.clear()
        self._disk[path] = made = _File(stamp, text, lines_of(text))
        return made
