"""What a handler asks of a forge is asked again while that can help, and no longer."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest

from agent_orchestrator.engine.drive.forge import NoForge, patiently
from agent_orchestrator.net.answers import Trouble

FAULT = Trouble("failed", "502", status=502)


@pytest.fixture
def rests(monkeypatch):
    """The seconds that were waited, which take no time."""
    found: list[float] = []

    async def sleep(seconds: float) -> None:
        found.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    return found


async def asked(*answers: object) -> object:
    left = list(answers)

    async def ask() -> object:
        return left.pop(0) if len(left) > 1 else left[0]

    return await patiently(SimpleNamespace(now=lambda: 1_000.0), ask)  # type: ignore[arg-type]


async def test_a_forge_is_left_alone_for_as_long_as_it_asks(rests):
    assert await asked(Trouble("limited", "later", until=1_060.0), Trouble("unreachable", "away"), "yes") == "yes"
    assert rests == [60.0, 15.0]


async def test_its_own_faults_are_waited_for_some_minutes(rests):
    assert await asked(FAULT, FAULT, "yes") == "yes"
    with pytest.raises(NoForge, match="502"):
        await asked(FAULT)
    assert 240.0 < sum(rests) < 600.0


@pytest.mark.parametrize("trouble", [Trouble("denied", "no"), Trouble("failed", "a draft")], ids=["denied", "refused"])
async def test_what_it_refuses_is_not_asked_again(rests, trouble):
    with pytest.raises(NoForge):
        await asked(trouble)
    assert rests == []
