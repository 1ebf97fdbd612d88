"""What the daemon does around its engine."""

from __future__ import annotations

import asyncio

import pytest

from agent_orchestrator.daemon import compose
from agent_orchestrator.engine import loop
from agent_orchestrator.protocol.paths import Paths, make_private


@pytest.fixture
def paths(tmp_path):
    made = Paths(tmp_path / "state", tmp_path / "runtime", tmp_path / "cache", tmp_path / "config")
    for folder in made.folders[:3]:
        assert not make_private(folder)
    return made


class Listening:
    """A server without a socket."""

    async def close(self) -> None:
        pass


async def test_a_daemon_whose_engine_fails_ends_with_that_error(paths, monkeypatch):
    async def listen(handlers, upgrade):
        return Listening()

    monkeypatch.setattr(loop, "due", lambda state: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        await asyncio.wait_for(compose.serve(paths, listen), 20)
