"""Source files as bytes with a syntax tree, and edits as splices of those bytes.

``ast`` counts columns in UTF-8 bytes, so every offset in here is one into the UTF-8 form of the text. Files in another
encoding are left alone: their offsets on disk would differ.
"""

from __future__ import annotations

import ast
import difflib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Edit:
    """Replace the bytes ``start:end`` of ``path`` (relative to the tree) by ``text``.

    ``prior`` is how likely an edit of its kind is to be the right one, before anything is known about the failure;
    ``deleting`` marks those that drop or short-cut something and pass tests by doing less.
    """

    path: str
    start: int
    end: int
    text: str
    operator: str = ""
    prior: float = 0.0
    deleting: bool = False
    line: int = 0


@dataclass(frozen=True)
class Source:
    """One parsed file; ``starts[i]`` is the byte offset of line ``i + 1``."""

    path: str
    data: bytes
    tree: ast.Module
    starts: tuple[int, ...]

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Return the byte range of an expression or statement."""
        start = self.starts[getattr(node, "lineno", 1) - 1] + int(getattr(node, "col_offset", 0))
        end = self.starts[getattr(node, "end_lineno", 1) - 1] + int(getattr(node, "end_col_offset", 0))
        return start, end

    def text(self, node: ast.AST) -> str:
        """Return the source text of a node, without parentheses around it."""
        start, end = self.span(node)
        return self.data[start:end].decode("utf-8")

    def slice(self, start: int, end: int) -> str:
        """Return the text between two offsets, both on character boundaries."""
        return self.data[start:end].decode("utf-8")


def parse_source(path: str, data: bytes) -> Source | None:
    """Parse the bytes of a file; ``None`` when it is not UTF-8 Python this interpreter understands."""
    if data.startswith(b"\xef\xbb\xbf") or b"\r" in data or b"\f" in data:
        return None
    try:
        data.decode("utf-8")
        tree = ast.parse(data)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    starts = [0]
    for line in data.split(b"\n"):
        starts.append(starts[-1] + len(line) + 1)
    return Source(path, data, tree, tuple(starts))


def read_source(root: Path, path: str) -> Source | None:
    """Read and parse ``root/path``; ``None`` when it can not be read or parsed."""
    try:
        return parse_source(path, (root / path).read_bytes())
    except OSError:
        return None


def splice(data: bytes, edit: Edit) -> bytes:
    """Return ``data`` with the edit made."""
    return data[: edit.start] + edit.text.encode("utf-8") + data[edit.end :]


def changed_lines(before: bytes, after: bytes) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the (removed, added) lines between two texts, stripped, without blank ones."""
    old, new = (data.decode("utf-8", "replace").splitlines() for data in (before, after))
    diff = list(difflib.unified_diff(old, new, n=0, lineterm=""))[2:]
    removed = tuple(line[1:].strip() for line in diff if line.startswith("-") and line[1:].strip())
    added = tuple(line[1:].strip() for line in diff if line.startswith("+") and line[1:].strip())
    return removed, added


def unified(path: str, before: bytes, after: bytes) -> str:
    """Return the unified diff of one file, with one line of context."""
    old, new = (data.decode("utf-8", "replace").splitlines(keepends=True) for data in (before, after))
    return "".join(difflib.unified_diff(old, new, f"a/{path}", f"b/{path}", n=1))
