"""What the hooks of a program write: a line each to a file, the spool, and a byte to a FIFO beside it, its bell.

Who reads holds the bell open for reading and writing: a hook never waits for anybody, and what it says while nobody
listens stays in the spool.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from io import FileIO
from pathlib import Path

BELL = "bell"
_CHUNK = 64 << 10


class Spool:
    """A spool from its first byte on, made again where somebody has deleted it.

    Invariant: what is read only grows, for what was observed is known by how much came before it. What a deleted file
    held is kept in a file of its own, which is read before the new one: a hook that has opened the new one already is
    heard whenever it writes.
    """

    def __init__(self, path: Path) -> None:
        make(path)
        self._path = path
        self._kept = path.with_suffix(".kept")
        self._parts = [_open(self._kept)] if self._kept.exists() else []
        self._parts.append(_open(path))
        #: Bytes that were read.
        self.given = 0

    @property
    def silent(self) -> bool:
        """Has no hook said anything?"""
        return self.given == 0 and not any(os.fstat(part.fileno()).st_size for part in self._parts)

    def read(self) -> bytes:
        """The next bytes; none: there is nothing new."""
        for part in self._parts:
            if chunk := part.read(_CHUNK):
                self.given += len(chunk)
                return chunk
        return b""

    def mend(self) -> None:
        """Keep what a deleted spool held, and go on with what lies at its place now."""
        if _is(self._parts[-1].fileno(), self._path):
            return
        make(self._path)
        temporary = self._kept.with_suffix(".tmp")
        with temporary.open("wb") as whole:
            temporary.chmod(0o600)
            for part in self._parts:
                part.seek(0)
                shutil.copyfileobj(part, whole)
        temporary.replace(self._kept)
        self.close()
        self._parts = [_open(self._kept), _open(self._path)]
        # What is written to the deleted file from here on is not kept, and so must not be read.
        self._parts[0].seek(self.given)

    def close(self) -> None:
        """Read no more."""
        for part in self._parts:
            part.close()


class Bell:
    """The FIFO beside a spool, held open so that a ring needs nobody who listens."""

    def __init__(self, spool: Path) -> None:
        self._spool = spool
        self._path = spool.with_name(BELL)
        self.descriptor = -1

    @property
    def hangs(self) -> bool:
        """Is what is held open what lies at its place?"""
        return self.descriptor >= 0 and _is(self.descriptor, self._path)

    def hang(self) -> None:
        """Open it, made again where it is gone."""
        make(self._spool)
        self.descriptor = os.open(self._path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)

    def clear(self) -> None:
        """Take what rang."""
        with contextlib.suppress(BlockingIOError):
            while os.read(self.descriptor, 4096):
                continue

    def close(self) -> None:
        """Hear it no more."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1


def make(spool: Path) -> None:
    """Make the spool and its bell, where they are not there (or no longer)."""
    spool.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    spool.touch(mode=0o600)
    with contextlib.suppress(FileExistsError):
        os.mkfifo(spool.with_name(BELL), 0o600)


def append(spool: Path, line: str) -> None:
    """Write a line as a hook does."""
    descriptor = os.open(spool, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "a", encoding="utf-8") as file:
        file.write(line + "\n")


def hook_command(spool: Path) -> str:
    """The shell command of a hook: append what is on standard input, and ring. Two processes, 2 ms, never waits."""
    # `1<>` opens a FIFO that nobody reads without waiting for a reader.
    place = str(spool).replace("'", "'\\''")
    bell = str(spool.with_name(BELL)).replace("'", "'\\''")
    return f"{{ cat; echo; }} >>'{place}'; [ -p '{bell}' ] && printf . 1<>'{bell}' || :"


def _open(path: Path) -> FileIO:
    return path.open("rb", buffering=0)


def _is(descriptor: int, path: Path) -> bool:
    """Is this what lies at the path?"""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False
