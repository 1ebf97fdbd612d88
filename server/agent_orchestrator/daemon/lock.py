"""One daemon per user and host: ``flock`` on a file of the state folder, held for the daemon's whole life.

Standard library only: the lock is taken before anything heavy is imported, so that the loser of a race costs nothing.
"""

from __future__ import annotations

import fcntl
import os
import signal
from pathlib import Path

from agent_orchestrator.protocol.lockfile import Holder, read_holder


class Lock:
    """The lock, held. The kernel frees it when the process ends, however it ends."""

    def __init__(self, descriptor: int) -> None:
        """Take over an open, flocked descriptor."""
        self.descriptor = descriptor

    def say(self, holder: Holder) -> None:
        """Write who holds it into the file, for messages of others."""
        text = os.fsencode(holder.text())
        os.ftruncate(self.descriptor, 0)
        os.pwrite(self.descriptor, text, 0)

    def close(self) -> None:
        """Let go of it. The file stays: unlinking it would let two processes hold "the" lock."""
        os.close(self.descriptor)


def acquire(path: Path) -> Lock | None:
    """Take the lock; None when a living process holds it. Raises OSError when the file can not be opened."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        except OSError:
            os.close(descriptor)
            raise
        if _is_at(descriptor, path):
            return Lock(descriptor)
        # The file was removed or replaced between open and flock: this lock is on a file that nobody else will open.
        os.close(descriptor)


def nudge(path: Path) -> Holder | None:
    """Ask the holder to look after its socket now (somebody could not connect); returns who that is, if it says so.

    The signal is SIGURG because its default action is to be ignored: it can not harm a holder that is still starting,
    nor a stranger that got the process id of a dead one.
    """
    holder = read_holder(path)
    if holder is not None:
        try:
            os.kill(holder.pid, signal.SIGURG)
        except OSError:
            return holder
    return holder


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path))
    except FileNotFoundError:
        return False
