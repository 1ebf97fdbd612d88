"""Hold one run: take its lock, start its child, copy its output, end it and all it started, write how it ended."""

from __future__ import annotations

import os
import select
import signal
import sys
import time

from agent_orchestrator.proc.hold import files, procfs
from agent_orchestrator.proc.hold.child import Child, become_subreaper
from agent_orchestrator.proc.hold.ending import Ending
from agent_orchestrator.proc.hold.log import CappedLog, WholeLog
from agent_orchestrator.proc.hold.output import Output, widened_pipe
from agent_orchestrator.proc.hold.spec import Spec
from agent_orchestrator.proc.hold.terminal import Terminal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType

    from agent_orchestrator.proc.hold.wire import Wire

_DRAIN = 64 << 20
_ERRORS_CAP = 10 << 20
# A prober takes the holder's lock for an instant; only who holds it longer is another holder.
_OWN_LOCK_WAIT = 0.2
_FLUSH = 0.5


def hold(run_dir: str) -> int:
    """Run what `run_dir` says, once. Returns 0 when the run was held or another holder has it, 1 when it did not start.

    What keeps the run from starting after its spec was read is written to `exit` as `error`.
    """
    os.umask(0o077)
    at = {name: os.path.join(run_dir, name) for name in (files.SPEC, files.LOCK, files.STARTED, files.EXIT)}
    own_lock = files.take_lock(at[files.LOCK], _OWN_LOCK_WAIT)
    if os.path.exists(at[files.STARTED]) or os.path.exists(at[files.EXIT]):
        files.remove(at[files.SPEC])
        return 0
    if own_lock is None:
        return 0
    raw = files.read_json(at[files.SPEC])
    if raw is None:
        print(f"{at[files.SPEC]} does not exist: nothing to run", file=sys.stderr)
        return 1
    files.remove(at[files.SPEC])
    try:
        spec = Spec(raw)
        lock = _take_slot(spec)
        held = _Held(run_dir, spec)
    except Exception as problem:
        # Broad, because nobody but the reader of `exit` would ever hear of it.
        files.write_atomically(at[files.EXIT], _exit(error=f"the run did not start: {problem}"))
        return 1
    # Another launcher may have written it anew before it saw that the run is started.
    files.remove(at[files.SPEC])
    result = held.run()
    files.remove_spec(run_dir)
    if lock is not None:
        # Before `exit`, so that who sees the end can have the lock.
        os.close(lock)
    files.write_atomically(at[files.EXIT], result)
    return 0


def _take_slot(spec: Spec) -> int | None:
    if spec.lock_fd is not None:
        os.set_inheritable(spec.lock_fd, False)
        return spec.lock_fd
    if spec.lock is None:
        return None
    lock = files.take_lock(spec.lock, spec.lock_wait)
    if lock is None:
        raise ValueError(f"{spec.lock}: still locked by another process after {spec.lock_wait:g} s")
    return lock


