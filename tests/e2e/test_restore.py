"""A session is brought back whatever became of its worktree."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from agent_orchestrator.protocol import types as t

FILES = {"a.txt": "first\n", "tests/test_ok.py": "def test_ok():\n    assert True\n"}
WRITE = ["write", "a.txt", "done\n"]


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


async def back(world: Any, h: Any, id: str) -> Path:
    """Where it is when it was brought back."""
    await world.call("restore", t.SessionParams(session=id))
    await h.eventually(lambda: not world.app.engine.running)
    assert world.state.sessions[id].left == ""
    return Path(world.state.sessions[id].path)


async def goes_on(world: Any, id: str) -> None:
    await world.call("send", t.SendParams(session=id, text="go on"))
    await world.until(lambda state: bool(state.sessions[id].landing), 30.0)
    assert world.show("a.txt") == "done"


async def test_one_that_had_changed_nothing_begins_again_from_its_base(world: Any, h: Any) -> None:
    id = await begin(world, [], [WRITE])
    session = await rested(world, h, id)
    shutil.rmtree(session.path)
    h.commit(world.repo, {"b.txt": "later\n"})
    path = await back(world, h, id)
    assert h.git(path, "rev-parse", "HEAD") == session.base
    assert h.git(path, "branch", "--show-current") == session.branch
    await goes_on(world, id)


async def test_so_does_one_whose_agent_found_out_and_it_runs_with_what_it_was_told(world: Any, h: Any) -> None:
    id = await begin(world, [], [WRITE])
    session = await rested(world, h, id)
    shutil.rmtree(session.path)
    await world.call("send", t.SendParams(session=id, text="go on"))
    await world.until(lambda state: state.sessions[id].left.startswith("worktree gone"))
    await world.call("restore", t.SessionParams(session=id))
    await world.until(lambda state: bool(state.sessions[id].landing), 30.0)
    assert "go on" in world.told()[-1]["prompt"]


async def test_one_that_was_stopped_without_a_change_is_brought_back(world: Any, h: Any) -> None:
    id = await begin(world, [], [WRITE])
    await rested(world, h, id)
    await world.call("stop", t.StopParams(session=id))
    await back(world, h, id)
    await goes_on(world, id)


async def test_what_was_committed_after_the_last_save_is_there(world: Any, h: Any) -> None:
    id = await begin(world, [WRITE, ["exit", 3]], [["say", "well"]])
    session = await rested(world, h, id)
    (Path(session.path) / "a.txt").write_text("done\n")
    h.commit(Path(session.path), {"more.txt": "by hand\n"})
    shutil.rmtree(session.path)
    path = await back(world, h, id)
    assert (path / "more.txt").read_text() == "by hand\n"
    assert h.git(path, "status", "--porcelain") == ""


@pytest.mark.parametrize("how", ["removed", "stopped", "stopped with work"])
async def test_its_files_and_its_set_up_are_there_again(world: Any, h: Any, how: str) -> None:
    h.write(world.repo, {".env": "secret\n"})
    made = {"include": [".env"], "postCreate": "mkdir .venv; touch .venv/made"}
    id = await begin(world, [WRITE, ["exit", 3]] if how == "stopped with work" else [], ignore=".env\n.venv\n", **made)
    session = await rested(world, h, id)
    if how == "removed":
        shutil.rmtree(session.path)
    else:
        await world.call("stop", t.StopParams(session=id))
    path = await back(world, h, id)
    assert (path / ".env").read_text() == "secret\n"
    assert (path / ".venv" / "made").exists()
    assert (path / "a.txt").read_text() == ("done\n" if how == "stopped with work" else "first\n")
