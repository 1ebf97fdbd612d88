"""An agent whose program is not there, or can not be started: its session waits, and goes on when it is there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agent_orchestrator.protocol import types as t
from agent_orchestrator.protocol.errors import Refused
from agent_orchestrator.views.rows import session_state

FILES = {
    "half.py": "def half(a):\n    return a // 2\n",
    "tests/test_half.py": "from half import half\n\n\ndef test_half():\n    assert half(3) == 1.5\n",
}
WORKS = "#!/bin/sh\nsed -i 's|a // 2|a / 2|' half.py\n"


@pytest.fixture
def program(folder: Path) -> Path:
    """Where the program is installed."""
    (folder / "bin").mkdir()
    return folder / "bin" / "mender"


def install(program: Path, text: str = WORKS, mode: int = 0o755) -> None:
    program.write_text(text)
    program.chmod(mode)


def hide(program: Path) -> None:
    program.unlink()


def refuse(program: Path) -> None:
    program.chmod(0o644)


def lose_interpreter(program: Path) -> None:
    install(program, WORKS.replace("/bin/sh", "/nonexistent/interpreter"))


def lose_interpreter_by_name(program: Path) -> None:
    install(program, WORKS.replace("/bin/sh", "/usr/bin/env nonexistent-interpreter"))


@pytest.fixture
async def waiting(world: Any, program: Path) -> Any:
    """A hunt that has begun with a program that is gone when its first turn begins."""

    async def begin(break_it: Any, **limits: Any) -> Any:
        install(program)
        agents = {"mender": {"plugin": "command", "command": [str(program)]}}
        world.make(FILES, agents=agents, limits={"attempts": 1, **limits}, landing={"checkout": "ff"})
        await world.start()
        broken: list[bool] = []

        def look() -> None:
            if not broken and any(not s.workspace for s in world.state.sessions.values()):
                broken.append(True)
                break_it(program)

        world.app.engine.listeners.append(look)
        row = await world.hunt(agent="mender")
        (session,) = world.state.sessions.values()
        return row, session

    return begin


async def goes_on(world: Any, session: Any) -> None:
    await world.until(lambda state: bool(state.sessions[session.id].landing), 30.0)


@pytest.mark.parametrize("break_it", [hide, refuse, lose_interpreter, lose_interpreter_by_name])
async def test_its_session_waits_and_has_all_its_tries(world: Any, waiting: Any, program: Path, break_it: Any) -> None:
    row, session = await waiting(break_it)
    kind, detail = session_state(world.state, session)
    assert (kind, detail[:7]) == ("waiting", "waits: ")
    assert "mender" in detail or "interpreter" in detail
    assert detail.endswith(f"; then `ao restore {session.id}`")
    assert [turn.error for turn in session.turns] == ["missing"]
    assert (row.green, row.reason) == (False, session.lacks)
    install(program)
    await world.call("restore", t.SessionParams(session=session.id))
    await goes_on(world, session)


async def test_it_is_not_tried_again_while_it_is_not_there(world: Any, waiting: Any, program: Path) -> None:
    _, session = await waiting(hide)
    with pytest.raises(Refused, match=f"{program} was not found.*then `ao restore {session.id}`"):
        await world.call("restore", t.SessionParams(session=session.id))
    assert len(world.state.sessions[session.id].turns) == 1


async def resume(world: Any, session: Any) -> None:
    await world.call("resume", t.PauseParams())


async def send(world: Any, session: Any) -> None:
    await world.call("send", t.SendParams(session=session.id, text="it is there again"))


async def hunt(world: Any, session: Any) -> None:
    await world.call("hunt", t.HuntParams(checkout="ff", agent="mender"))


@pytest.mark.parametrize("again", [resume, send, hunt])
async def test_it_goes_on_when_a_person_does(world: Any, waiting: Any, program: Path, again: Any) -> None:
    _, session = await waiting(hide)
    install(program)
    await again(world, session)
    await goes_on(world, session)


async def test_one_that_can_not_be_started_again_waits_again(world: Any, waiting: Any, program: Path) -> None:
    _, session = await waiting(lose_interpreter)
    for number in (2, 3):
        await world.call("restore", t.SessionParams(session=session.id))
        await world.until(lambda state, n=number: len(state.sessions[session.id].turns) == n)
        await world.until(lambda state: bool(state.sessions[session.id].lacks))
    assert not world.state.sessions[session.id].left


async def test_a_daemon_that_begins_anew_knows_that_it_waits(world: Any, waiting: Any, program: Path) -> None:
    _, session = await waiting(hide)
    await world.end()
    install(program)
    await world.start()
    assert world.state.sessions[session.id].lacks == session.lacks
    await world.call("restore", t.SessionParams(session=session.id))
    await goes_on(world, session)


async def test_what_is_said_to_it_meanwhile_is_said_once_when_it_runs(world: Any, folder: Path, program: Path) -> None:
    install(program, "#!/bin/sh\ncat >>$HOME/said\n")
    agents = {"mender": {"plugin": "command", "command": [str(program)]}}
    world.make(FILES, agents=agents)
    await world.start()
    id = (await world.call("new", t.NewParams(task="begin", agent="mender"))).id
    await world.until(lambda state: any(turn.ended_at for turn in state.sessions[id].turns))
    kept = program.rename(program.with_name("kept"))
    await world.call("send", t.SendParams(session=id, text="this-is-said"))
    await world.until(lambda state: bool(state.sessions[id].lacks))
    (message,) = world.state.sessions[id].messages
    assert (message.turn, message.accepted_at, message.tries) == (0, 0.0, 0)
    kept.rename(program)
    await world.call("restore", t.SessionParams(session=id))
    await world.until(lambda state: bool(state.sessions[id].messages[0].accepted_at))
    assert (folder / "home" / "said").read_text().count("this-is-said") == 1


async def test_one_that_was_there_and_ends_as_if_it_was_not_has_failed(world: Any, program: Path) -> None:
    install(program, "#!/bin/sh\necho half >half.py\nnonexistent-command\n")
    world.make(FILES, agents={"mender": {"plugin": "command", "command": [str(program)]}}, limits={"attempts": 1})
    await world.start()
    id = (await world.call("new", t.NewParams(task="begin", agent="mender"))).id
    await world.until(lambda state: bool(state.sessions[id].left))
    assert world.state.sessions[id].left.startswith("left after 1 attempts: the agent did not finish (failed)")
