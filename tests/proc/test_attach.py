"""Joining a run's terminal: as a client of its socket, and with the attach program."""

from __future__ import annotations

import asyncio
import fcntl
import os
import select
import signal
import socket
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent_orchestrator.plugins.runtime.process import ProcessRuntime
from agent_orchestrator.proc import attach, run
from agent_orchestrator.proc.hold import terminal
from agent_orchestrator.proc.values import NotStarted, Running

DEADLINE = 20.0


class Screen:
    """What came from a descriptor so far."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.seen = b""

    def expect(self, text: bytes) -> None:
        deadline = time.monotonic() + DEADLINE
        while text not in self.seen:
            assert select.select([self._descriptor], [], [], max(deadline - time.monotonic(), 0))[0], self.seen
            data = os.read(self._descriptor, 65536)
            assert data, self.seen
            self.seen += data


@pytest.fixture
def connected(runs) -> Iterator[list[socket.socket]]:
    clients: list[socket.socket] = []
    yield clients
    for client in clients:
        client.close()


def connect(connected: list[socket.socket], found: Running) -> tuple[socket.socket, Screen]:
    client = socket.socket(socket.AF_UNIX)
    client.connect(str(found.socket))
    connected.append(client)
    return client, Screen(client.fileno())


def is_closed(client: socket.socket) -> bool:
    """Whether the other side has closed; which of the two the kernel says depends on what it had not read."""
    try:
        return client.recv(1) == b""
    except ConnectionResetError:
        return True


@pytest.fixture
def outer() -> Iterator[tuple[int, int]]:
    """A terminal of the person who attaches: (master, slave), 90 x 30."""
    master, slave = os.openpty()
    terminal.set_size(slave, 90, 30)
    yield master, slave
    os.close(master)
    os.close(slave)


@pytest.fixture
def attached(outer) -> Iterator[list[subprocess.Popen[bytes]]]:
    programs: list[subprocess.Popen[bytes]] = []
    yield programs
    for program in programs:
        program.kill()
        program.wait()


def start_attach(attached: list[subprocess.Popen[bytes]], slave: int, run_dir: Path) -> subprocess.Popen[bytes]:
    argv = ProcessRuntime().attach_argv(run_dir, "any")

    def own_terminal() -> None:
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    attached.append(subprocess.Popen(argv, stdin=slave, stdout=slave, stderr=slave, preexec_fn=own_terminal))
    return attached[-1]


async def test_run_has_a_terminal_of_the_size_asked_for(runs):
    run_dir, _ = await runs.exit_of(runs.sh("test -t 0 && stty size", mode="pty", columns=77, lines=33))
    assert (run_dir / "log").read_bytes() == b"33 77\r\n"


async def test_client_types_and_sees_the_echo(runs, connected):
    _, found = await runs.launch(runs.spec("cat", mode="pty"))
    client, screen = connect(connected, found)
    client.sendall(b"d" + (6).to_bytes(4, "big") + b"hello\n")
    screen.expect(b"hello\r\nhello\r\n")


async def test_late_client_sees_what_was_shown_before(runs, connected, until):
    run_dir, found = await runs.launch(runs.sh("echo before; sleep 1000", mode="pty"))
    await until(lambda: b"before" in (run_dir / "log").read_bytes())
    _, screen = connect(connected, found)
    screen.expect(b"before")


async def test_all_clients_see_the_output(runs, connected):
    _, found = await runs.launch(runs.spec("cat", mode="pty"))
    (client, first), (_, second) = connect(connected, found), connect(connected, found)
    client.sendall(b"d" + (3).to_bytes(4, "big") + b"hi\n")
    first.expect(b"hi\r\nhi\r\n")
    second.expect(b"hi\r\nhi\r\n")


async def test_client_changes_the_window_size(runs, connected):
    script = "trap 'stty size' WINCH; echo ready; while :; do sleep 0.02; done"
    _, found = await runs.launch(runs.sh(script, mode="pty"))
    client, screen = connect(connected, found)
    screen.expect(b"ready")
    client.sendall(b"w" + (4).to_bytes(4, "big") + (101).to_bytes(2, "big") + (41).to_bytes(2, "big"))
    screen.expect(b"41 101")


async def test_client_that_talks_nonsense_is_let_go_and_the_run_goes_on(runs, connected):
    run_dir, found = await runs.launch(runs.sh("sleep 1000", mode="pty"))
    client, _ = connect(connected, found)
    client.sendall(b"GET / HTTP/1.0\r\n\r\n")
    client.settimeout(DEADLINE)
    assert is_closed(client)
    assert run.state(run_dir) == found


async def test_socket_is_private_and_gone_at_the_end(runs):
    run_dir, found = await runs.launch(runs.sh("sleep 1000", mode="pty"))
    assert found.socket.stat().st_mode & 0o077 == 0
    await run.stop(run_dir, 0.0)
    assert not found.socket.exists()


async def test_socket_of_a_killed_holder_is_removed(runs):
    run_dir, found = await runs.launch(runs.sh("sleep 1000", mode="pty"))
    os.kill(found.pid, signal.SIGKILL)
    await run.wait(run_dir)
    assert not found.socket.exists()


async def test_long_path_takes_the_short_directory(runs, connected, tmp_path_factory):
    short = tmp_path_factory.mktemp("s")
    _, found = await runs.launch(runs.spec("cat", mode="pty", socket_dir=short), "x" * 120)
    assert found.socket.parent == short
    client, screen = connect(connected, found)
    client.sendall(b"d" + (2).to_bytes(4, "big") + b"x\n")
    screen.expect(b"x\r\nx\r\n")


async def test_short_directory_is_enough_for_a_long_tag(runs, tmp_path_factory):
    short = tmp_path_factory.mktemp("s")
    spec = runs.spec("cat", mode="pty", socket_dir=short, tag=f"{runs.spec('cat').tag}-{'x' * 80}")
    run_dir, found = await runs.launch(spec, "x" * 120)
    assert isinstance(found, Running), found
    await run.stop(run_dir)


async def test_long_path_without_a_short_directory_is_a_reason(runs):
    _, found = await runs.launch(runs.spec("cat", mode="pty"), "x" * 120)
    assert isinstance(found, NotStarted)
    assert "socket_dir" in found.reason


async def test_attach_shows_types_and_detaches(runs, outer, attached):
    run_dir, found = await runs.launch(runs.sh("stty -echo; echo ready; exec cat", mode="pty"))
    master, slave = outer
    program = start_attach(attached, slave, run_dir)
    screen = Screen(master)
    screen.expect(b"ready")
    os.write(master, b"typed\n")
    screen.expect(b"typed\r\n")
    os.write(master, attach.DETACH)
    screen.expect(b"detached")
    assert program.wait(DEADLINE) == 0
    assert run.state(run_dir) == found


async def test_attach_restores_the_terminal(runs, outer, attached):
    run_dir, _ = await runs.launch(runs.sh("echo ready; exec cat", mode="pty"))
    master, slave = outer
    before = termios.tcgetattr(slave)
    program = start_attach(attached, slave, run_dir)
    screen = Screen(master)
    screen.expect(b"ready")
    assert termios.tcgetattr(slave) != before
    os.write(master, attach.DETACH)
    program.wait(DEADLINE)
    assert termios.tcgetattr(slave) == before


async def test_attach_passes_its_size_and_each_change(runs, outer, attached, until):
    script = "trap 'stty size' WINCH; echo ready; while :; do sleep 0.02; done"
    run_dir, _ = await runs.launch(runs.sh(script, mode="pty"))
    await until(lambda: b"ready" in (run_dir / "log").read_bytes())
    master, slave = outer
    start_attach(attached, slave, run_dir)
    screen = Screen(master)
    screen.expect(b"30 90")
    terminal.set_size(slave, 66, 22)
    screen.expect(b"22 66")


async def test_attach_ends_with_the_run(runs, outer, attached):
    run_dir, _ = await runs.launch(runs.sh("echo ready; read line", mode="pty"))
    master, slave = outer
    program = start_attach(attached, slave, run_dir)
    screen = Screen(master)
    screen.expect(b"ready")
    os.write(master, b"\n")
    screen.expect(b"the run has ended")
    assert program.wait(DEADLINE) == 0


async def test_attach_to_a_run_that_is_over_says_where_its_output_is(runs):
    run_dir, _ = await runs.exit_of(runs.sh("true", mode="pty"))
    argv = [sys.executable, "-I", attach.__file__, str(run_dir)]
    done = await asyncio.to_thread(subprocess.run, argv, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, f"ao: {run_dir}: the run has ended; its output is in {run_dir}/log\n")
