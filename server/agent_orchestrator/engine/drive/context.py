"""What the handlers share: the engine, the ports, the projects as configured now, locks and places to write."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from attrs import define, field, frozen

from agent_orchestrator.engine.events import Event
from agent_orchestrator.engine.state import Project, Session, State
from agent_orchestrator.git.repository import Repository
from agent_orchestrator.model.config import AgentConfig, Command, ProjectConfig
from agent_orchestrator.ports.agent import Agent
from agent_orchestrator.ports.check import CheckTools, Environment, ResolvedCheck
from agent_orchestrator.ports.runtime import Runtime
from agent_orchestrator.ports.scm import Scm
from agent_orchestrator.ports.tracker import Tracker
from agent_orchestrator.ports.workspace import Workspace
from agent_orchestrator.protocol.paths import SOCKET_PATH_MAX

if TYPE_CHECKING:
    from agent_orchestrator.engine.drive.watch import Watch


class Recorder(Protocol):
    """The part of the engine that handlers use."""

    state: State

    async def record(self, *events: Event) -> State:
        """Apply and store events."""

    async def wait_for(self, condition: Callable[[State], bool]) -> State:
        """The first state for which ``condition`` holds, or the last one when the engine ends."""


@frozen
class Places:
    """Folders. ``state`` survives a reboot, ``cache`` may be deleted at any time, ``runtime`` is for sockets."""

    state: Path
    cache: Path
    runtime: Path

    def turn(self, session: str, number: int) -> Path:
        """The run directory of one turn of a session."""
        return self.state / "sessions" / session / f"turn-{number}"

    def agent(self, session: str) -> Path:
        """The folder of a session's agent, for files of its own."""
        return self.state / "sessions" / session / "agent"

    def shim(self, session: str) -> Path:
        """The folder of what stands before the forge's programs in a session."""
        return self.state / "sessions" / session / "shim"

    def door(self, session: str, number: int) -> Path | None:
        """Where the program of a turn may have sockets, None where a path would be too long for one."""
        # Not the session's name, which may be as long as a path.
        name = hashlib.sha256(f"{self.state}\0{session}\0{number}".encode()).hexdigest()[:12]
        path = self.runtime / name
        return path if len(os.fsencode(path)) + len(".in") <= SOCKET_PATH_MAX else None

    def gate(self, run: str) -> Path:
        """The folder of one gate run."""
        return self.state / "gates" / run


def checkout_lock(project: str) -> str:
    """The name of the lock under which a landing moves the user's checkout, and others look at it."""
    return f"checkout:{project}"


@define
class Driven:
    """One project as it is configured now. ``env`` is the last accepted environment of a client of the project."""

    id: str
    config: ProjectConfig
    repo: Repository
    checks: tuple[ResolvedCheck, ...]
    env: Mapping[str, str] = field(factory=dict, repr=False)
    agents: Mapping[str, AgentConfig] = field(factory=dict)
    #: Seconds that one turn of an agent may take.
    turn_seconds: float = 1800.0
    #: Everything that trusting the project allows: (where it is configured, command or value).
    commands: tuple[tuple[str, str | tuple[str, ...]], ...] = field(default=(), repr=False)
    #: The digest that a person trusts, as in ``Settings.trust``.
    trust: str = ""
    #: Its forge; None: it has none that is known.
    scm: Scm | None = field(default=None, repr=False)
    tracker: Tracker | None = field(default=None, repr=False)
    #: The commands of reactions, by their events' names.
    reaction_commands: Mapping[str, Command] = field(factory=dict, repr=False)
    #: What this takes the place of, until that is recorded.
    before: Driven | None = field(default=None, repr=False)

    @property
    def main(self) -> Path:
        """The user's checkout."""
        return self.repo.main_worktree or self.repo.top

    @property
    def gate(self) -> tuple[ResolvedCheck, ...]:
        """The checks of the gate, in order."""
        by_id = {check.id: check for check in self.checks}
        ids = self.config.landing.gate
        if ids is None:
            return tuple(check for check in self.checks if "landing" in check.on)
        return tuple(by_id[i] for i in ids if i in by_id)

    def identity(self, commit: str, tree: str) -> str:
        """What evidence about a commit is kept under (``landing.evidence``): its tree, or the commit itself."""
        return tree if self.config.landing.evidence == "tree" else commit

    def check(self, id: str) -> ResolvedCheck | None:
        """The check with this id."""
        return next((check for check in self.checks if check.id == id), None)


