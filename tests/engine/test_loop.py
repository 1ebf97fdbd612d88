"""The engine's loop: how it ends."""

from __future__ import annotations

import asyncio

from agent_orchestrator.engine import events as e
from agent_orchestrator.engine.due import ObserveTarget
from agent_orchestrator.engine.loop import Engine
from agent_orchestrator.engine.state import Settings
from agent_orchestrator.store.journal import Journal


async def test_an_effect_that_goes_on_in_spite_of_its_cancellation_does_not_hold_the_end_up(tmp_path):
    started = asyncio.Event()

    async def deaf(effect):
        started.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await engine.record(e.TargetStale(4.0, effect.project))

    engine = Engine(Journal(tmp_path / "journal.sqlite"), {ObserveTarget: deaf}, lambda: 0.0)
    running = asyncio.create_task(engine.run())
    settings = Settings("app", "/repo", "app", "main")
    await engine.record(e.ProjectConfigured(1.0, "app", settings), e.ProjectTrusted(2.0, "app", settings.trust))
    await engine.record(e.HuntStarted(3.0, "h", "app"))
    await started.wait()
    async with asyncio.timeout(10):
        await engine.close()
        await running
