"""An agent on its own screen: what it is told is typed, what it does is known by its hooks, and a person can take part.

The program is a double of Claude Code's screen (``tests/fakes/tui``); everything else is real.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import json
import os
import pty
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from agent_orchestrator.model import activity as a
from agent_orchestrator.proc import run
from agent_orchestrator.protocol import types as t

pytestmark = pytest.mark.slow

TUI = Path(__file__).parents[1] / "fakes" / "tui"


def _load(name: str) -> Any:
    full = f"ao_fake_tui_{name}"
    if full not in sys.modules:
        spec = importlib.util.spec_from_file_location(full, TUI / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[full] = module
        spec.loader.exec_module(module)
    return sys.modules[full]


stage_of = _load("stage")
script = stage_of.script


@pytest.fixture
async def stage(world: Any) -> AsyncIterator[Any]:
    """A place for sessions with the double, ready."""
    made = stage_of.Stage(world)
    await made.open()
    yield made
    await made.rest()


@contextlib.contextmanager
def person(session: Any) -> Iterator[socket.socket]:
    """A person at the session's screen."""
    found = run.state(session.run_dir)
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(found.socket))
        yield connection


def types(connection: socket.socket, keys: bytes) -> None:
    connection.sendall(b"d" + len(keys).to_bytes(4, "big") + keys)


async def again(stage: Any) -> None:
    """The daemon's insides end as by a kill, and another one's begin; agents go on meanwhile."""
    await stage.world.end()
    await stage.world.start()


async def ask(stage: Any) -> Any:
    """A session that waits for a permission."""
    session = await stage.begin(script(["ask", "Bash", "make install"]))
    await session.until_detail("permission")
    return session


async def test_its_turn_ends_with_its_words(stage: Any) -> None:
    session = await stage.begin("hello")
    turn = await session.turn_over()
    assert (turn.summary, turn.code, turn.error) == ("As told.", 0, "")
    assert stage.events(*stage_of.WRONG) == []


async def test_a_message_reaches_it_when_it_is_done_in_the_same_process(stage: Any, folder: Path) -> None:
    session = await stage.begin(script(["until", str(folder / "go")]))
    await session.works()
    await session.send("and now that")
    (folder / "go").touch()
    await session.turn_over()
    assert session.told()[1:] == ["and now that"]
    assert len(stage.events("started")) == 1


async def test_a_permission_is_allowed_by_a_key(stage: Any) -> None:
    session = await ask(stage)
    await session.answer("allow")
    assert (await session.turn_over()).summary == "As told."
    assert [event["answered"] for event in stage.events("answered")] == ["1"]


async def test_a_permission_is_denied_and_it_is_told_why(stage: Any) -> None:
    session = await ask(stage)
    await session.answer("deny", text="not today")
    await session.turn_over()
    assert [event["answered"] for event in stage.events("answered")] == ["escape"]
    assert session.told()[1:] == ["not today"]
    assert stage.events(*stage_of.WRONG) == []


async def test_what_is_said_while_it_asks_waits_for_the_answer(stage: Any) -> None:
    session = await ask(stage)
    await session.send("1")
    await session.answer("deny", text="no")
    await session.turn_over()
    assert session.told()[1:] == ["no", "1"]
    assert stage.events(*stage_of.WRONG) == []


async def test_it_is_interrupted_and_waits_for_what_a_person_says(stage: Any, folder: Path) -> None:
    session = await stage.begin(script(["until", str(folder / "never")]))
    await session.works()
    await session.interrupt()
    assert (await session.until_detail("interrupted")).state == "waiting"
    await session.send("do it otherwise")
    assert (await session.turn_over()).number == 1
    assert session.told()[1:] == ["do it otherwise"]


async def test_that_a_person_interrupts_it_at_its_screen_is_noticed(stage: Any, folder: Path) -> None:
    session = await stage.begin(script(["until", str(folder / "never")]))
    await session.works()
    with person(session) as screen:
        types(screen, b"\x1b")
        await session.until(lambda s: any(f.kind == a.INTERRUPTED for f in s.facts) or s.turns[0].ended_at)
    await session.turn_over()
    assert stage.events("interrupted")


