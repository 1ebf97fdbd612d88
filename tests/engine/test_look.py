"""Why checks failed is read when it can be had, and nobody is woken before."""

from __future__ import annotations

from types import SimpleNamespace

from attrs import define, field

from agent_orchestrator.engine import events as e
from agent_orchestrator.engine import pull_events as p
from agent_orchestrator.engine.drive.look import Looks, read_ci
from agent_orchestrator.engine.state import State
from agent_orchestrator.engine.step import step
from agent_orchestrator.model.pull import CheckState, CiCheck, Pull
from agent_orchestrator.model.watched import unread
from agent_orchestrator.net.answers import Trouble
from agent_orchestrator.ports.scm import CiFailure

CHECKS = tuple(CiCheck(name, name, CheckState.FAILED, name, run=7) for name in ("lint", "test"))
PULL = Pull("P1", 12, "https://github.com/acme/shop/pull/12", "Fix", "open", "h1", "ao/s", "main", "b1", checks=CHECKS)
AWAY = Trouble("unreachable", "the host of the logs is away")
LIMITED = Trouble("limited", "no requests left", until=1_060.0)


@define
class World:
    """A pull request with two red checks; each reading of one meets what ``troubles`` has next, then none."""

    troubles: list[Trouble | None]
    state: State = field(factory=State)

    def now(self) -> float:
        return 1_000.0

    async def record(self, *events: e.Event) -> None:
        for event in events:
            self.state = step(self.state, event)

    async def run(self, *_: str, **__: object) -> SimpleNamespace:
        """Git, in a repository without files."""
        return SimpleNamespace(code=0, fields=list)

    async def failure(self, _: Pull, check: CiCheck, __: object) -> CiFailure:
        trouble = self.troubles.pop(0) if self.troubles else None
        return CiFailure(check, log="" if trouble else "the log", trouble=trouble)

    @property
    def unread(self) -> list[str]:
        return [check.name for check in unread(self.state.pulls["app/P1"])]


async def looked(world: World, times: int) -> list[list[str]]:
    """What is unread after each of so many looks."""
    await world.record(
        p.PullFollowed(900.0, "app", "P1"),
        p.PullsSeen(901.0, "app", (PULL,)),
        p.BaseCompared(902.0, "app", "P1", "b1"),
    )
    driven = SimpleNamespace(repo=SimpleNamespace(git=lambda: world), checks=())
    looks, found = Looks(), []
    for _ in range(times):
        await read_ci(world, driven, world, "app/P1", looks)  # type: ignore[arg-type]
        found.append(world.unread)
    assert looks.tries == {}
    return found


async def test_a_log_that_can_not_be_had_for_a_moment_is_read_at_the_next_look():
    assert await looked(World([None, AWAY]), 2) == [["test"], []]


async def test_a_limit_is_waited_for_however_often_it_is_met():
    assert await looked(World([LIMITED] * 5), 6) == [["lint", "test"]] * 5 + [[]]


async def test_what_never_answers_is_gone_on_without():
    assert await looked(World([AWAY] * 9), 3) == [["lint", "test"]] * 2 + [[]]
