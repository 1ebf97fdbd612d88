"""Which lines of the program a test runs, and where it failed."""

from __future__ import annotations

import dis
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType, TracebackType
from typing import Any

Lines = dict[str, set[int]]


@contextmanager
def traced_lines(root: Path, wanted: bool) -> Iterator[Lines]:
    """Collect the executed lines of files under ``root`` by their path relative to it.

    The spectrum wants lines only, so a code object all of whose lines were seen is not traced again; that makes loops
    cheap. Nothing is traced unless ``wanted``.
    """
    lines: Lines = {}
    if not wanted:
        yield lines
        return
    prefix = f"{root}/"
    missing: dict[int, set[int]] = {}
    kept: list[CodeType] = []

    def local(frame: FrameType, event: str, _arg: Any) -> Any:
        if event == "line":
            left = missing[id(frame.f_code)]
            if frame.f_lineno in left:
                left.discard(frame.f_lineno)
                lines.setdefault(frame.f_code.co_filename[len(prefix) :], set()).add(frame.f_lineno)
            if not left:
                return None
        return local

    def start(frame: FrameType, event: str, _arg: Any) -> Any:
        code = frame.f_code
        if event != "call" or not code.co_filename.startswith(prefix):
            return None
        if id(code) not in missing:
            kept.append(code)
            missing[id(code)] = {line for _, line in dis.findlinestarts(code) if line}
        return local if missing[id(code)] else None

    before = sys.gettrace()
    sys.settrace(start)
    try:
        yield lines
    finally:
        sys.settrace(before)


def frames_of(traceback: TracebackType | None, root: Path) -> list[tuple[str, int, str]]:
    """Return the frames of a traceback under ``root`` as (relative path, line, function), outermost first."""
    prefix = f"{root}/"
    frames: list[tuple[str, int, str]] = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if code.co_filename.startswith(prefix):
            frames.append((code.co_filename[len(prefix) :], traceback.tb_lineno, code.co_name))
        traceback = traceback.tb_next
    return frames[:20] + frames[20:][-20:]
