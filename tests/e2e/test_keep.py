"""What a person changes in a session's worktree lands with it, once it is proven."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agent_orchestrator.protocol import types as t
from agent_orchestrator.protocol.errors import Refused

FILES = {"a.txt": "first\n", "tests/test_ok.py": "def test_ok():\n    assert True\n"}


async def begin(world: Any, *turns: Any, **project: Any) -> str:
    world.make(FILES, landing={"checkout": "ff"}, **project)
    world.agents_do({"do": turns})
    await world.start()
    return (await world.call("new", t.NewParams(task="do", agent="scripted"))).id


async def rested(world: Any, h: Any, id: str) -> Any:
    """The session after its turn, with nothing more to be done."""
    await world.until(lambda state: bool(state.sessions[id].turns) and not state.sessions[id].running)
    await h.eventually(lambda: not world.app.engine.running)
    return world.state.sessions[id]


async def test_what_a_person_did_in_place_of_the_agent_lands(world: Any, h: Any) -> None:
    id = await begin(world, [])
    session = await rested(world, h, id)
    (Path(session.path) / "a.txt").write_text("mine\n")
    said = await world.call("keep", t.SessionParams(session=id))
    assert "is proven anew" in said.message
    await world.until(lambda state: bool(state.sessions[id].landing), 30.0)
    assert world.show("a.txt") == "mine"


async def test_what_a_person_changed_of_work_that_is_held_lands_in_its_place(world: Any, h: Any) -> None:
    # The guard holds work that deletes a test.
    id = await begin(world, [["write", "a.txt", "done\n"], ["delete", "tests/test_ok.py"]])
    session = await rested(world, h, id)
    assert session.is_held
    (Path(session.path) / "tests" / "test_ok.py").write_text(FILES["tests/test_ok.py"])
    await world.call("keep", t.SessionParams(session=id))
    await world.call("land", t.LandParams(session=id, allow=True))
    await world.until(lambda state: bool(state.sessions[id].landing), 30.0)
    assert (world.show("a.txt"), world.show("tests/test_ok.py")) == ("done", FILES["tests/test_ok.py"].rstrip())


async def test_nothing_new_is_said(world: Any, h: Any) -> None:
    id = await begin(world, [])
    session = await rested(world, h, id)
    said = await world.call("keep", t.SessionParams(session=id))
    assert said.message == f"{id} has nothing left to land"
    assert h.git(session.path, "rev-parse", "HEAD") == session.base


async def test_what_is_over_is_refused(world: Any, h: Any) -> None:
    id = await begin(world, [])
    await rested(world, h, id)
    await world.call("stop", t.StopParams(session=id))
    with pytest.raises(Refused, match="has no worktree"):
        await world.call("keep", t.SessionParams(session=id))
