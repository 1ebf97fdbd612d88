"""The lines of files, in the editor where they are open and on disk where not, and positions on them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from attrs import define, field
from lsprotocol import types as lsp
from pygls.workspace import PositionCodec, TextDocument

from agent_orchestrator.lsp.lines import Lines

#: Bytes of a file that is read to find where its lines begin and end.
_MAX_FILE = 4 * 1024 * 1024
_CACHED = 2000


@define
class Texts:
    """What is known of texts. Paths are absolute, links resolved."""

    codec: PositionCodec = field(factory=PositionCodec)
    _open: dict[str, tuple[TextDocument, Lines]] = field(factory=dict)
    _disk: dict[str, tuple[tuple[int, int], list[str]]] = field(factory=dict)

    def opened(self, path: str, document: TextDocument) -> None:
        """A document was opened: what it holds is taken to be on disk, where that says so too."""
        lines = Lines.of(_count(document.lines))
        on_disk = self._read(path)
        if on_disk and "".join(on_disk) != document.source:
            lines = Lines.of(len(on_disk))
            lines.replaced(on_disk, document.lines)
        self._open[path] = (document, lines)

    def closed(self, path: str) -> None:
        """The document was closed; what was not saved is gone."""
        self._open.pop(path, None)

    def changed(self, path: str, change: lsp.TextDocumentContentChangeEvent, before: Sequence[str]) -> None:
        """An edit was made; ``before`` are the lines before it."""
        if path not in self._open:
            return
        document, lines = self._open[path]
        if isinstance(change, lsp.TextDocumentContentChangePartial):
            start, end = sorted((change.range.start, change.range.end), key=lambda p: (p.line, p.character))
            text = before[start.line] if start.line < len(before) else ""
            tail = start.character >= self.codec.client_num_units(text.rstrip("\r\n"))
            unified = change.text.replace("\r\n", "\n").replace("\r", "\n")
            lines.edited((start.line, start.character), (end.line, end.character), unified, tail)
        else:
            lines.replaced(before, document.lines)

    def saved(self, path: str) -> None:
        """The document was written to disk."""
        if path in self._open:
            self._open[path][1].saved(time.time())

    def is_open(self, path: str) -> bool:
        """Is the file open in the editor?"""
        return path in self._open

    def text(self, path: str) -> str | None:
        """The whole text of a file; None where there is none."""
        if path in self._open:
            return str(self._open[path][0].source)
        return "".join(self._read(path)) if Path(path).is_file() else None

    def where(self, path: str, line: int, at: float) -> int | None:
        """Where a line (from 0) of the file as of ``at`` is now; None when it was edited since."""
        return self._open[path][1].where(line, at) if path in self._open else line

    def line(self, path: str, line: int) -> str:
        """The text of a line, without its end; empty where there is none."""
        texts = self._open[path][0].lines if path in self._open else self._read(path)
        return texts[line].rstrip("\r\n") if 0 <= line < len(texts) else ""

    def span(self, path: str, line: int, column: int = 0, end_column: int = 0) -> tuple[int, int]:
        """(start, end) on a line in the client's units. Columns count code points from 1; 0: where the text begins."""
        text = self.line(path, line)
        first = min(column - 1, len(text)) if column > 0 else len(text) - len(text.lstrip())
        last = min(end_column - 1, len(text)) if end_column > first + 1 else len(text.rstrip())
        last = max(first, last)
        return self.codec.client_num_units(text[:first]), self.codec.client_num_units(text[:last])

    def _read(self, path: str) -> list[str]:
        try:
            found = Path(path).stat()
            stamp = (found.st_mtime_ns, found.st_size)
            if path in self._disk and self._disk[path][0] == stamp:
                return self._disk[path][1]
            if found.st_size > _MAX_FILE:
                return []
            lines = Path(path).read_bytes().decode(errors="replace").splitlines(keepends=True)
        except OSError:
            return []
        if len(self._disk) >= _CACHED:
            self._disk.clear()
        self._disk[path] = (stamp, lines)
        return lines


def _count(lines: Sequence[str]) -> int:
    """An editor has one more line than the file where that ends with a line end."""
    return len(lines) + (not lines or lines[-1].endswith(("\n", "\r")))
