"""Start the child of a run: forked, held at a gate until `started` is written, then exec'ed."""

from __future__ import annotations

import fcntl
import os
import signal
import termios

from agent_orchestrator.proc.hold.procfs import RUN_VARIABLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from agent_orchestrator.proc.hold.spec import Spec

NOT_EXECUTED = 127


class Child:
    """A forked child with its standard streams that waits for `release`.

    `error` is a descriptor that says why it could not exec, else EOF.
    """

    def __init__(self, spec: Spec, streams: tuple[int, int, int], terminal: bool) -> None:
        gate, self._gate = os.pipe()
        self.error, error = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self._gate)
            _become(spec, streams, terminal, gate, error)
        os.close(gate)
        os.close(error)
        os.set_blocking(self.error, False)

    def release(self) -> None:
        """Let the child exec."""
        os.write(self._gate, b"g")
        os.close(self._gate)


def become_subreaper() -> bool:
    """Make orphaned descendants children of this process (prctl(2), Linux 3.4); return whether it did."""
    try:
        # Costs 7 ms and is needed on Linux only.
        import ctypes

        pr_set_child_subreaper = 36
        return bool(ctypes.CDLL(None, use_errno=True).prctl(pr_set_child_subreaper, 1, 0, 0, 0) == 0)
    except (ImportError, OSError, AttributeError):
        return False


def _become(spec: Spec, streams: tuple[int, int, int], terminal: bool, gate: int, error: int) -> NoReturn:
    try:
        # EOF: the holder died before it wrote `started`; then nothing may run.
        if os.read(gate, 1) == b"g":
            os.setsid()
            if terminal:
                fcntl.ioctl(streams[1], termios.TIOCSCTTY, 0)
            for target, source in enumerate(streams):
                os.dup2(source, target)
            reset_signals()
            os.umask(spec.umask)
            os.chdir(spec.cwd)
            os.execvpe(spec.argv[0], spec.argv, _environment(spec, terminal))
    except BaseException as problem:
        os.write(error, _why(spec, problem).encode(errors="replace")[:4000])
    finally:
        os._exit(NOT_EXECUTED)


def _why(spec: Spec, problem: BaseException) -> str:
    if isinstance(problem, FileNotFoundError) and problem.filename != spec.cwd:
        # Python names the last place it looked at, which misleads.
        place = "there is no such file" if "/" in spec.argv[0] else "no such command on the PATH of the run"
        return f"cannot run {spec.argv[0]!r} in {spec.cwd!r}: {place}"
    return f"cannot run {spec.argv[0]!r} in {spec.cwd!r}: {problem}"


def _environment(spec: Spec, terminal: bool) -> dict[str, str]:
    environment = {**spec.env, RUN_VARIABLE: spec.tag}
    if terminal:
        # Fixed numbers would hide the terminal's own size and each change of it.
        environment.pop("COLUMNS", None)
        environment.pop("LINES", None)
    if spec.mode == "tty" and (kind := os.environ.get("TERM")):
        environment["TERM"] = kind
    return environment


def reset_signals() -> None:
    """Undo what Python (SIGPIPE, SIGXFSZ) and the holder set: ignored signals and the mask survive exec."""
    signal.set_wakeup_fd(-1)
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        try:
            signal.signal(number, signal.SIG_DFL)
        except (OSError, ValueError):
            continue
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
