"""Real `ao lsp` processes on pipes, and a daemon whose every word the test says."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from agent_orchestrator.protocol.framing import frame, length_of
from agent_orchestrator.protocol.lockfile import read_holder
from agent_orchestrator.protocol.paths import Paths, make_private, paths_of

SECONDS = 20.0


class Wire:
    """Whole messages from a descriptor, none of which takes longer than a deadline."""

    def __init__(self, descriptor: int, write: Callable[[bytes], Any]) -> None:
        self._descriptor = descriptor
        self._write = write
        self._buffer = bytearray()

    def send_bytes(self, data: bytes) -> None:
        self._write(data)

    def send(self, *messages: dict[str, Any]) -> None:
        self._write(b"".join(frame({"jsonrpc": "2.0", **message}) for message in messages))

    def notify(self, method: str, **params: Any) -> None:
        self.send({"method": method, "params": params})

    def request(self, key: Any, method: str, **params: Any) -> None:
        self.send({"id": key, "method": method, "params": params})

    def answer(self, key: Any, result: Any = None) -> None:
        self.send({"id": key, "result": result})

    def line(self) -> bytes:
        return self._until(b"\n")

    def body(self) -> bytes:
        length = length_of(self._until(b"\r\n\r\n"))
        while len(self._buffer) < length:
            self._more()
        body, self._buffer = bytes(self._buffer[:length]), self._buffer[length:]
        return body

    def receive(self) -> dict[str, Any]:
        """The next message, without what all have."""
        message = json.loads(self.body())
        assert message.pop("jsonrpc") == "2.0"
        return message

    def is_at_end(self) -> bool:
        """Whether the other side ends now, with nothing more to say."""
        return not self._buffer and self._read() == b""

    def _until(self, end: bytes) -> bytes:
        while end not in self._buffer:
            self._more()
        found, _, self._buffer = self._buffer.partition(end)
        return bytes(found + end)

    def _more(self) -> None:
        data = self._read()
        assert data, f"the stream ended with {bytes(self._buffer[:99])!r} left"
        self._buffer += data

    def _read(self) -> bytes:
        assert select.select([self._descriptor], [], [], SECONDS)[0], f"nothing came in {SECONDS} s"
        return os.read(self._descriptor, 1024 * 1024)


class Daemon(Wire):
    """A connection that a forwarder made, its hello answered."""

    def __init__(self, stream: socket.socket, version: str, pid: int) -> None:
        super().__init__(stream.fileno(), stream.sendall)
        self.stream = stream
        self.hello = json.loads(self.line())
        stream.sendall(json.dumps({"ao": 1, "version": version, "pid": pid}).encode() + b"\n")

    def die(self) -> None:
        self.stream.close()


class Peer:
    """Listens where the daemon does. The process behind it can not be killed, so connections are."""

    def __init__(self, path: Path) -> None:
        self.version = "99.0"
        self._path = path
        self._accepted: list[Daemon] = []
        self.listen()

    def listen(self) -> None:
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.settimeout(SECONDS)
        self._listening.bind(str(self._path))
        self._listening.listen(64)

    def accept(self) -> Daemon:
        self._accepted.append(Daemon(self._listening.accept()[0], self.version, len(self._accepted) + 1))
        return self._accepted[-1]

    def vanish(self) -> None:
        self._listening.close()
        self._path.unlink(missing_ok=True)

    def close(self) -> None:
        self.vanish()
        for daemon in self._accepted:
            daemon.die()


class Editor(Wire):
    """An editor that has started `ao lsp`."""

    def __init__(self, environ: dict[str, str], cwd: Path, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "agent_orchestrator", "lsp", *arguments],
            env=environ,
            cwd=cwd,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
        )
        assert self.process.stdout is not None
        super().__init__(self.process.stdout.fileno(), self._feed)

    def _feed(self, data: bytes) -> None:
        assert self.process.stdin is not None
        rest = memoryview(data)
        while rest:
            rest = rest[self.process.stdin.write(rest) :]

    def hang_up(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()

    def code(self) -> int:
        return self.process.wait(SECONDS)

    def said(self) -> str:
        """What it wrote to its standard error, once it has ended."""
        assert self.process.stderr is not None
        self.code()
        return self.process.stderr.read().decode()

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert pipe is not None
            pipe.close()


def _until(condition: Callable[[], Any], seconds: float = SECONDS) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"{condition} did not become true within {seconds} s"
        time.sleep(0.005)
    return found


def _daemons(state: str) -> list[psutil.Process]:
    """Living daemons with that state folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.status() != psutil.STATUS_ZOMBIE and process.environ().get("AO_STATE_DIR") == state:
                found += [process] if any("daemon/__main__.py" in part for part in process.cmdline()) else []
        except psutil.Error:
            continue
    return found


@pytest.fixture
def until() -> Callable[..., Any]:
    return _until


@pytest.fixture
def environ(tmp_path: Path) -> Iterator[dict[str, str]]:
    """An environment with folders of its own; a daemon that was started by it is ended."""
    runtime = Path(tempfile.mkdtemp(prefix="ao-f-", dir="/tmp"))
    environment = {
        "HOME": str(tmp_path),
        "PATH": os.environ["PATH"],
        "AO_STATE_DIR": str(tmp_path / "state"),
        "AO_RUNTIME_DIR": str(runtime),
    }
    yield environment
    holder = read_holder(paths_of(environment).lock)
    if holder is not None and psutil.pid_exists(holder.pid):
        os.kill(holder.pid, signal.SIGTERM)
    try:
        _until(lambda: not _daemons(environment["AO_STATE_DIR"]), 5)
    finally:
        for process in _daemons(environment["AO_STATE_DIR"]):
            process.kill()
        shutil.rmtree(runtime, ignore_errors=True)


@pytest.fixture
def paths(environ: dict[str, str]) -> Paths:
    found = paths_of(environ)
    assert make_private(found.state) == ""
    return found


@pytest.fixture
def daemons(environ: dict[str, str]) -> Callable[[], list[psutil.Process]]:
    """The real daemons that live now."""
    return lambda: _daemons(environ["AO_STATE_DIR"])


@pytest.fixture
def peer(paths: Paths) -> Iterator[Peer]:
    listening = Peer(paths.socket)
    yield listening
    listening.close()


@pytest.fixture
def editor(environ: dict[str, str], tmp_path: Path) -> Iterator[Callable[..., Editor]]:
    """Starts `ao lsp`; keyword arguments are further variables of its environment."""
    started: list[Editor] = []

    def start(*arguments: str, **variables: str) -> Editor:
        started.append(Editor({**environ, **variables}, tmp_path, *arguments))
        return started[-1]

    yield start
    for each in started:
        each.close()


@pytest.fixture
def session(peer: Peer, editor: Callable[..., Editor]) -> tuple[Editor, Daemon]:
    """An editor and its daemon after ``initialize`` and ``initialized``; positions are in UTF-16."""
    client = editor()
    daemon = peer.accept()
    client.request(0, "initialize", rootUri="file:///p", workspaceFolders=[{"uri": "file:///p", "name": "p"}])
    assert daemon.receive()["method"] == "initialize"
    daemon.answer(0, {"capabilities": {}})
    assert client.receive()["id"] == 0
    client.notify("initialized")
    assert daemon.receive()["method"] == "initialized"
    return client, daemon
