"""What the daemon's commands share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import define, field

from agent_orchestrator.daemon.hello import Client
from agent_orchestrator.daemon.probing import Versions
from agent_orchestrator.daemon.projects import EnvironmentStore, Limits, look_up, read
from agent_orchestrator.engine.drive.context import Context, Driven
from agent_orchestrator.engine.drive.environment import base_env
from agent_orchestrator.engine.drive.slots import SlotPool
from agent_orchestrator.engine.loop import Engine
from agent_orchestrator.engine.state import Project, Session, State
from agent_orchestrator.model.config_agents import AGENT
from agent_orchestrator.protocol.errors import Refused
from agent_orchestrator.protocol.types import ProjectParams
from agent_orchestrator.views.checkouts import Checkouts
from agent_orchestrator.views.placements import Placements
from agent_orchestrator.views.rows import find_session

if TYPE_CHECKING:
    from agent_orchestrator.daemon.forges import Forges


@define
class App:
    """The running daemon."""

    engine: Engine
    context: Context
    pool: SlotPool
    environments: EnvironmentStore
    limits: Limits
    started_at: float
    #: What checks said of the users' checkouts.
    checkouts: Checkouts = field(factory=Checkouts)
    #: Where the lines of pull requests are in them.
    placements: Placements = field(factory=Placements)
    #: Called with the path of a file that an editor opened or wrote.
    file_touched: Callable[[str], None] = lambda path: None
    #: The versions of agents' programs.
    versions: Versions = field(factory=Versions)
    #: The looks at forges, once they are made.
    forges: Forges | None = None
    #: Set when the daemon shall end.
    stop: asyncio.Event = field(factory=asyncio.Event)

    @property
    def state(self) -> State:
        """The present state."""
        return self.engine.state

    def project_of(self, client: Client, params: ProjectParams) -> Project:
        """The project that a client means: named, or the one that its folder lies in. Raises Refused."""
        projects = self.state.projects
        if params.project:
            if params.project in projects:
                return projects[params.project]
            known = ", ".join(sorted(projects)) or "none; `ao start` adds one"
            raise Refused(f"there is no project {params.project!r}; known: {known}")
        folder = Path(params.path or client.cwd)
        holding = [p for p in projects.values() if _inside(folder, Path(p.settings.path))]
        if holding:
            return max(holding, key=lambda p: len(p.settings.path))
        if len(projects) == 1 and not params.path:
            return next(iter(projects.values()))
        raise Refused(f"{folder} belongs to no project; run `ao start` there, or name one with `--project`")

    async def load(self, folder: Path, client: Client, id: str = "", file: str = "") -> Project:
        """Read a project's configuration with the client's environment, and drive it. Raises Refused."""
        # Invariant: one at a time. Two readings of a file that changes in between must not end up as the commands of
        # one under the trust of the other.
        async with self.context.lock("load"):
            found = look_up(folder, client.env, id, file)
            if isinstance(found, str):
                raise Refused(found)
            made = await read(self.context, found, client.env, self.limits)
            if isinstance(made, str):
                raise Refused(made)
            driven, event = made
            known = self.state.projects.get(event.project)
            if known is not None and known.settings.path != event.settings.path:
                raise Refused(
                    f"project {event.project!r} is {known.settings.path} already; give {folder} another id (`--id`)"
                )
            self.environments.save(event.project, client.env)
            before = driven.before = self.context.projects.get(event.project)
            self.context.projects[event.project] = driven
            try:
                if known is None or known.settings != event.settings or known.problem:
                    await self.engine.record(event)
            except BaseException:
                if before is not None:
                    self.context.projects[event.project] = before
                raise
            finally:
                driven.before = None
            if known is not None and known.forge_trouble:
                # What was missing may be in this client's environment.
                self.context.look_again(event.project)
            return self.state.projects[event.project]

    async def fresh(self, client: Client, params: ProjectParams) -> Project:
        """The project that the client means, its configuration read again. Raises Refused."""
        try:
            project = self.project_of(client, params)
        except Refused:
            if params.project:
                raise
            return await self.load(Path(params.path or client.cwd), client)
        return await self.load(Path(project.settings.path), client, project.id, project.settings.config)

    def driven(self, project: str) -> Driven:
        """The project as configured. Raises Refused."""
        if project not in self.context.projects:
            raise Refused(f"project {project!r} is not loaded: {self.state.projects[project].problem or 'try again'}")
        return self.context.projects[project]

    def lacks(self, driven: Driven, agent: str) -> str:
        """Why an agent can not be used in a project now; empty: it can."""
        try:
            return self.context.agent(driven, agent).unavailable(base_env(driven)) or ""
        except KeyError as error:
            return str(error.args[0])

    def agents(self, driven: Driven) -> dict[str, str]:
        """The agents that a project can name, and why one can not be used now; empty: it can.

        Its own are all there, those that need no configuration only where they are installed.
        """
        own = {
            name: self.lacks(driven, name) for name in (self.state.projects[driven.id].settings.agent, *driven.agents)
        }
        usable = {name: "" for name in AGENT.values if name not in own and not self.lacks(driven, name)}
        return own | usable

    def session(self, text: str, project: str = "") -> Session:
        """The session that a person means. Raises Refused."""
        found = find_session(self.state, text, project)
        if isinstance(found, str):
            raise Refused(found)
        return found

    def require_trust(self, project: Project) -> None:
        """Raises Refused when the person has not trusted what the project runs."""
        if project.trusted != project.settings.trust:
            raise Refused(
                f"project {project.id!r} is not trusted yet: nothing in it is run. `ao trust` shows what would be run"
            )


def _inside(folder: Path, home: Path) -> bool:
    folder = folder.resolve()
    return folder == home or home in folder.parents
