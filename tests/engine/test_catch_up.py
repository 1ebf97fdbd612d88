"""Work in review is brought up to date with its base as soon as that can be fetched, unless its agent works by then."""

from __future__ import annotations

from asyncio import Lock
from pathlib import Path
from types import SimpleNamespace

import pytest
from attrs import define, field

from agent_orchestrator.engine.drive.forge import NoForge
from agent_orchestrator.engine.drive.workspace import catch_up
from agent_orchestrator.engine.due import CatchUp
from agent_orchestrator.engine.state import Project, Session, Settings, State
from agent_orchestrator.git.runner import GitError
from agent_orchestrator.model.forge import Forge

SETTINGS = Settings("app", "/repo", "app", "main", forge=Forge("github", "https://github.com", "acme/shop"))
#: Somebody has said something to its agent: it is in review no longer.
SESSION = Session("s", "app", "s", "Do it", "", "claude", "process", "ao/s", "c", "t", "/tree", 900.0, head="h")


@define
class World:
    """A remote that is away for so many ``fetches``."""

    away: int
    state: State = field(factory=lambda: State(projects={"app": Project("app", SETTINGS)}, sessions={"s": SESSION}))
    asked: list[list[str]] = field(factory=list)
    recorded: list[tuple[object, ...]] = field(factory=list)

    def session(self, id: str) -> Session:
        return self.state.sessions[id]

    def driven(self, _: str) -> SimpleNamespace:
        return SimpleNamespace(scm=self, repo=SimpleNamespace(git=lambda: self))

    def lock(self, _: str) -> Lock:
        return Lock()

    async def record(self, *events: object) -> None:
        self.recorded.append(events)

    async def run(self, *argv: str, **_: object) -> SimpleNamespace:
        """Git, to which the commit is new."""
        if argv[0] == "fetch" and self.away:
            self.away -= 1
            raise GitError(argv, Path(), 128, "unable to access the remote")
        return SimpleNamespace(code=int(argv[0] == "cat-file"))

    async def find(self, branches: list[str]) -> dict[str, str]:
        self.asked.append(branches)
        return {}


async def test_a_network_that_is_away_is_waited_for_and_a_session_at_work_is_left_alone():
    world = World(away=1)
    await catch_up(world, CatchUp("app", "s", "b2"))  # type: ignore[arg-type]
    assert (world.asked, world.recorded) == ([["ao/s"]], [()])


async def test_what_can_not_be_fetched_though_the_forge_answers_is_said():
    with pytest.raises(NoForge, match="b2 can not be fetched"):
        await catch_up(World(away=2), CatchUp("app", "s", "b2"))  # type: ignore[arg-type]
