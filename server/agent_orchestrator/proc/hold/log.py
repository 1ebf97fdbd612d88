"""The log of a run: its head and its newest tail, both on disk while it grows, or all of it and no more."""

from __future__ import annotations

import os

from agent_orchestrator.proc.hold import files

_COPY = 1 << 20
_READ = os.O_RDONLY | os.O_CLOEXEC


class CappedLog:
    """Writes at most about `cap` bytes: the first half as they come, then the newest half in two turning files.

    A write that fails (disk full) counts as left out; the run goes on.
    """

    #: Nothing more is taken, and the run shall end: never so here.
    full = False

    def __init__(self, run_dir: str, cap: int, name: str = files.LOG) -> None:
        self._head_path = os.path.join(run_dir, name)
        self._tail_path = self._head_path + files.TAIL
        self._old_path = self._head_path + files.TAIL_OLD
        self._half = max(cap // 2, 1)
        self._head = _create(self._head_path)
        self._head_size = 0
        self._tail: int | None = None
        self._tail_size = 0
        self._beyond = 0
        self._lost = 0

    def write(self, data: bytes) -> None:
        """Append output."""
        if self._head_size < self._half:
            room = self._half - self._head_size
            self._head_size += len(data[:room])
            self._put(self._head, data[:room])
            data = data[room:]
        if data:
            self._beyond += len(data)
            self._put(self._turned(), data)
            self._tail_size += len(data)

    def finish(self) -> bool:
        """Put the tail behind the head, close, and return whether anything was left out."""
        if self._tail is not None:
            os.close(self._tail)
            self._tail = None
            self._join()
        os.close(self._head)
        return self._lost > 0

    def _turned(self) -> int:
        """Return the file the tail goes to now; the one before is kept, so that half the cap is always there."""
        if self._tail is not None and self._tail_size >= self._half:
            os.close(self._tail)
            os.rename(self._tail_path, self._old_path)
            self._tail = None
        if self._tail is None:
            self._tail = _create(self._tail_path)
            self._tail_size = 0
        return self._tail

    def _join(self) -> None:
        parts = [os.open(path, _READ) for path in (self._old_path, self._tail_path) if os.path.exists(path)]
        # Before the head grows: a follower that is still in the head shall read on there, not turn to the tail as well.
        files.remove(self._old_path)
        files.remove(self._tail_path)
        sizes = [os.fstat(part).st_size for part in parts]
        kept = min(sum(sizes), self._half)
        left_out = self._beyond - kept
        if left_out > 0:
            self._lost += left_out
            self._put(self._head, b"\n[ao: %d bytes left out]\n" % left_out)
        skip = sum(sizes) - kept
        for part, size in zip(parts, sizes, strict=True):
            os.lseek(part, min(skip, size), os.SEEK_SET)
            while chunk := os.read(part, _COPY):
                self._put(self._head, chunk)
            os.close(part)
            skip = max(skip - size, 0)

    def _put(self, descriptor: int, data: bytes) -> None:
        view = memoryview(data)
        while view:
            try:
                view = view[os.write(descriptor, view) :]
            except OSError:
                self._lost += len(view)
                return


class WholeLog:
    """Writes everything, in one file, up to `cap` bytes: who reads a conversation later misses nothing in its middle.

    Then, or when a write fails (disk full), it is `full`: it takes no more, and the run shall end.
    """

    def __init__(self, run_dir: str, cap: int) -> None:
        self._file = _create(os.path.join(run_dir, files.LOG))
        self._room = cap
        self.full = False

    def write(self, data: bytes) -> None:
        """Append output."""
        if self.full:
            return
        self.full = len(data) > self._room
        view = memoryview(data)[: self._room]
        self._room -= len(view)
        while view:
            try:
                view = view[os.write(self._file, view) :]
            except OSError:
                self.full = True
                return

    def finish(self) -> bool:
        """Close, and return whether anything was left out."""
        os.close(self._file)
        return self.full


def _create(path: str) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC, 0o600)
