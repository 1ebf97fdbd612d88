"""A daemon's folders, real daemons in processes of their own, and raw connections to a server in this one."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from agent_orchestrator.cli.client import Connection, connect
from agent_orchestrator.daemon.hello import HelloInfo
from agent_orchestrator.daemon.rpc import Handler
from agent_orchestrator.daemon.server import Server, serve
from agent_orchestrator.protocol import types as t
from agent_orchestrator.protocol.framing import frame, length_of
from agent_orchestrator.protocol.lockfile import read_holder
from agent_orchestrator.protocol.paths import Paths, make_private, paths_of

HELLO: dict[str, Any] = {"ao": 1, "client": "cli", "version": "0.1.0", "cwd": "/", "env": {"PATH": "/bin"}}


def _until(condition: Callable[[], Any], seconds: float = 10.0) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"{condition} did not become true within {seconds} s"
        time.sleep(0.005)
    return found


async def _until_async(condition: Callable[[], Any], seconds: float = 10.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 — what is waited for is the state of another object
            await asyncio.sleep(0.002)


def _lives(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def until() -> Callable[..., Any]:
    return _until


@pytest.fixture
def until_async() -> Callable[..., Awaitable[None]]:
    return _until_async


@pytest.fixture
def lives() -> Callable[[int], bool]:
    return _lives


@pytest.fixture
def environ(tmp_path: Path) -> Iterator[dict[str, str]]:
    """An environment with folders of its own; the daemon that was started by it is ended."""
    runtime = Path(tempfile.mkdtemp(prefix="ao-t-", dir="/tmp"))
    environment = {
        "HOME": str(tmp_path),
        "PATH": os.environ["PATH"],
        "AO_STATE_DIR": str(tmp_path / "state"),
        "AO_RUNTIME_DIR": str(runtime),
    }
    yield environment
    holder = read_holder(paths_of(environment).lock)
    if holder is not None and holder.pid != os.getpid() and _lives(holder.pid):
        os.kill(holder.pid, signal.SIGKILL)
        _until(lambda: not _lives(holder.pid))
    shutil.rmtree(runtime, ignore_errors=True)


@pytest.fixture
def paths(environ: dict[str, str]) -> Paths:
    found = paths_of(environ)
    assert make_private(found.state) == ""
    return found


@pytest.fixture
def command() -> tuple[str, ...]:
    """Starts a daemon with the handlers of ``service.py``."""
    return (sys.executable, "-P", "-E", str(Path(__file__).with_name("service.py")))


@pytest.fixture
def dial(paths: Paths, environ: dict[str, str], command: tuple[str, ...]) -> Iterator[Callable[..., Connection]]:
    """``connect`` with this test's daemon; connections are closed at the end."""
    opened: list[Connection] = []

    def connect_here(**changed: Any) -> Connection:
        given = {"start": True, "environ": environ, "command": command, **changed}
        opened.append(connect(given.pop("paths", paths), **given))
        return opened[-1]

    yield connect_here
    for connection in opened:
        connection.close()


class Raw:
    """A connection on which a test decides about every byte."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def line(self) -> dict[str, Any]:
        async with asyncio.timeout(10):
            return json.loads(await self.reader.readline() or b"{}")

    async def greet(self, **changed: Any) -> dict[str, Any]:
        self.writer.write(json.dumps({**HELLO, **changed}).encode() + b"\n")
        return await self.line()

    def send(self, method: str, request_id: Any = None, **params: Any) -> None:
        message = {"jsonrpc": "2.0", "method": method, "params": params}
        self.writer.write(frame(message if request_id is None else {**message, "id": request_id}))

    async def receive(self) -> dict[str, Any]:
        async with asyncio.timeout(10):
            header = await self.reader.readuntil(b"\r\n\r\n")
            return json.loads(await self.reader.readexactly(length_of(header)))

    async def ask(self, method: str, request_id: Any = 1, **params: Any) -> dict[str, Any]:
        self.send(method, request_id, **params)
        return await self.receive()

    async def at_end(self) -> bool:
        async with asyncio.timeout(10):
            try:
                return await self.reader.read(1) == b""
            except ConnectionResetError:
                return True


class Scene:
    """A server in this process, what its handlers saw, and ways to reach it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.clients: list[Any] = []
        self.waiting = 0
        self.cancelled = 0
        self.release = asyncio.Event()
        self._raws: list[Raw] = []
        self.server: Server

    def handlers(self) -> dict[str, Handler]:
        async def daemon(params: Any, client: Any) -> t.DaemonState:
            self.clients.append(client)
            return t.DaemonState(version="1", pid=1, started_at=0.0, revision=7, state_dir="/s")

        async def wait(params: Any, client: Any) -> t.HuntState:
            self.waiting += 1
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.cancelled += 1
                raise
            raise AssertionError

        async def echo(params: t.HuntParams, client: Any) -> t.Text:
            await asyncio.sleep(0)
            return t.Text(text=f"{params.project} {params.max}")

        async def late(params: Any, client: Any) -> t.LogChunk:
            self.waiting += 1
            await self.release.wait()
            return t.LogChunk(text="late", offset=4, ended=True)

        async def refuse(params: Any, client: Any) -> t.Done:
            from agent_orchestrator.protocol.errors import Refused

            raise Refused("the session is busy; wait for its turn to end")

        async def fail(params: Any, client: Any) -> t.Done:
            raise LookupError("no such row")

        async def not_json(params: Any, client: Any) -> t.Text:
            return t.Text(text=b"\xff" if params.session == "bytes" else "caf\udce9")  # type: ignore[arg-type]

        return {
            "daemon": daemon,
            "huntState": wait,
            "hunt": echo,
            "logs": late,
            "stop": refuse,
            "land": fail,
            "prompt": not_json,
        }

    async def connect(self) -> Raw:
        self._raws.append(Raw(*await asyncio.open_unix_connection(str(self.path), limit=8 * 1024 * 1024)))
        return self._raws[-1]

    async def greeted(self, **changed: Any) -> Raw:
        raw = await self.connect()
        assert "error" not in await raw.greet(**changed)
        return raw

    async def answers(self) -> bool:
        """Whether a new client gets its answer."""
        raw = await self.greeted()
        return bool((await raw.ask("daemon"))["result"]["revision"] == 7)

    async def open(self, **options: Any) -> Scene:
        self.server = await serve(self.path, self.handlers(), HelloInfo("0.1.0", os.getpid()), **options)
        return self

    async def close(self) -> None:
        for raw in self._raws:
            raw.writer.close()
        await self.server.close(0.0)


@pytest.fixture(scope="session")
def scene_class() -> type[Scene]:
    return Scene


@pytest.fixture
async def stage(paths: Paths) -> AsyncIterator[Callable[..., Awaitable[Scene]]]:
    """Opens a server in this process, with options of ``serve``."""
    opened: list[Scene] = []

    async def open_scene(**options: Any) -> Scene:
        opened.append(await Scene(paths.socket).open(**options))
        return opened[-1]

    yield open_scene
    for scene in opened:
        await scene.close()


@pytest.fixture
async def scene(stage: Callable[..., Awaitable[Scene]]) -> Scene:
    """A server in this process."""
    return await stage()
