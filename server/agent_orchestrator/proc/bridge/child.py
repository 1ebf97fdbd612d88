"""The agent behind a bridge: started as its child, ended with it, and its exit code is the bridge's own.

It is in the process group of the bridge, so that the holder's signals reach both; and where the kernel can do that
(Linux) it is killed when the bridge is, so that nothing depends on who is left to clean up.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import time

from agent_orchestrator.proc.hold.child import NOT_EXECUTED, reset_signals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import FrameType
    from typing import NoReturn

#: Seconds between SIGTERM and SIGKILL. Less than whoever closed the standard input of a bridge waits for its end.
GRACE = 3.0
#: Seconds until SIGTERM is sent again: to some programs the first means to end once their work is done.
_AGAIN = 0.5
_PR_SET_PDEATHSIG = 1


class Child:
    """A running program. One per process: it takes over the process's signals.

    `wake` is a descriptor to poll; when it is readable, call `look`. `stdout` is where its output goes, by default the
    standard error of the bridge, whose own output is lines of a protocol; its standard error is the bridge's, its
    standard input is empty. `env` is set over the environment of the bridge. Raises OSError with a sentence when the
    program can not be run.
    """

    def __init__(self, argv: list[str], *, stdout: int = 2, env: Mapping[str, str] | None = None) -> None:
        #: Its exit code, 128 + n when signal n ended it; None while it runs.
        self.code: int | None = None
        #: A signal told the bridge to end.
        self.stopped = False
        self.wake, write = os.pipe()
        os.set_blocking(self.wake, False)
        os.set_blocking(write, False)
        signal.set_wakeup_fd(write, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._on_stop)
        # Does nothing, but unlike the default it wakes who polls.
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self._pid = _spawn(argv, stdout, {**os.environ, **(env or {})})

    def look(self) -> bool:
        """Take note of what happened; return whether it has ended."""
        try:
            while os.read(self.wake, 4096):
                continue
        except BlockingIOError:
            pass
        if self.code is None:
            pid, status = os.waitpid(self._pid, os.WNOHANG)
            if pid:
                code = os.waitstatus_to_exitcode(status)
                self.code = code if code >= 0 else 128 - code
        return self.code is not None

    def end(self, grace: float = GRACE) -> int:
        """End it: SIGTERM twice, after `grace` seconds SIGKILL; return its exit code. Blocks for about that."""
        now = time.monotonic()
        due = [(now, signal.SIGTERM), (now + min(_AGAIN, grace), signal.SIGTERM), (now + grace, signal.SIGKILL)]
        while not self.look():
            if due and due[0][0] <= time.monotonic():
                # A stopped process gets its SIGTERM only when it goes on.
                self._signal(due.pop(0)[1], signal.SIGCONT)
                continue
            rest = due[0][0] - time.monotonic() if due else None
            select.select([self.wake], [], [], rest if rest is None else max(rest, 0.0))
        assert self.code is not None
        return self.code

    def _signal(self, *numbers: signal.Signals) -> None:
        # Not reaped yet, so that the number is surely its own.
        if self.code is None:
            for number in numbers:
                os.kill(self._pid, number)

    def _on_stop(self, number: int, frame: FrameType | None) -> None:
        self.stopped = True


def _spawn(argv: list[str], stdout: int, environment: Mapping[str, str]) -> int:
    reading, failure = os.pipe()
    die_with = _death_with_parent()
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        _become(argv, stdout, environment, failure, die_with, parent)
    os.close(failure)
    with os.fdopen(reading, "rb") as file:
        reason = file.read().decode(errors="replace")
    if reason:
        os.waitpid(pid, 0)
        raise OSError(reason)
    return pid


def _become(
    argv: list[str],
    stdout: int,
    environment: Mapping[str, str],
    failure: int,
    die_with: Callable[[], None],
    parent: int,
) -> NoReturn:
    try:
        die_with()
        # The bridge may have been killed before the kernel knew that this was to follow.
        if os.getppid() == parent:
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            if stdout != 1:
                os.dup2(stdout, 1)
            reset_signals()
            os.execvpe(argv[0], argv, environment)
    except FileNotFoundError:
        place = "there is no such file" if "/" in argv[0] else "no such command on the PATH of the run"
        os.write(failure, f"cannot run {argv[0]!r}: {place}".encode(errors="replace")[:4000])
    except BaseException as problem:
        os.write(failure, f"cannot run {argv[0]!r}: {problem}".encode(errors="replace")[:4000])
    finally:
        os._exit(NOT_EXECUTED)


def _death_with_parent() -> Callable[[], None]:
    """What has the calling process killed when its parent ends (prctl(2), Linux); elsewhere the holder does it."""
    if sys.platform != "linux":
        return lambda: None
    try:
        import ctypes

        libc = ctypes.CDLL(None, use_errno=True)
        return lambda: libc.prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    except (ImportError, OSError, AttributeError):
        return lambda: None
