"""What the WebSocket bridge does: see `websocket`."""

from __future__ import annotations

import os
import select
import socket
import sys
import time

from agent_orchestrator.proc.bridge.child import Child
from agent_orchestrator.proc.bridge.door import Door
from agent_orchestrator.proc.bridge.frames import Broken, Frames
from agent_orchestrator.proc.hold import files
from agent_orchestrator.proc.hold.child import NOT_EXECUTED, reset_signals

#: Seconds that the program has until it listens, and between two looks whether it does.
PATIENCE = 10.0
_LOOK = 0.01
_CHUNK = 256 << 10
#: While so much waits to be sent, no more of standard input is read.
_WAITING = 1 << 20
#: Seconds for the last words to the program.
_FLUSH = 0.5


def carry(door: str, argv: list[str]) -> int:
    """Run the program and carry lines until it or the input ends; return its exit code."""
    os.makedirs(os.path.dirname(door), mode=0o700, exist_ok=True)
    inner = f"{door}.in"
    files.remove(inner)
    try:
        child = Child([*argv, "--listen", f"unix://{inner}"])
    except OSError as problem:
        # On its output as well, where whoever talks to it reads.
        _say(f"{problem}\n".encode())
        return NOT_EXECUTED
    try:
        connection = _connected(child, inner)
        if connection is None:
            if child.stopped:
                return child.end()
            return _without(child, argv)
        return _Bridge(child, connection, Door(door, inner)).run()
    finally:
        files.remove(inner)


def _connected(child: Child, inner: str) -> socket.socket | None:
    """The connection to the program; None when it ended, was to end, or does not listen in time."""
    deadline = time.monotonic() + PATIENCE
    while not child.look() and not child.stopped and time.monotonic() < deadline:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.connect(inner)
        except OSError:
            connection.close()
            select.select([child.wake], [], [], _LOOK)
        else:
            return connection
    return None


def _without(child: Child, argv: list[str]) -> int:
    """Become the program, which can not listen."""
    code = child.end()
    print(f"ao: {argv[0]} does not listen on a socket (it ended with {code}): nobody can join it", file=sys.stderr)
    sys.stderr.flush()
    reset_signals()
    os.execvp(argv[0], argv)


class _Bridge:
    """The lines on one side, the connection and the guests on the other."""

    def __init__(self, child: Child, connection: socket.socket, door: Door) -> None:
        self._child = child
        self._connection = connection
        self._door = door
        self._frames = Frames()
        self._frames.open()
        self._input = bytearray()
        self._reading = True
        self._guests = 0
        self._open = True
        self._lost = ""
        connection.setblocking(False)

    def run(self) -> int:
        """Carry until the program or the input ends; return its exit code."""
        while self._reading and not self._lost and not self._child.look() and not self._child.stopped:
            for descriptor, event in self._poll():
                self._dispatch(descriptor, event)
            self._tell_guests()
        broken = self._lost
        if self._child.code is None and not broken:
            self._part()
        code = self._child.end()
        self._rest()
        self._door.close()
        if broken:
            _say(f"its socket is of no use any more: {broken}\n".encode())
        return (code or 1) if broken else code

    def _poll(self) -> list[tuple[int, int]]:
        poll = select.poll()
        poll.register(self._child.wake, select.POLLIN)
        outbox = self._frames.outbox
        # Before the handshake is answered nothing else may be sent.
        if self._frames.opened and len(outbox) < _WAITING:
            poll.register(0, select.POLLIN)
        poll.register(self._connection, select.POLLIN | (select.POLLOUT if outbox else 0))
        for descriptor, mask in self._door.interests():
            poll.register(descriptor, mask)
        return poll.poll()

    def _dispatch(self, descriptor: int, event: int) -> None:
        if descriptor == 0:
            self._read()
        elif descriptor == self._connection.fileno():
            if event & select.POLLOUT:
                self._send()
            if event & ~select.POLLOUT:
                self._receive()
        elif descriptor != self._child.wake:
            self._door.ready(descriptor, event)

    def _read(self) -> None:
        data = os.read(0, _CHUNK)
        self._reading = bool(data)
        self._input += data
        *lines, rest = self._input.split(b"\n")
        self._input = bytearray(rest)
        for line in lines:
            self._frames.say(bytes(line))
        self._send()

    def _send(self) -> None:
        outbox = self._frames.outbox
        try:
            while outbox:
                del outbox[: self._connection.send(outbox[:_CHUNK])]
        except BlockingIOError:
            return
        except OSError:
            # Nobody will read this. What it had said before is still to be read, and then its end.
            outbox.clear()

    def _receive(self) -> None:
        try:
            data = self._connection.recv(_CHUNK)
        except BlockingIOError:
            return
        except OSError:
            # A reset: it did not read what it was sent last.
            data = b""
        if not data:
            self._gone()
            return
        left_out = self._frames.left_out
        try:
            messages = self._frames.receive(data)
        except Broken as problem:
            self._lost = str(problem)
            return
        for message in messages:
            # A line break between the parts of a JSON value is a blank as well as any other.
            _say(message.replace(b"\n", b" ") + b"\n")
        if self._frames.left_out > left_out:
            print("ao: a message of more than 16 MiB was left out", file=sys.stderr)
            sys.stderr.flush()
        if self._frames.closed:
            self._gone()
        self._send()

    def _gone(self) -> None:
        """It closed the connection: as a rule because it ends, which is told an instant later."""
        self._open = False
        if not self._child.look():
            select.select([self._child.wake], [], [], _FLUSH)
        if not self._child.look():
            self._lost = self._lost or "it was closed"

    def _tell_guests(self) -> None:
        if self._door.guests != self._guests:
            self._guests = self._door.guests
            _say(b'{"method": "bridge/joined", "params": {"guests": %d}}\n' % self._guests)

    def _part(self) -> None:
        """The last words: what was read is sent, and that nothing follows."""
        self._frames.close()
        deadline = time.monotonic() + _FLUSH
        while self._frames.outbox and not self._lost and (rest := deadline - time.monotonic()) > 0:
            select.select([], [self._connection], [], rest)
            self._send()

    def _rest(self) -> None:
        """Take what the program had still said."""
        while self._open and not self._lost:
            self._receive()
            if not select.select([self._connection], [], [], 0)[0]:
                return


def _say(line: bytes) -> None:
    """Write to standard output, whole."""
    while line:
        line = line[os.write(1, line) :]
