"""The WebSocket bridge with a program that does what it is told: lines through it, guests at its door, and its end."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent_orchestrator.proc import run
from agent_orchestrator.proc.bridge import websocket
from agent_orchestrator.proc.values import Running
from agent_orchestrator.proc.wire import Wire

#: Listens as it is told, answers each text with `got` and it, and does what some texts say.
SERVER = r"""
import base64, hashlib, os, signal, socket, sys, threading, time
print("started", sys.argv[1:-2], oct(os.umask(0o22)), file=sys.stderr, flush=True)
assert sys.argv[-2] == "--listen", sys.argv
if "patient" in sys.argv:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[-1].removeprefix("unix://"))
server.listen()
def frame(text, first=0x81):
    size = len(text)
    return bytes([first, size]) + text if size < 126 else bytes([first, 127]) + size.to_bytes(8, "big") + text
def serve(peer):
    file = peer.makefile("rb")
    lines = iter(file.readline, b"\r\n")
    key = next(line for line in lines if line.startswith(b"Sec-WebSocket-Key")).split()[1]
    list(lines)
    proof = hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
    peer.sendall(b"HTTP/1.1 101 Yes\r\nSec-WebSocket-Accept: " + base64.b64encode(proof) + b"\r\n\r\n")
    while head := file.read(2):
        size = head[1] & 127
        size = int.from_bytes(file.read({126: 2, 127: 8}[size]), "big") if size > 125 else size
        mask = file.read(4)
        text = bytes(b ^ mask[i % 4] for i, b in enumerate(file.read(size)))
        if head[0] == 0x88:
            if "patient" in sys.argv:
                print("closed", text, file=sys.stderr, flush=True)
                os._exit(3)
            return
        if text == b"exit":
            os._exit(5)
        if text == b"close":
            peer.sendall(b"\x88\x00")
            return
        if text == b"garbage":
            peer.sendall(b"\xff\xff\xff\xff")
            continue
        if text == b"long":
            peer.sendall(frame(b"x" * (17 << 20)))
            continue
        if text == b"parts":
            text = b"pa"
            peer.sendall(frame(b"got\n", 1) + frame(b"ping", 0x89) + frame(text, 0x80))
            continue
        peer.sendall(frame(b"got " + text))
while True:
    threading.Thread(target=serve, args=(server.accept()[0],), daemon=True).start()
"""
#: As one that does not know how to listen: with lines on its standard input and output.
PLAIN = """
import sys
if "--listen" in sys.argv:
    sys.exit("unexpected argument '--listen'")
for line in sys.stdin:
    print("plain", line, end="", flush=True)
"""


@pytest.fixture
def door() -> Iterator[Path]:
    """A place for sockets; a test's own folder has too long a path for that."""
    with tempfile.TemporaryDirectory(prefix="ao-", dir="/tmp") as folder:
        yield Path(folder) / "private" / "door"


def bridge(runs: Any, door: Path, *argv: str, **fields: Any) -> Any:
    command = (sys.executable, "-I", "-S", str(websocket.__file__), str(door), *argv)
    return runs.spec(*command, mode="talk", **fields)


def served(runs: Any, door: Path, *more: str, **fields: Any) -> Any:
    return bridge(runs, door, sys.executable, "-I", "-S", "-c", SERVER, *more, **fields)


class Lines:
    """What a run prints, each line once."""

    def __init__(self, run_dir: Path) -> None:
        self.wire = Wire(run_dir)
        self.sent = 0
        self._lines: Any = None
        self._rest: list[str] = []

    async def __aenter__(self) -> Lines:
        await self.wire.open()
        self._lines = self.wire.lines()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._lines.aclose()
        await self.wire.close()

    async def say(self, *lines: str) -> None:
        for line in lines:
            self.sent += 1
            assert await self.wire.send(str(self.sent), f"{line}\n".encode())

    async def next(self) -> str:
        """The next line."""
        async with asyncio.timeout(20):
            while not self._rest:
                self._rest += await anext(self._lines)
        return self._rest.pop(0)


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def guests(count: int) -> str:
    return json.dumps({"method": "bridge/joined", "params": {"guests": count}})