def plugin_of(driven: Driven, agent: str) -> str:
    """The name of the plugin that runs an agent of a project."""
    config = driven.agents.get(agent)
    return config.resolved_plugin if config else agent


@frozen
class TargetRef:
    """The branch that landings move. ``worktree`` is where it is checked out; then it moves by a fast-forward there."""

    branch: str
    worktree: Path | None

    @property
    def ref(self) -> str:
        """The full name."""
        return f"refs/heads/{self.branch}"


class NotDriven(Exception):
    """The project is not loaded: its configuration or repository can not be read at the moment."""


@define
class Context:
    """Everything that the handlers need; made once, by the composition root."""

    engine: Recorder
    places: Places
    tools: CheckTools
    workspace: Workspace
    runtimes: Mapping[str, Runtime]
    agents: Mapping[str, Callable[[AgentConfig | None], Agent]]
    now: Callable[[], float]
    new_id: Callable[[], str]
    check_places: asyncio.Semaphore
    #: Plugin → what makes a forge of a place and a person's environment, GitHub's also of an app.
    scms: Mapping[str, Callable[..., Scm]] = field(factory=dict)
    #: Plugin → what makes a tracker of a place (or none), a person's environment and its settings.
    trackers: Mapping[str, Callable[..., Tracker]] = field(factory=dict)
    projects: dict[str, Driven] = field(factory=dict)
    #: Landings that this daemon itself intended a moment ago: nothing to recover.
    intended: set[str] = field(factory=set)
    #: Project → its checkout, watched while agents run.
    watches: dict[str, Watch] = field(factory=dict)
    #: Called with a project's id where its forge is worth another look at once.
    look_again: Callable[[str], None] = lambda project: None
    _locks: dict[str, asyncio.Lock] = field(factory=dict)
    _environments: dict[tuple[str, str], Environment] = field(factory=dict)

    @property
    def state(self) -> State:
        """The present state."""
        return self.engine.state

    async def record(self, *events: Event) -> State:
        """Apply and store events; what follows from them may start at once."""
        return await self.engine.record(*events)

    def driven(self, project: str) -> Driven:
        """The project as configured. Raises NotDriven."""
        if project not in self.projects:
            raise NotDriven(f"project {project!r} is not loaded; `ao doctor` says why")
        found, recorded = self.projects[project], self.state.projects.get(project)
        # Invariant: what is trusted in the state is what runs, also in the moment in which that changes.
        if found.before is not None and recorded is not None and recorded.settings.trust == found.before.trust:
            return found.before
        return found

    def project(self, id: str) -> Project:
        """The project's facts."""
        return self.state.projects[id]

    def session(self, id: str) -> Session:
        """The session's facts."""
        return self.state.sessions[id]

    def lock(self, name: str) -> asyncio.Lock:
        """The lock with this name; what happens to one session's worktree happens one thing after the other."""
        return self._locks.setdefault(name, asyncio.Lock())

    def agent(self, driven: Driven, name: str) -> Agent:
        """The agent with this name for this project. Raises KeyError with a sentence."""
        config, plugin = driven.agents.get(name), plugin_of(driven, name)
        if plugin not in self.agents:
            raise KeyError(f"no agent {name!r}; known: {', '.join(sorted({*self.agents, *driven.agents}))}")
        return self.agents[plugin](config)
