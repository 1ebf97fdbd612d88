"""One stream of a run's output: what comes is written to its log."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agent_orchestrator.proc.hold.log import CappedLog, WholeLog

_CHUNK = 1 << 20


class Output:
    """Reads a descriptor that the run writes to; `open` until every process of the run has closed it."""

    __slots__ = ("_log", "descriptor", "open")

    def __init__(self, descriptor: int, log: CappedLog | WholeLog) -> None:
        os.set_blocking(descriptor, False)
        self.descriptor = descriptor
        self.open = True
        self._log = log

    def copy(self) -> bytes:
        """Copy one piece of output to the log; return it, b"" when there is none now."""
        if not self.open:
            return b""
        try:
            data = os.read(self.descriptor, _CHUNK)
        except BlockingIOError:
            return b""
        except OSError as problem:
            # Linux says EIO once no process has the pty open; see pty(7).
            if problem.errno != errno.EIO:
                raise
            data = b""
        self.open = bool(data)
        self._log.write(data)
        return data

    @property
    def full(self) -> bool:
        """The log takes no more: the run shall end."""
        return self._log.full

    def finish(self) -> bool:
        """Close the log; return whether anything was left out."""
        return self._log.finish()


def widened_pipe() -> tuple[int, int]:
    """A pipe of 1 MiB (Linux fcntl(2)); a refusal costs only speed."""
    reading, writing = os.pipe()
    with contextlib.suppress(AttributeError, OSError):
        fcntl.fcntl(reading, fcntl.F_SETPIPE_SZ, _CHUNK)
    return reading, writing