class _Held:
    """The running child with its output, its viewers and its end."""

    def __init__(self, run_dir: str, spec: Spec) -> None:
        self._spec = spec
        self._run_dir = run_dir
        self._terminal: Terminal | None = None
        self._wire: Wire | None = None
        self._errors: Output | None = None
        self._stop_asked = False
        self._resized = False
        self._wake = self._watch_signals()
        subreaper = become_subreaper()
        self._child = self._fork()
        # Invariant: `started` is written before the child's exec, so that no run can happen twice.
        files.write_atomically(os.path.join(run_dir, files.STARTED), self._started())
        if spec.mode != "tty":
            self._leave_launcher()
        self._ending = Ending(self._child.pid, spec.tag, subreaper, spec.timeout, spec.grace, time.monotonic())
        self._child.release()
        self._error_open = True
        self._error = b""

    def run(self) -> dict[str, object]:
        """Copy and wait until the child and all its descendants have ended; return the content of `exit`."""
        while True:
            now = time.monotonic()
            if self._stop_asked or self._output.full:
                self._stop_asked = False
                self._ending.stop(self._stop_grace(), now)
            self._ending.advance(now)
            if self._ending.over:
                return self._finish()
            for descriptor, event in self._poll(self._ending.wait_ms(now)):
                self._dispatch(descriptor, event)

    def _fork(self) -> Child:
        spec = self._spec
        if spec.mode in ("pipe", "talk"):
            reading, output = widened_pipe()
            errors = output
            if spec.mode == "talk":
                # Costs 8 ms, for sockets, and only this mode needs it.
                from agent_orchestrator.proc.hold.wire import Wire

                self._wire = Wire(self._run_dir, spec.socket)
                stdin = self._wire.stdin
                reading_errors, errors = os.pipe()
                self._errors = Output(
                    reading_errors, CappedLog(self._run_dir, min(spec.log_cap, _ERRORS_CAP), files.ERRORS)
                )
            else:
                stdin = os.open(spec.stdin or os.devnull, os.O_RDONLY | os.O_CLOEXEC)
        else:
            self._terminal = Terminal(spec.columns, spec.lines, self._run_dir)
            reading, output = self._terminal.master, self._terminal.slave
            errors = output
            stdin = os.open(spec.stdin, os.O_RDONLY | os.O_CLOEXEC) if spec.stdin is not None else output
            if spec.mode == "tty":
                self._terminal.view_here()
            if spec.socket is not None:
                self._terminal.listen(spec.socket)
        # Invariant: nothing in the middle of a conversation is left out.
        kind = WholeLog if spec.mode == "talk" else CappedLog
        self._output = Output(reading, kind(self._run_dir, spec.log_cap))
        child = Child(spec, (stdin, output, errors), terminal=self._terminal is not None)
        for descriptor in {stdin, output, errors}:
            os.close(descriptor)
        return child

    def _started(self) -> dict[str, object]:
        return {
            "pid": os.getpid(),
            "start_ticks": procfs.start_ticks(os.getpid()),
            "child": self._child.pid,
            "child_start_ticks": procfs.start_ticks(self._child.pid),
            "boot": procfs.boot_id(),
            "tag": self._spec.tag,
            "mode": self._spec.mode,
            "socket": self._spec.socket if self._spec.mode == "pty" else None,
            "wire": self._spec.socket,
            "time": time.time(),
        }

    def _leave_launcher(self) -> None:
        """Close the launcher's pipe, which tells it that the run is started; keep stderr in a file."""
        null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
        errors = os.open(
            os.path.join(self._run_dir, files.HOLDER_LOG), os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600
        )
        for source, target in ((null, 0), (null, 1), (errors, 2)):
            os.dup2(source, target)
        os.close(null)
        os.close(errors)

    def _watch_signals(self) -> int:
        wake, write = os.pipe()
        os.set_blocking(wake, False)
        os.set_blocking(write, False)
        signal.set_wakeup_fd(write, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._on_stop)
        signal.signal(signal.SIGWINCH, self._on_resize)
        # Does nothing, but unlike the default it wakes the loop.
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        return wake

    def _on_stop(self, number: int, frame: FrameType | None) -> None:
        self._stop_asked = True

    def _on_resize(self, number: int, frame: FrameType | None) -> None:
        self._resized = True

    def _stop_grace(self) -> float:
        """The grace that who stops the run wrote, else the run's own."""
        try:
            asked = files.read_json(os.path.join(self._run_dir, files.STOP)) or {}
            return float(asked.get("grace", self._spec.grace))
        except (OSError, ValueError, TypeError):
            return self._spec.grace

    def _poll(self, milliseconds: int | None) -> list[tuple[int, int]]:
        poll = select.poll()
        poll.register(self._wake, select.POLLIN)
        if self._error_open:
            poll.register(self._child.error, select.POLLIN)
        terminal = self._terminal
        if self._output.open:
            writing = select.POLLOUT if terminal is not None and terminal.wants_to_write() else 0
            poll.register(self._output.descriptor, select.POLLIN | writing)
        if self._errors is not None and self._errors.open:
            poll.register(self._errors.descriptor, select.POLLIN)
        front = terminal or self._wire
        for descriptor, mask in front.interests() if front is not None else ():
            poll.register(descriptor, mask)
        return poll.poll(milliseconds)

    def _dispatch(self, descriptor: int, event: int) -> None:
        terminal, front = self._terminal, self._terminal or self._wire
        if descriptor == self._wake:
            _empty(self._wake)
            if self._resized and terminal is not None:
                self._resized = False
                terminal.follow_size()
        elif descriptor == self._output.descriptor:
            if event & select.POLLOUT and terminal is not None:
                terminal.feed()
            if event & ~select.POLLOUT:
                self._copy()
        elif descriptor == self._child.error:
            self._read_error()
        elif self._errors is not None and descriptor == self._errors.descriptor:
            self._errors.copy()
        elif front is not None:
            front.ready(descriptor)

    def _copy(self) -> int:
        """Copy one piece of output; return its size, 0 when there is none now."""
        was_open = self._output.open
        data = self._output.copy()
        front = self._terminal or self._wire
        if data and front is not None:
            front.show(data)
        if was_open and not self._output.open and self._wire is not None:
            self._wire.closed()
        return len(data)

    def _read_error(self) -> None:
        try:
            data = os.read(self._child.error, 4096)
        except BlockingIOError:
            data = b""
        self._error += data
        self._error_open = bool(data)

    def _finish(self) -> dict[str, object]:
        drained = 0
        while drained < _DRAIN and (size := self._copy()):
            drained += size
        while self._error_open:
            self._read_error()
        truncated = self._output.finish()
        if self._errors is not None:
            while drained < _DRAIN and (said := self._errors.copy()):
                drained += len(said)
            self._errors.finish()
        if (front := self._terminal or self._wire) is not None:
            front.close(_FLUSH)
        ending = self._ending
        status = ending.status
        return _exit(
            code=os.WEXITSTATUS(status) if status is not None and os.WIFEXITED(status) else None,
            signal=os.WTERMSIG(status) if status is not None and os.WIFSIGNALED(status) else None,
            timed_out=ending.timed_out,
            stopped=ending.stopped,
            duration=round(ending.duration, 6),
            truncated=truncated,
            error=self._error.decode(errors="replace") or None,
            survivors=sorted(ending.survivors),
        )


def _exit(
    *,
    code: int | None = None,
    signal: int | None = None,
    timed_out: bool = False,
    stopped: bool = False,
    duration: float = 0.0,
    truncated: bool = False,
    error: str | None = None,
    survivors: list[int] | None = None,
) -> dict[str, object]:
    return {
        "code": code,
        "signal": signal,
        "timed_out": timed_out,
        "stopped": stopped,
        "duration": duration,
        "truncated": truncated,
        "error": error,
        "survivors": survivors or [],
    }


def _empty(descriptor: int) -> None:
    try:
        while os.read(descriptor, 4096):
            continue
    except BlockingIOError:
        return
