"""Read the log of a run, also while it grows. `path` is `<run-dir>/log`; see `hold.files` for the files beside it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO

from agent_orchestrator.proc import run
from agent_orchestrator.proc.hold import files
from agent_orchestrator.proc.values import Running

_CHUNK = 256 << 10
_POLL = 0.2


def tail(path: Path, size: int) -> bytes:
    """Return the newest `size` bytes of the log, fewer when there are no more; b"" when there is none."""
    parts: list[bytes] = []
    for part in (path.with_name(path.name + files.TAIL), path.with_name(path.name + files.TAIL_OLD), path):
        if size > 0:
            parts.append(_end_of(part, size))
            size -= len(parts[-1])
    return b"".join(reversed(parts))


def size_of(path: Path) -> int:
    """The bytes of the log of a run that is over; 0 when there is none."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def shorten(path: Path, size: int) -> None:
    """Leave the beginning and the end of the log of a run that is over, `size` bytes together, and say what is gone."""
    whole = size_of(path)
    if whole <= size:
        return
    shorter = path.with_name(f"{path.name}.shorter")
    with path.open("rb") as source, shorter.open("wb") as target:
        _copy(source, target, size // 2)
        target.write(b"\n[ao: %d bytes left out]\n" % (whole - 2 * (size // 2)))
        source.seek(whole - size // 2)
        _copy(source, target, size // 2)
    shorter.chmod(0o600)
    shorter.replace(path)


def _copy(source: BinaryIO, target: BinaryIO, size: int) -> None:
    while size > 0 and (chunk := source.read(min(size, _CHUNK))):
        target.write(chunk)
        size -= len(chunk)


async def follow(path: Path) -> AsyncIterator[bytes]:
    """Yield the log from its first byte, then what is added, until the run is over.

    Wakes every 0.2 s and at the end of the run. Past the cap, one that falls behind by half the cap misses what was
    left out meanwhile. A run that is not started is waited for.
    """
    # Asked before each look at the files: what comes before the end is then surely seen.
    ended = False
    reader = Reader(path)
    watcher: asyncio.Task[object] | None = None
    try:
        while not ended:
            if watcher is None and isinstance(run.state(path.parent), Running):
                watcher = asyncio.create_task(run.wait(path.parent))
            ended = _is_over(path.parent)
            while chunk := reader.read():
                yield chunk
            if not ended:
                await _pause(watcher)
    finally:
        reader.close()
        if watcher is not None:
            watcher.cancel()


class Reader:
    """Reads a log that grows: the head, then each tail file as it comes."""

    def __init__(self, path: Path) -> None:
        self._head_path = path
        self._tail_path = path.with_name(path.name + files.TAIL)
        self._file: BinaryIO | None = None
        self._in_tail = False

    def read(self) -> bytes:
        """Return the next piece, b"" when there is none now."""
        if self._file is None:
            self._file = _open(self._head_path)
        while self._file is not None:
            if chunk := self._file.read(_CHUNK):
                return chunk
            if not self._turn():
                break
        return b""

    def close(self) -> None:
        """Close the open file."""
        if self._file is not None:
            self._file.close()

    def _turn(self) -> bool:
        """Go on to the current tail file when that is another than the open one."""
        newer = _open(self._tail_path)
        if newer is None or self._file is None or os.path.sameopenfile(newer.fileno(), self._file.fileno()):
            if newer is not None:
                newer.close()
            return False
        # Between the look and the turn the old file may have got its last bytes.
        rest = self._file.read(_CHUNK)
        if rest:
            self._file.seek(-len(rest), os.SEEK_CUR)
            newer.close()
            return True
        self._file.close()
        self._file = newer
        return True


def _is_over(run_dir: Path) -> bool:
    return not isinstance(run.state(run_dir), Running) and (
        (run_dir / files.STARTED).exists() or (run_dir / files.EXIT).exists()
    )


async def _pause(watcher: asyncio.Task[object] | None) -> None:
    if watcher is None or watcher.done():
        await asyncio.sleep(_POLL)
    else:
        await asyncio.wait({watcher}, timeout=_POLL)


def _open(path: Path) -> BinaryIO | None:
    try:
        return path.open("rb", buffering=0)
    except FileNotFoundError:
        return None


def _end_of(path: Path, size: int) -> bytes:
    try:
        with path.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(file.tell() - size, 0))
            return file.read(size)
    except FileNotFoundError:
        return b""
