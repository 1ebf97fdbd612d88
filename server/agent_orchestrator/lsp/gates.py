"""Gates that run, as progress that the person can cancel."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine, Iterator, Mapping
from typing import Any

from attrs import define, field

from agent_orchestrator.engine.state import GateRun, Session, State
from agent_orchestrator.lsp.progress import Board, Progress

#: Stops a session by its id.
Stop = Callable[[str], Coroutine[Any, Any, Any]]


@define
class Gates:
    """What is shown of them. ``run`` starts a coroutine beside the messages."""

    _progress: Board
    _run: Callable[[Coroutine[Any, Any, Any]], asyncio.Task[Any]]
    _stop: Stop
    _shown: dict[str, asyncio.Task[Any]] = field(factory=dict)

    def show(self, state: State, projects: Collection[str]) -> None:
        """Begin to show the gates of these projects that are new, and take away those that are over."""
        running = {run.id: run for run in state.runs.values() if run.project in projects}
        for id in self._shown.keys() - running.keys():
            self._run(self._over(self._shown.pop(id)))
        for id in running.keys() - self._shown.keys():
            title, sessions = _title(state, running[id])
            self._shown[id] = self._run(self._progress.open(None, title, self._canceller(sessions)))

    def _canceller(self, sessions: tuple[str, ...]) -> Callable[[], object] | None:
        if not sessions:
            return None

        def cancel() -> None:
            for session in sessions:
                self._run(self._stop(session))

        return cancel

    async def _over(self, opening: asyncio.Task[Progress | None]) -> None:
        self._progress.close(await opening, "done")


def _title(state: State, run: GateRun) -> tuple[str, tuple[str, ...]]:
    """What a gate is run for, and the sessions that it is run for; none for the target's own."""
    of = tuple(s.id for s in _sessions(state.sessions, run))
    target = state.projects[run.project].target
    if target is not None and target.tree == run.tree:
        return f"ao gate {state.projects[run.project].settings.target}", ()
    return f"ao gate {', '.join(of) or run.commit[:12]}", of


def _sessions(sessions: Mapping[str, Session], run: GateRun) -> Iterator[Session]:
    for session in sessions.values():
        trees = (session.head_tree, session.link.tree if session.link else "")
        if session.project == run.project and not session.closed and run.tree in trees:
            yield session
