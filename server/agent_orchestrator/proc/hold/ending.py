"""How a run ends: the child by itself, at its timeout, or stopped; then everything it left behind."""

from __future__ import annotations

import os
import signal

from agent_orchestrator.proc.hold import procfs

LINGER = 0.3
_SWEEP = 0.05
_UNKILLABLE_AFTER = 60.0
_FREEZE_ROUNDS = 50

RUNNING, LINGERING, TERMINATING, KILLING = "running", "lingering", "terminating", "killing"


class Ending:
    """The phases of one run, driven by `advance`; times are monotonic seconds.

    running → (child ended) lingering → terminating → killing, or from running at once to terminating at the timeout
    or a stop. Over when the child and all descendants have ended. Processes that nobody here may kill (another
    user's, or stuck in the kernel) are given up after a minute and named in `survivors`.
    """

    def __init__(self, child: int, tag: str, subreaper: bool, timeout: float | None, grace: float, now: float) -> None:
        self._child = child
        self._tag = tag
        self._subreaper = subreaper
        self._began = now
        self._deadline = None if timeout is None else now + timeout
        self._kill_began = 0.0
        self.grace = grace
        self.phase = RUNNING
        self.status: int | None = None
        self.duration = 0.0
        self.timed_out = False
        self.stopped = False
        self.survivors: set[int] = set()
        self.over = False

    def stop(self, grace: float, now: float) -> None:
        """Ask for the end; later calls change nothing."""
        if self.phase in (RUNNING, LINGERING):
            self.stopped = self.status is None
            self.grace = grace
            self._terminate(now)

    def advance(self, now: float) -> None:
        """Reap what ended and take the step that is due."""
        left = self._reap(now)
        if self.status is not None and not left:
            self.over = True
        elif self.status is not None and self.phase == RUNNING:
            self.phase, self._deadline = LINGERING, now + LINGER
        elif self._deadline is not None and now >= self._deadline:
            self._due(now)

    def wait_ms(self, now: float) -> int | None:
        """Milliseconds until the next step is due, None when only a signal can bring one."""
        deadline = self._deadline
        if self.status is not None and not self._subreaper:
            # Nobody tells when a process ends that is not a child of this one.
            deadline = min(now + _SWEEP, deadline) if deadline is not None else now + _SWEEP
        return None if deadline is None else max(int((deadline - now) * 1000) + 1, 0)

    def _due(self, now: float) -> None:
        if self.phase == RUNNING:
            self.timed_out = True
            self._terminate(now)
        elif self.phase == LINGERING:
            self._terminate(now)
        else:
            self._kill(now)

    def _terminate(self, now: float) -> None:
        self.phase, self._deadline = TERMINATING, now + self.grace
        self._signal_group(signal.SIGTERM)
        remaining = self._remaining()
        procfs.send(remaining, signal.SIGTERM)
        # A stopped process gets its SIGTERM only when it goes on.
        procfs.send(remaining, signal.SIGCONT)

    def _kill(self, now: float) -> None:
        if self.phase != KILLING:
            self.phase, self._kill_began = KILLING, now
        frozen: set[int] = set()
        for _ in range(_FREEZE_ROUNDS):
            new = self._remaining() - frozen
            if not new:
                break
            procfs.send(new, signal.SIGSTOP)
            frozen |= new
        procfs.send(frozen, signal.SIGKILL)
        self._signal_group(signal.SIGKILL)
        self._deadline = now + _SWEEP
        if now - self._kill_began > _UNKILLABLE_AFTER:
            self.survivors, self.over = frozen, True

    def _reap(self, now: float) -> bool:
        """Reap ended children; return whether any process of the run is left."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                # As subreaper, no child means no descendant at all.
                return not self._subreaper and bool(self._remaining() or self._group_lives())
            if pid == 0:
                return True
            if pid == self._child:
                self.status, self.duration = status, now - self._began

    def _remaining(self) -> set[int]:
        return procfs.descendants({os.getpid()}) | (set() if self._subreaper else procfs.tagged(self._tag))

    def _group_lives(self) -> bool:
        return self._signal_group(0)

    def _signal_group(self, number: int) -> bool:
        if self._subreaper and self.status is not None:
            # The group's number may be another's once the child is reaped; what is left of it is a descendant anyway.
            return False
        try:
            os.killpg(self._child, number)
        except (ProcessLookupError, PermissionError):
            return False
        return True
