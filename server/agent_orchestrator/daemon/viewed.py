"""The daemon as its language server sees it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from attrs import define, field, frozen

from agent_orchestrator.daemon import shown
from agent_orchestrator.daemon.app import App
from agent_orchestrator.daemon.commands.sessions import output_of
from agent_orchestrator.daemon.commands.table import run
from agent_orchestrator.daemon.sheet import SHEET_NAME
from agent_orchestrator.engine import derive
from agent_orchestrator.engine.due import due
from agent_orchestrator.engine.state import State
from agent_orchestrator.protocol import types as t
from agent_orchestrator.protocol.caller import Client
from agent_orchestrator.protocol.errors import Refused
from agent_orchestrator.views.conversations import review_rows, threads
from agent_orchestrator.views.problems import failures_shown
from agent_orchestrator.views.rows import session_state


@frozen
class _Made:
    """Rows, and what they were made of: parts of the state, and what else can be seen in them."""

    of: tuple[object, ...]
    seen: tuple[object, ...]
    rows: tuple[t.FailureRow, ...]


@frozen
class _Said:
    """Conversations, and what they were made of; beside what is red they are ``problems``."""

    of: tuple[object, ...]
    seen: tuple[object, ...]
    threads: tuple[t.ThreadRow, ...]
    rows: tuple[t.FailureRow, ...]


@define
class Viewed:
    """Implements :class:`agent_orchestrator.lsp.core.Core`."""

    app: App
    _failures: dict[str, _Made] = field(factory=dict)
    _said: dict[str, _Said] = field(factory=dict)
    _problems: dict[str, tuple[object, object, tuple[t.FailureRow, ...]]] = field(factory=dict)
    _running: int = 0

    @property
    def state(self) -> State:
        """The present state."""
        return self.app.state

    @property
    def version(self) -> tuple[int, ...]:
        """Differs whenever something that can be seen differs."""
        return (self.app.state.revision, self.app.checkouts.revision, self.app.placements.revision)

    def failures(self, project: str) -> tuple[t.FailureRow, ...]:
        """What is red in a project; made once for all clients."""
        state, known = self.app.state, self._failures.get(project)
        found = state.projects.get(project)
        of = (found, state.failures, state.landings, state.evidence, state.pulls)
        sessions = (s for s in derive.sessions_of(state, project) if s.failures or s.pull)
        owners = tuple((s.id, *session_state(state, s)) for s in sessions)
        seen = (owners, self.app.checkouts.revision, self.app.placements.revision)
        # By identity: the state is frozen, so what is the same value is the same content.
        if known is None or known.seen != seen or any(a is not b for a, b in zip(known.of, of, strict=True)):
            rows = failures_shown(state, found, self.app.checkouts.of(project), self.app.placements) if found else ()
            known = self._failures[project] = _Made(of, seen, rows)
        return known.rows

    def threads(self, project: str) -> tuple[t.ThreadRow, ...]:
        """What reviewers say on lines of a project; made once for all clients."""
        return self._conversations(project).threads

    def problems(self, project: str) -> tuple[t.FailureRow, ...]:
        """What is red, and what reviewers say; the same as long as neither differs."""
        red, said = self.failures(project), self._conversations(project).rows
        known = self._problems.get(project)
        if known is None or known[0] is not red or known[1] is not said:
            known = self._problems[project] = (red, said, (*red, *said) if said else red)
        return known[2]

    def touched(self, path: str) -> None:
        """A file was opened or written in an editor."""
        self.app.file_touched(path)

    def _conversations(self, project: str) -> _Said:
        state, known = self.app.state, self._said.get(project)
        found = state.projects.get(project)
        of = (found, state.pulls)
        working = tuple(s.id for s in derive.open_sessions(state, project) if s.pull)
        seen = (working, self.app.placements.revision)
        if known is None or known.seen != seen or any(a is not b for a, b in zip(known.of, of, strict=True)):
            rows = tuple(threads(state, found, self.app.placements)) if found else ()
            known = self._said[project] = _Said(of, seen, rows, tuple(review_rows(rows)))
        return known

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call ``listener`` after each change; what is returned ends that."""
        app = self.app
        told_by = (app.engine.listeners, app.checkouts.listeners, app.placements.listeners)
        for listeners in told_by:
            listeners.append(listener)

        def forget() -> None:
            for listeners in told_by:
                if listener in listeners:
                    listeners.remove(listener)

        return forget

    async def call(self, method: str, params: Any, client: Client) -> Any:
        """Run a method. Raises Refused."""
        self._running += 1
        try:
            return await run(self.app, method, params, client)
        finally:
            self._running -= 1

    @property
    def busy(self) -> bool:
        """Is anything under way, or due?"""
        app = self.app
        running = app.engine.running or self._running or app.placements.busy
        return bool(running or (not app.engine.read_only and due(app.state)))

    def agents(self, project: str) -> Mapping[str, str]:
        """The agents of a project by name, and why one can not be used now; empty: it can. Raises Refused."""
        if project not in self.app.state.projects:
            raise Refused(f"there is no project {project!r}")
        return self.app.agents(self.app.driven(project))

    def log_of(self, session: str) -> str:
        """The path of the file that a session's newest turn writes its output to; empty: there is none."""
        found = self.app.session(session)
        if found.turn is None:
            return ""
        log = output_of(self.app.context.places.turn(found.id, found.turn.number))
        return str(log) if log.exists() else ""

    def scratch(self, name: str, text: str) -> str:
        """Write a file for an editor to show; its path."""
        return shown.write(self.app, name, text)

    @property
    def shown(self) -> str:
        """The folder of the files that are written to be shown."""
        return shown.folder(self.app)

    @property
    def sheet(self) -> str:
        """The path of the sessions document."""
        return os.path.realpath(self.app.context.places.state / SHEET_NAME)

    def started_for(self, project: str, on: str) -> tuple[str, ...]:
        """The ids of the checks whose ``on`` names that occasion."""
        driven = self.app.context.projects.get(project)
        return tuple(c.id for c in driven.checks if on in c.on) if driven else ()
