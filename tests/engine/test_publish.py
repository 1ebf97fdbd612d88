"""A proven head is pushed as soon as there is a network, over nobody's commits, and not when its session is over."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from attrs import define, evolve, field

from agent_orchestrator.engine import events as e
from agent_orchestrator.engine import pull_events as p
from agent_orchestrator.engine.drive.forge import NoForge
from agent_orchestrator.engine.drive.publish import publish
from agent_orchestrator.engine.due import Publish
from agent_orchestrator.engine.state import Project, Session, Settings, State
from agent_orchestrator.model.forge import Forge
from agent_orchestrator.ports.scm import NewPull, Opened

SESSION = Session("s", "app", "s", "Do it", "", "claude", "process", "ao/s", "c", "t", "/tree", 900.0)
SETTINGS = Settings("app", "/repo", "app", "main", forge=Forge("github", "https://github.com", "acme/shop"))
HEADED = evolve(SESSION, head="h")
OFFLINE, STALE = "fatal: unable to access the remote", "! refs/heads/ao/s [rejected] (stale info)"


@define
class World:
    """A session with a head, and a remote that answers pushes in turn with ``pushes``: empty, it takes them."""

    pushes: list[str]
    #: Where the branch is at the remote, and the commits in the history of the session's head.
    there: str = ""
    history: tuple[str, ...] = ()
    #: What happens while the forge is waited for.
    meanwhile: Callable[[Session], Session] = lambda session: session
    state: State = field(factory=lambda: State(projects={"app": Project("app", SETTINGS)}, sessions={"s": HEADED}))
    leases: list[str] = field(factory=list)
    recorded: list[e.Event] = field(factory=list)
    opened: list[str] = field(factory=list)

    def now(self) -> float:
        return 1_000.0

    def project(self, id: str) -> Project:
        return self.state.projects[id]

    def session(self, id: str) -> Session:
        return self.state.sessions[id]

    def driven(self, _: str) -> SimpleNamespace:
        return SimpleNamespace(scm=self, repo=SimpleNamespace(git=lambda: self))

    def look_again(self, _: str) -> None: ...

    async def record(self, *events: e.Event) -> None:
        self.recorded += events

    async def run(self, *argv: str, **_: object) -> SimpleNamespace:
        """Git."""
        match argv[0]:
            case "push":
                self.leases.append(argv[3].rpartition(":")[2])
                said = self.pushes.pop(0)
                return SimpleNamespace(code=int(bool(said)), err=said, text="")
            case "ls-remote":
                return SimpleNamespace(code=0, err="", text=f"{self.there}\trefs/heads/ao/s" if self.there else "")
            case _:
                return SimpleNamespace(code=int(argv[2] not in self.history), err="", text="")

    async def find(self, _: list[str]) -> dict[str, str]:
        self.state = evolve(self.state, sessions={"s": self.meanwhile(self.session("s"))})
        return {}

    async def open(self, new: NewPull) -> Opened:
        self.opened.append(new.branch)
        return Opened("P1", 12, "https://github.com/acme/shop/pull/12")


async def published(world: World) -> list[type[e.Event]]:
    await publish(world, Publish("app", "s"))  # type: ignore[arg-type]
    return [type(event) for event in world.recorded]


async def test_a_network_that_is_away_is_waited_for():
    world = World([OFFLINE, ""])
    assert await published(world) == [p.Published]
    assert world.opened == ["ao/s"]


async def test_what_can_not_be_pushed_though_the_forge_answers_is_said():
    with pytest.raises(NoForge, match="unable to access the remote"):
        await published(World([OFFLINE, OFFLINE]))


@pytest.mark.parametrize(
    "meanwhile",
    [lambda s: evolve(s, stopping=True), lambda s: evolve(s, head="h2"), lambda s: evolve(s, landing="x")],
    ids=["stopped", "worked on", "landed"],
)
async def test_a_session_that_changed_while_the_forge_was_waited_for_gets_no_pull_request(meanwhile):
    world = World([OFFLINE, ""], meanwhile=meanwhile)
    assert (await published(world), world.opened, len(world.leases)) == ([], [], 1)


async def test_its_own_commits_of_a_push_that_was_not_recorded_are_gone_on_from():
    world = World([STALE, ""], there="h1", history=("h1",))
    assert await published(world) == [p.Published]
    assert world.leases == ["", "h1"]


async def test_a_branch_that_was_deleted_at_the_forge_is_made_again():
    world = World([STALE, ""])
    world.state = evolve(world.state, sessions={"s": evolve(HEADED, published="h1")})
    assert await published(world) == [p.Published]
    assert world.leases == ["h1", ""]


async def test_what_others_pushed_stays():
    world = World([STALE], there="theirs")
    with pytest.raises(NoForge, match="has commits at origin that are not s's"):
        await published(world)
    assert world.leases == [""]