async def test_that_a_person_answers_at_its_screen_is_noticed(stage: Any, folder: Path) -> None:
    session = await stage.begin(script(["ask", "Bash", "make install"], ["until", str(folder / "go")]))
    await session.until_detail("permission")
    with person(session) as screen:
        await asyncio.to_thread(stage_of.eventually, lambda: _types_until_answered(stage, screen))
    await session.until(lambda s: not s.open_asks)
    (folder / "go").touch()
    await session.turn_over()
    (asked,) = session.facts.asks
    assert asked.by == "the agent's own screen"


def _types_until_answered(stage: Any, screen: socket.socket) -> bool:
    types(screen, b"1")
    return bool(stage.events("answered"))


@pytest.mark.parametrize("runtime", ["process", "tmux"])
async def test_a_terminal_joins_its_screen_and_what_is_typed_there_is_a_message(
    stage: Any, folder: Path, runtime: str
) -> None:
    session = await stage.begin(script(["until", str(folder / "go")]), runtime=runtime)
    await session.works()
    argv = (await stage.world.call("attach", t.SessionParams(session=session.id))).argv
    pid, terminal = pty.fork()
    if not pid:
        os.environ["TERM"] = "xterm"
        os.execvp(argv[0], argv)
    try:
        # It shows the screen, of which the first thing is this.
        await asyncio.to_thread(os.read, terminal, 100)
        os.write(terminal, b"by hand")
        await asyncio.to_thread(stage_of.eventually, lambda: _enters(stage, terminal))
        (folder / "go").touch()
        await session.turn_over()
    finally:
        os.kill(pid, signal.SIGKILL)
        await asyncio.to_thread(os.waitpid, pid, 0)
        os.close(terminal)
    assert session.told()[1:] == ["by hand"]


def _enters(stage: Any, terminal: int) -> bool:
    os.write(terminal, b"\r")
    return len(stage.events("told")) > 1


def _enters_at(stage: Any, screen: socket.socket) -> bool:
    types(screen, b"\r")
    return len(stage.events("told")) > 1