async def test_a_line_is_a_text_and_a_text_is_a_line(runs, door: Path):
    run_dir, _ = await runs.launch(served(runs, door, "one", "two", umask=0o26))
    async with Lines(run_dir) as talk:
        await talk.say("one", "résumé 漢字", "parts")
        assert [await talk.next() for _ in range(3)] == ["got one", "got résumé 漢字", "got pa"]
        await talk.wire.end()
    ended = (await run.wait(run_dir)).exit
    # It had no handler for it.
    assert ended.code == 128 + signal.SIGTERM
    # Its files are not ours.
    assert (run_dir / "errors").read_text() == "started ['one', 'two'] 0o26\n"


async def test_the_end_of_the_input_is_told_before_it_is_ended(runs, door: Path):
    run_dir, _ = await runs.launch(served(runs, door, "patient"))
    async with Lines(run_dir) as talk:
        await talk.say("one")
        await talk.next()
        await talk.wire.end()
    assert (await run.wait(run_dir)).exit.code == 3
    assert (run_dir / "errors").read_text().endswith("closed b'\\x03\\xe8'\n")


async def test_what_was_said_before_it_listens_is_not_lost(runs, door: Path):
    run_dir, _ = await runs.launch(served(runs, door))
    async with Lines(run_dir) as talk:
        await talk.say(*map(str, range(500)))
        assert [await talk.next() for _ in range(500)] == [f"got {i}" for i in range(500)]


async def test_a_long_line_arrives_whole(runs, door: Path):
    run_dir, _ = await runs.launch(served(runs, door))
    async with Lines(run_dir) as talk:
        await talk.say("x" * 300_000)
        assert await talk.next() == "got " + "x" * 300_000


async def test_a_text_that_is_too_long_is_left_out_and_that_is_said(runs, door: Path):
    run_dir, _ = await runs.launch(served(runs, door))
    async with Lines(run_dir) as talk:
        await talk.say("long", "after")
        assert await talk.next() == "got after"
        await talk.wire.end()
    await run.wait(run_dir)
    assert "a message of more than 16 MiB was left out" in (run_dir / "errors").read_text()


async def test_the_exit_code_is_the_programs(runs, door: Path):
    run_dir, _ = await runs.launch(served(runs, door))
    async with Lines(run_dir) as talk:
        await talk.say("exit")
        assert (await run.wait(run_dir)).exit.code == 5
    assert (run_dir / "log").read_text() == ""
    assert os.listdir(door.parent) == []


@pytest.mark.parametrize(("text", "why"), [("close", "it was closed"), ("garbage", "a frame of an unknown kind")])
async def test_a_connection_that_breaks_ends_the_program_and_is_said(runs, door: Path, text: str, why: str):
    run_dir, _ = await runs.launch(served(runs, door))
    async with Lines(run_dir) as talk:
        await talk.say(text)
        assert (await talk.next()).startswith(f"its socket is of no use any more: {why}")
    assert (await run.wait(run_dir)).exit.code == 128 + signal.SIGTERM


async def test_a_program_that_is_not_there_is_said_where_it_is_heard(runs, door: Path):
    run_dir, ended = await runs.exit_of(bridge(runs, door, "no-such-command", "app-server"))
    assert ended.code == 127
    assert (run_dir / "log").read_text() == "cannot run 'no-such-command': no such command on the PATH of the run\n"


async def test_one_that_can_not_listen_is_talked_to_as_it_is(runs, door: Path):
    run_dir, found = await runs.launch(bridge(runs, door, sys.executable, "-I", "-S", "-c", PLAIN))
    assert isinstance(found, Running)
    async with Lines(run_dir) as talk:
        await talk.say("one")
        assert await talk.next() == "plain one"
        # Nothing stands between any more.
        assert SERVER not in Path(f"/proc/{found.child}/cmdline").read_text()
        assert "websocket.py" not in Path(f"/proc/{found.child}/cmdline").read_text()
        assert not door.exists()
        await talk.wire.end()
    assert (await run.wait(run_dir)).exit.code == 0
    assert "does not listen on a socket (it ended with 1): nobody can join it" in (run_dir / "errors").read_text()


