"""The real thing: an own daemon, trust said out loud, and ``ao hunt``, all as a person would run it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from attrs import define, field, frozen

from agent_orchestrator.cli import dial, main
from agent_orchestrator.cli.app import App, Connection
from agent_orchestrator.cli.exits import DONE, INTERRUPTED, RED, Failure
from agent_orchestrator.cli.render.lines import line
from agent_orchestrator.cli.terminal import Terminal
from agent_orchestrator.daemon.lock import acquire
from agent_orchestrator.demo.build import Demo
from agent_orchestrator.protocol.paths import paths_of
from agent_orchestrator.protocol.types import HuntState, ListParams, ProjectParams, Sessions, StopParams

#: What a person would type in the repository. ``--yes`` shows what is trusted, and only the demo's daemon hears it.
COMMANDS = (["trust", "--yes"], ["hunt", "--wait", "--checkout", "ff"])

#: Seconds that the daemon gets to tidy up, and to end.
_PATIENCE = 20.0

#: What a session that needs its worktree no more says of itself.
_OVER = ("landed", "already fixed", "stopped")


@define
class Recording:
    """Every state of the hunt that the command line was told, with the time it was told."""

    states: list[tuple[float, HuntState]] = field(factory=list)

    def dial(self, environ: Mapping[str, str], start: bool) -> Connection:
        """A connection whose answers about hunts are kept."""
        return _Recorded(dial.dial(environ, start=start), self)


@frozen
class _Recorded:
    connection: Connection
    recording: Recording

    def call(self, method: str, params: Any = None, *, light: bool = False) -> Any:
        answer = self.connection.call(method, params, light=light)
        if isinstance(answer, HuntState):
            self.recording.states.append((time.time(), answer))
        return answer


def hunt(demo: Demo, terminal: Terminal, recording: Recording) -> int:
    """Hunt in the demo's repository; the exit code of the last command. The daemon has ended when this returns."""
    app = App(terminal, demo.repository, demo.environ(terminal.environ), dial=recording.dial)
    code = INTERRUPTED
    try:
        for words in COMMANDS:
            terminal.page((line(("$ ", "dim"), (f"ao {' '.join(words)}", "strong")),))
            code = main.run(words, app)
            if code not in (DONE, RED):
                return code
            terminal.line("")
    finally:
        _end(app, everything=code == INTERRUPTED)
    return code


def _end(app: App, *, everything: bool) -> None:
    """End the daemon and wait until it is gone; with ``everything`` its sessions end first."""
    try:
        daemon = app.redial()
        if everything:
            app.terminal.note("the demo ends here: its sessions and its daemon are stopped")
            # A hunt that is not paused would start new sessions for what the stopped ones leave.
            daemon.call("pause", ProjectParams(path=str(app.cwd)))
            daemon.call("stop", StopParams(all=True))
        _wait(app, lambda: not _unfinished(daemon))
        daemon.call("shutdown")
    except Failure:
        return  # It is gone already.
    paths = paths_of(app.environ)
    if not _wait(app, lambda: _is_free(paths.lock)):
        raise Failure(f"the demo's daemon has not ended within {_PATIENCE:.0f} s; see {paths.log}")
    # Checks outlive a daemon; each holds its slot's lock to its end.
    _wait(app, lambda: all(_is_free(lock) for lock in paths.cache.glob("slots/*/*.lock")))


def _unfinished(daemon: Connection) -> bool:
    """Whether the worktree of a session that is over is still there: it goes after the landing that ends the hunt."""
    answer: Sessions = daemon.call("sessions", ListParams(closed=True))
    return any(session.workspace_path for session in answer.sessions if session.detail in _OVER)


def _is_free(lock: Path) -> bool:
    taken = acquire(lock)
    if taken is not None:
        taken.close()
    return taken is not None


def _wait(app: App, condition: Callable[[], bool]) -> bool:
    """Whether the condition came to hold in time."""
    deadline = app.now() + _PATIENCE
    while not (held := condition()) and app.now() < deadline:
        app.sleep(0.1)
    return held
