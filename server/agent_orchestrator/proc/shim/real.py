"""The real program behind the shim: further down the PATH, run as if nothing stood before it."""

from __future__ import annotations

import os
import signal
import sys

from agent_orchestrator.proc.shim import files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

#: Signals that are meant for the program; those of a terminal reach it anyway.
_PASSED = (signal.SIGTERM, signal.SIGHUP)
#: What Python ignores, and its children would too.
_OURS = (signal.SIGPIPE, signal.SIGXFSZ)


def real_program(name: str, path: str) -> str | None:
    """The first program of this name on ``path`` that is in no shim's folder; links to one do not count either."""
    for folder in path.split(os.pathsep):
        at = os.path.join(folder or ".", name)
        if not os.path.isfile(at) or not os.access(at, os.X_OK):
            continue
        places = (os.path.dirname(at), os.path.dirname(os.path.realpath(at)))
        if not any(os.path.exists(os.path.join(place, files.MARK)) for place in places):
            return at
    return None


def run(path: str, argv: Sequence[str]) -> int:
    """Run it with all that is ours and wait; its exit status, or minus the signal that ended it.

    It is not put in our place, because how it ended is counted.
    """
    # A signal that comes before it can be passed on waits until it can.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, _PASSED)
    try:
        child = os.posix_spawn(path, list(argv), os.environ, setsigdef=_OURS, setsigmask=mask)
    except OSError as error:
        sys.stderr.write(f"sh: 1: {path}: {error.strerror}\n")
        return 126

    def pass_on(number: int, frame: FrameType | None) -> None:
        os.kill(child, number)

    for number in _PASSED:
        signal.signal(number, pass_on)
    for number in (signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