# Guests


async def guest(door: Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Somebody at the door, who has shaken hands with the program."""
    reader, writer = await asyncio.open_unix_connection(door)
    writer.write(b"GET / HTTP/1.1\r\nSec-WebSocket-Key: abc\r\n\r\n")
    async with asyncio.timeout(20):
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
    return reader, writer


async def test_who_joins_talks_to_the_program_itself_and_that_is_told(runs, door: Path):
    run_dir, _ = await runs.launch(served(runs, door))
    async with Lines(run_dir) as talk:
        await talk.say("one")
        assert await talk.next() == "got one"
        reader, writer = await guest(door)
        assert await talk.next() == guests(1)
        writer.write(b"\x81\x85\0\0\0\0Hello")
        async with asyncio.timeout(20):
            assert await reader.readexactly(11) == b"\x81\x09got Hello"
        _, other = await guest(door)
        assert await talk.next() == guests(2)
        other.close()
        assert await talk.next() == guests(1)
        writer.close()
        assert await talk.next() == guests(0)
        await talk.say("two")
        assert await talk.next() == "got two"


async def test_the_door_is_private(runs, door: Path):
    run_dir, _ = await runs.launch(served(runs, door))
    async with Lines(run_dir) as talk:
        await talk.say("one")
        await talk.next()
        assert [path.stat().st_mode & 0o777 for path in (door.parent, door)] == [0o700, 0o600]


async def test_a_guest_who_does_not_read_holds_up_nobody(runs, door: Path):
    run_dir, _ = await runs.launch(served(runs, door))
    async with Lines(run_dir) as talk:
        await talk.say("one")
        await talk.next()
        _, writer = await guest(door)
        assert await talk.next() == guests(1)
        for _ in range(60):
            # Far more than all buffers on the way take.
            writer.write(b"\x81\xff" + (100_000).to_bytes(8, "big") + b"\0\0\0\0" + b"x" * 100_000)
        await talk.say("two")
        assert await talk.next() == "got two"
        writer.transport.abort()
        assert await talk.next() == guests(0)


async def test_the_end_lets_guests_go_and_leaves_no_socket(runs, door: Path):
    run_dir, _ = await runs.launch(served(runs, door))
    async with Lines(run_dir) as talk:
        await talk.say("one")
        await talk.next()
        reader, _ = await guest(door)
        assert await talk.next() == guests(1)
        await talk.wire.end()
        async with asyncio.timeout(20):
            await reader.read()
    await run.wait(run_dir)
    assert os.listdir(door.parent) == []


# What is killed


async def test_a_bridge_that_is_killed_takes_the_program_with_it(runs, door: Path, lives, until):
    run_dir, found = await runs.launch(served(runs, door))
    assert isinstance(found, Running)
    async with Lines(run_dir) as talk:
        await talk.say("one")
        await talk.next()
        (program,) = children(found.child)
        os.kill(found.child, signal.SIGKILL)
        await until(lambda: not lives(program))
    assert (await run.wait(run_dir)).exit.signal == signal.SIGKILL


async def test_a_stop_ends_both(runs, door: Path, lives):
    run_dir, found = await runs.launch(served(runs, door))
    assert isinstance(found, Running)
    async with Lines(run_dir) as talk:
        await talk.say("one")
        await talk.next()
        (program,) = children(found.child)
    ended = await run.stop(run_dir)
    assert ended.exit.code == 128 + signal.SIGTERM
    assert not lives(program)
    assert os.listdir(door.parent) == []


async def test_a_holder_that_is_killed_leaves_nothing(runs, door: Path, lives, until):
    run_dir, found = await runs.launch(served(runs, door))
    assert isinstance(found, Running)
    wire = Wire(run_dir)
    await wire.open()
    await wire.send("1", b"one\n")
    await until(lambda: "got one" in (run_dir / "log").read_text())
    (program,) = children(found.child)
    # Nobody looks after them: they notice it themselves.
    os.kill(found.pid, signal.SIGKILL)
    await until(lambda: not lives(program) and not lives(found.child))
    await wire.close()
    assert os.listdir(door.parent) == []
