"""A journal that can not be written: the engine stands still and says why, and goes on after a restart with room."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from agent_orchestrator.engine import events as e
from agent_orchestrator.engine.due import ObserveTarget
from agent_orchestrator.engine.loop import Engine, ReadOnly
from agent_orchestrator.engine.state import Settings

SETTINGS = Settings("app", "/repo", "app", "main", checks=("unit",), gate=("unit",))
#: Enough pages for the project, too few for BIG.
ROOM = 14
BIG = e.HuntStarted(3.0, random.Random(1).randbytes(200_000).hex(), "app")
HUNT = e.HuntStarted(3.0, "h", "app")


@pytest.fixture
def serve(open_journal: Callable[..., Any]) -> Callable[..., Any]:
    """An engine that runs, and the list of the effects that it started."""

    @asynccontextmanager
    async def serving(**options: Any) -> AsyncIterator[tuple[Engine, list[str]]]:
        started: list[str] = []

        async def handler(effect: Any) -> None:
            started.append(effect.key)
            await asyncio.Event().wait()

        engine = Engine(open_journal(**options), {ObserveTarget: handler}, lambda: 9.0)
        engine.replay()
        running = asyncio.create_task(engine.run())
        try:
            yield engine, started
        finally:
            await engine.close()
            await running

    return serving


@pytest.fixture
def full(serve: Callable[..., Any]) -> Callable[..., Any]:
    """An engine whose journal has just turned out to be full, by an event that asks for an effect."""

    @asynccontextmanager
    async def filled() -> AsyncIterator[tuple[Engine, list[str]]]:
        async with serve(max_pages=ROOM) as (engine, started):
            await engine.record(e.ProjectConfigured(1.0, "app", SETTINGS), e.ProjectTrusted(2.0, "app", ""))
            with pytest.raises(ReadOnly):
                await engine.record(BIG)
            yield engine, started

    return filled


async def turn_the_loop() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_with_room_the_event_starts_the_effect(serve):
    async with serve() as (engine, started):
        await engine.record(e.ProjectConfigured(1.0, "app", SETTINGS), e.ProjectTrusted(2.0, "app", ""))
        await engine.record(BIG)
        await turn_the_loop()
        assert started == ["ObserveTarget:app"]


async def test_an_event_that_could_not_be_stored_has_not_happened(full):
    async with full() as (engine, _):
        assert not engine.state.hunts
        assert engine.state.revision == 2


async def test_nothing_starts_while_nothing_can_be_recorded(full):
    async with full() as (_, started):
        await turn_the_loop()
        assert started == []


async def test_a_full_journal_says_so_and_refuses_even_what_would_fit(full):
    async with full() as (engine, _):
        assert "full" in engine.read_only
        with pytest.raises(ReadOnly, match="full"):
            await engine.record(HUNT)


async def test_who_waits_in_the_same_group_is_told_too(serve):
    async with serve(max_pages=ROOM) as (engine, _):
        both = await asyncio.gather(engine.record(HUNT), engine.record(BIG), return_exceptions=True)
    assert [type(answer) for answer in both] == [ReadOnly, ReadOnly]


async def test_after_a_restart_with_room_the_engine_goes_on(full, serve):
    async with full():
        pass
    async with serve() as (engine, started):
        await engine.record(HUNT)
        await turn_the_loop()
        assert started == ["ObserveTarget:app"]


async def test_an_effect_whose_outcome_can_not_be_stored_is_due_again_after_a_restart(serve):
    async with serve(max_pages=ROOM) as (engine, _):
        await engine.record(e.ProjectConfigured(1.0, "app", SETTINGS), e.ProjectTrusted(2.0, "app", ""), HUNT)
        with pytest.raises(ReadOnly):
            await engine.record(e.TargetObserved(4.0, "app", BIG.hunt, "tree", "gate"))
    async with serve() as (_, started):
        await turn_the_loop()
        assert started == ["ObserveTarget:app"]