async def test_a_new_daemon_goes_on_in_the_middle_of_a_turn_and_repeats_nothing(
    stage: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent_orchestrator.engine.drive.program.ACCEPT_SECONDS", 5.0)
    session = await stage.begin(script(["until", str(folder / "go")], ["ask", "Bash", "make install"]))
    await session.works()
    await again(stage)
    (folder / "go").touch()
    await session.until_detail("permission")
    await again(stage)
    await session.answer("deny", text="the same words")
    await session.until(lambda s: not s.open_asks)
    await session.send("the same words")
    await again(stage)
    turn = await session.turn_over()
    assert (turn.summary, turn.error) == ("As told.", "")
    assert session.told()[1:] == ["the same words"] * 2
    assert [event["answered"] for event in stage.events("answered")] == ["escape"]


async def test_what_its_hooks_tell_while_no_daemon_runs_is_known_afterwards(stage: Any, folder: Path) -> None:
    session = await stage.begin(script(["until", str(folder / "go")]))
    await session.works()
    await stage.world.end()
    (folder / "go").touch()
    await asyncio.to_thread(stage_of.eventually, lambda: '"Stop"' in session.spool.read_text())
    await stage.world.start()
    assert (await session.turn_over()).summary == "As told."


async def test_a_dialog_at_its_start_is_shown_and_nothing_is_typed(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent_orchestrator.proc.keyboard.SCREEN_AFTER", 0.5)
    stage = stage_of.Stage(world)
    await stage.open(env={"TUI_TRUST": "1"})
    session = await stage.begin("hello")
    row = await session.until_detail("dialog: ")
    assert "Do you trust the files in this folder?" in row.asks[0].text
    await session.send("nothing of this is typed")
    assert stage.events() == []
    with person(session) as screen:
        types(screen, b"2")
        await session.turn_over()
    assert session.told()[1:] == ["nothing of this is typed"]
    assert stage.events(*stage_of.WRONG) == []


@pytest.mark.parametrize("lost", ["spool", "bell", "both"])
async def test_a_spool_or_a_bell_that_is_deleted_is_made_again(stage: Any, folder: Path, lost: str) -> None:
    session = await stage.begin(script(["until", str(folder / "go")]))
    await session.works()
    for path in {"spool": [session.spool], "bell": [session.spool.with_name("bell")]}.get(
        lost, [session.spool, session.spool.with_name("bell")]
    ):
        path.unlink()
    (folder / "go").touch()
    assert (await session.turn_over()).summary == "As told."


async def test_nothing_is_typed_into_a_program_that_it_opened(stage: Any, folder: Path) -> None:
    session = await stage.begin(script(["editor", str(folder / "closed")]))
    await asyncio.to_thread(stage_of.eventually, lambda: stage.events("editor"))
    await session.send("typed when it is closed")
    await session.interrupt()
    editor = psutil.Process(stage.events("editor")[0]["editor"])
    assert editor.is_running()
    (folder / "closed").touch()
    await session.turn_over()
    assert session.told()[1:] == ["typed when it is closed"]


async def test_a_screen_that_is_closed_by_hand_ends_its_turn(stage: Any, folder: Path) -> None:
    session = await stage.begin(script(["until", str(folder / "never")]), runtime="tmux")
    await session.works()
    socket_path = stage.world.app.context.runtimes["tmux"].socket
    names = subprocess.check_output(["tmux", "-S", str(socket_path), "list-sessions", "-F", "#S"], text=True).split()
    (name,) = [name for name in names if name != "_keep"]
    subprocess.check_call(["tmux", "-S", str(socket_path), "kill-session", "-t", f"={name}"])
    turn = await session.turn_over()
    assert turn.error == "failed"
    assert not stage.world.processes("tui.py")


async def test_an_event_of_a_hook_costs_little_and_in_rest_nothing_runs(stage: Any, folder: Path) -> None:
    from agent_orchestrator.proc.spool import hook_command, make

    spool = folder / "hooks" / "spool.jsonl"
    make(spool)
    command, payload = hook_command(spool), json.dumps({"hook_event_name": "Stop", "text": "x" * 2000}).encode()
    before, count = os.times(), 100
    for _ in range(count):
        subprocess.run(["/bin/sh", "-c", command], input=payload, check=True)
    after = os.times()
    spent = (after.children_user + after.children_system - before.children_user - before.children_system) / count
    assert spent < 0.010, f"{spent * 1000:.1f} ms of CPU time for an event"
    assert len(spool.read_text().splitlines()) >= count


async def test_while_nothing_happens_nothing_runs(stage: Any, folder: Path) -> None:
    session = await stage.begin(script(["ask", "Bash", "make install"]))
    await session.until_detail("permission")
    mine = [psutil.Process(os.getpid()), *stage.world.processes()]
    started = {p.pid for p in mine}
    before = {p.pid: sum(p.cpu_times()[:2]) for p in mine}
    end = time.monotonic() + 2.0
    seen: set[int] = set()
    while time.monotonic() < end:
        seen |= {p.pid for p in stage.world.processes()}
        await asyncio.sleep(0.2)
    assert seen <= started
    # A hook that was about to end is none of them.
    alive = {pid: used for pid, used in before.items() if pid != os.getpid() and psutil.pid_exists(pid)}
    spent = {pid: sum(psutil.Process(pid).cpu_times()[:2]) - used for pid, used in alive.items()}
    assert max(spent.values()) < 0.05
    await session.answer("deny")
    await session.turn_over()


async def test_a_message_waits_until_what_a_person_types_at_its_screen_is_sent(stage: Any, folder: Path) -> None:
    session = await stage.begin(script(["until", str(folder / "go")]))
    await session.works()
    with person(session) as screen:
        types(screen, b"half a th")
        await asyncio.to_thread(stage_of.eventually, lambda: (session.run_dir / "draft").exists())
        id = await session.send("from the editor")
        (folder / "go").touch()
        await session.until(lambda s: any(fact.kind == "done" for fact in s.facts))
        assert next(m for m in session.facts.messages if m.id == id).turn == 0
        types(screen, b"ought")
        await asyncio.to_thread(stage_of.eventually, lambda: _enters_at(stage, screen))
        await session.turn_over()
    assert session.told()[1:] == ["half a thought", "from the editor"]
