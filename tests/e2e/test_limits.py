"""An agent at its usage limit: it goes on when that is over, or when a person says so."""

from __future__ import annotations

import asyncio
import re

import pytest

from agent_orchestrator.daemon.waiting import end_limits
from agent_orchestrator.engine.events import AgentLimited
from agent_orchestrator.protocol import types as t

HALF = "def half(a):\n    return a // 2\n"
TEST = "def test_half():\n    from half import half\n    assert half(3) == 1.5\n"
FILES = {"half.py": HALF, "tests/test_half.py": TEST}


@pytest.fixture
async def limited(world):
    """A world whose agent is at its limit, and a clock of the daemon."""
    world.make(FILES)
    world.agents_do({"test_half": [[["replace", "half.py", "a // 2", "a / 2"]]]})
    await world.start()
    ending = asyncio.create_task(end_limits(world.app))
    yield world
    ending.cancel()


async def limit(world, seconds, **options):
    now = world.app.context.now()
    await world.app.engine.record(AgentLimited(now, "scripted", now + seconds, **options))


async def test_when_the_limit_is_over_the_hunt_goes_on_by_itself(limited):
    await limit(limited, 0.3)
    row = await limited.hunt()
    assert (row.green, limited.state.limits) == (True, {})


async def test_one_of_which_a_person_wants_to_be_asked_goes_on_when_they_say_so(limited):
    await limit(limited, -1.0, asks=True)
    begun = await limited.call("hunt", t.HuntParams(checkout="ff"))
    await limited.until(lambda s: s.failures and all(f.reproduced for f in s.failures.values()))
    assert (dict(limited.state.sessions), limited.app.engine.running) == ({}, frozenset())
    await limited.call("resume", t.PauseParams())
    assert (await limited.end_of(begun.hunt.id)).green


async def test_a_session_says_until_when_it_rests(limited):
    await limit(limited, 3600.0, asks=True)
    made = await limited.call("new", t.NewParams(task="look", agent="scripted"))
    await limited.until(lambda s: s.sessions[made.id].workspace == "ready")
    (row,) = (await limited.call("sessions", t.ListParams())).sessions
    assert row.state == "working"
    assert re.fullmatch(r"rate-limited until \d\d:\d\d, then `ao resume`", row.detail)
