"""The product's own loop at such a forge: its looks, its pace, its state; only agents and checks have no part."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from attrs import define, field

from agent_orchestrator.engine import events as e
from agent_orchestrator.engine import pull_events as p
from agent_orchestrator.engine.drive.context import Context, Driven, Places
from agent_orchestrator.engine.drive.look import Looks, look
from agent_orchestrator.engine.events import Event
from agent_orchestrator.engine.state import Settings, State
from agent_orchestrator.engine.step import step
from agent_orchestrator.git.problem import Problem
from agent_orchestrator.git.repository import Repository, discover
from agent_orchestrator.model.forge import Forge
from agent_orchestrator.model.pace import next_look, pace
from agent_orchestrator.model.pull import CheckState, Mergeable
from agent_orchestrator.model.watched import Watched, watched_key

from .staleness import View
from .world import World

PROJECT = "app"
_STATES = {CheckState.PENDING: "running", CheckState.FAILED: "failed", CheckState.PASSED: "passed"}


@define
class Recorder:
    """Events make the state, as they do in the engine; nothing is stored, and nothing follows from them."""

    state: State = field(factory=State)

    async def record(self, *events: Event) -> State:
        """Apply events."""
        for event in events:
            self.state = step(self.state, event)
        assert not self.state.problems, self.state.problems
        return self.state

    async def wait_for(self, condition: Callable[[State], bool]) -> State:
        """In such an hour nothing is waited for."""
        raise AssertionError("a look waits for nothing")


@define
class Product:
    """Follows every pull request of a world."""

    world: World
    context: Context
    looks: Looks = field(factory=Looks)
    #: How often it looked.
    count: int = 0

    async def tick(self) -> float:
        """Look once; when to look again."""
        self.count += 1
        next_at = await look(self.context, PROJECT, self.looks)
        assert self.looks.trouble is None, self.looks.trouble
        return next_at

    def cadence(self, pull: int) -> float:
        """Seconds between two looks at a pull request, as it is planned now."""
        watched = self._watched(pull)
        now = self.world.now
        at = self.looks.at.get(watched.id, 0.0)
        return next_look(watched, at, now, pace(tuple(self.context.state.pulls.values()), now)) - at

    def view(self, pull: int) -> View:
        """What the state says of a pull request."""
        watched = self._watched(pull)
        it = watched.pull
        if it is None:
            return View()
        return View(
            head=it.head,
            base=it.base_head,
            checks={check.name: _STATES[check.state] for check in it.checks},
            reds=frozenset(red.check.name for red in watched.reds if red.log and not red.missing),
            decision=it.decision,
            resolved=frozenset(thread.id for thread in it.threads if thread.resolved),
            conflict=it.mergeable is Mergeable.NO,
            labels=frozenset(it.labels),
            comments=frozenset(comment.text for comment in watched.comments),
            draft=it.draft,
            state=it.state,
        )

    def _watched(self, pull: int) -> Watched:
        return self.context.state.pulls[watched_key(PROJECT, self.world.key(pull))]


async def product(world: Any, folder: Path) -> Product:
    """The product on a world, following its pull requests; nothing was looked at yet."""
    repo = await _repository(folder / "repo")
    recorder = Recorder()
    context = Context(
        engine=recorder,
        places=Places(folder / "state", folder / "cache", folder / "run"),
        tools=None,  # type: ignore[arg-type]  Nothing is checked, and nobody works.
        workspace=None,  # type: ignore[arg-type]
        runtimes={},
        agents={},
        now=lambda: world.now,
        new_id=lambda: "",
        check_places=asyncio.Semaphore(1),
    )
    scm = world.scm()
    context.projects[PROJECT] = Driven(PROJECT, None, repo, (), scm=scm)  # type: ignore[arg-type]
    forge = Forge(scm.name, world.server, "acme/shop", followed=True, rerun=0)
    settings = Settings(PROJECT, str(repo.top), PROJECT, "main", forge=forge)
    await recorder.record(
        e.ProjectConfigured(world.now, PROJECT, settings),
        *(p.PullFollowed(world.now, PROJECT, world.key(number)) for number in range(len(world.pulls))),
    )
    return Product(world, context)


async def _repository(folder: Path) -> Repository:
    """The person's clone, in which the forge's imagined commits are not to be had."""
    folder.mkdir(parents=True)
    for command in (
        ["init", "-q", "-b", "main"],
        ["-c", "user.name=A", "-c", "user.email=a@b.invalid", "commit", "-q", "--allow-empty", "-m", "Begin"],
    ):
        process = await asyncio.create_subprocess_exec("git", "-C", str(folder), *command)
        assert await process.wait() == 0
    found = await discover(folder)
    assert not isinstance(found, Problem)
    return found
