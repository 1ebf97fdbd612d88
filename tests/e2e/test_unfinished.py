"""A free task whose agent did not come to its end: what it left is kept, gone on with, and not landed as it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agent_orchestrator.protocol import types as t
from agent_orchestrator.protocol.errors import Refused

FILES = {"a.txt": "first\n", "tests/test_ok.py": "def test_ok():\n    assert True\n"}
FF = {"landing": {"checkout": "ff"}}
HALF = ["write", "a.txt", "half\n"]
DONE = ["write", "a.txt", "done\n"]
#: A program that ends well when it is asked to end.
POLITE = "echo half >a.txt; trap 'exit 0' TERM; while :; do sleep 0.05; done"


async def begin(world: Any, *turns: Any, **limits: Any) -> str:
    world.make(FILES, limits=limits or None, **FF)
    world.agents_do({"do": turns})
    await world.start()
    return (await world.call("new", t.NewParams(task="do", agent="scripted"))).id


async def landed(world: Any, id: str) -> Any:
    return (await world.until(lambda state: bool(state.sessions[id].landing), 30.0)).sessions[id]


async def over(world: Any, id: str, turn: int = 1) -> Any:
    def ended(state: Any) -> bool:
        turns = state.sessions[id].turns
        return len(turns) >= turn and bool(turns[turn - 1].ended_at)

    return (await world.until(ended)).sessions[id]


def kept(world: Any, h: Any, session: Any) -> str:
    """The file as it was saved at the end of a session's newest turn."""
    return h.git(world.repo, "show", f"{session.turns[0].saved}:a.txt")


@pytest.mark.parametrize("how", [[["exit", 7]], [["shell", "kill -9 $PPID"]]], ids=["fails", "killed"])
async def test_it_goes_on_from_what_was_left_and_only_the_end_lands(world: Any, h: Any, how: Any) -> None:
    id = await begin(world, [HALF, *how], [["shell", "cp a.txt seen.txt"], DONE])
    session = await over(world, id)
    assert kept(world, h, session) == "half"
    assert len((await landed(world, id)).turns) == 2
    assert (world.show("a.txt"), world.show("seen.txt")) == ("done", "half")


async def test_one_that_never_comes_to_its_end_is_left_with_its_branch_and_nothing_lands(world: Any, h: Any) -> None:
    id = await begin(world, [HALF, ["exit", 7]], attempts=2)
    start = world.tip()
    await world.until(lambda state: bool(state.sessions[id].left))
    session = world.state.sessions[id]
    assert session.left.startswith("left after 2 attempts: the agent did not finish (7)")
    assert (world.tip(), world.show("a.txt", session.branch)) == (start, "half")


async def test_one_that_runs_out_of_time_has_not_finished_whatever_its_program_makes_of_that(world: Any) -> None:
    limits = {"attempts": 1, "minutes": {"turn": 0.01}}
    world.make(FILES, agents={"polite": {"command": ["sh", "-c", POLITE]}}, limits=limits)
    await world.start()
    id = (await world.call("new", t.NewParams(task="do", agent="polite"))).id
    await world.until(lambda state: bool(state.sessions[id].left))
    assert "ran out of time" in world.state.sessions[id].left


async def test_one_that_was_stopped_rests_when_it_is_brought_back(world: Any, h: Any) -> None:
    id = await begin(world, [HALF, ["hang"]], [DONE])
    start = world.tip()
    await h.eventually(lambda: Path(world.state.sessions[id].path, "a.txt").exists())
    await h.eventually(lambda: Path(world.state.sessions[id].path, "a.txt").read_text() == "half\n")
    await world.call("stop", t.StopParams(session=id))
    await world.call("restore", t.SessionParams(session=id))
    assert Path(world.state.sessions[id].path, "a.txt").read_text() == "half\n"
    await h.eventually(lambda: not world.app.engine.running)
    with pytest.raises(Refused, match="is not finished"):
        await world.call("land", t.LandParams(session=id, allow=True))
    assert world.tip() == start
    await world.call("send", t.SendParams(session=id, text="go on"))
    await landed(world, id)
    assert world.show("a.txt") == "done"
