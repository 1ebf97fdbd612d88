"""The way in for a person's own program: a socket whose clients are passed on to the agent's, byte by byte.

So the bridge knows whether somebody is there, which the agent does not tell.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket

from agent_orchestrator.proc.hold import files
from agent_orchestrator.proc.hold.sockets import listening

_CHUNK = 256 << 10
#: While so much waits to be read on one side, no more is taken from the other.
_WAITING = 1 << 20


class Door:
    """Listens at `path` (for its owner alone) and passes clients on to the socket at `inner`; never blocks."""

    def __init__(self, path: str, inner: str) -> None:
        self._path = path
        self._inner = inner
        self._server = listening(path)
        # By descriptor: the socket, the other one of its pair, and what waits to be sent to it.
        self._ends: dict[int, tuple[socket.socket, socket.socket, bytearray]] = {}

    @property
    def guests(self) -> int:
        """How many clients there are."""
        return len(self._ends) // 2

    def interests(self) -> list[tuple[int, int]]:
        """Return (descriptor, poll mask) of what is waited for."""
        wanted = [(self._server.fileno(), select.POLLIN)]
        for descriptor, (_, other, outbox) in self._ends.items():
            reading = select.POLLIN if len(self._ends[other.fileno()][2]) < _WAITING else 0
            wanted.append((descriptor, reading | (select.POLLOUT if outbox else 0)))
        return wanted

    def ready(self, descriptor: int, event: int) -> None:
        """Handle a descriptor of `interests` that became ready."""
        if descriptor == self._server.fileno():
            self._accept()
        elif descriptor in self._ends:
            if event & select.POLLOUT:
                self._send(descriptor)
            if event & ~select.POLLOUT and descriptor in self._ends:
                self._receive(descriptor)

    def close(self) -> None:
        """Let all go, and remove the socket."""
        for descriptor in list(self._ends):
            self._drop(descriptor)
        self._server.close()
        files.remove(self._path)

    def _accept(self) -> None:
        try:
            guest, _ = self._server.accept()
        except OSError:
            return
        inside = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            inside.connect(self._inner)
        except OSError:
            guest.close()
            inside.close()
            return
        for one, other in ((guest, inside), (inside, guest)):
            one.setblocking(False)
            self._ends[one.fileno()] = (one, other, bytearray())

    def _receive(self, descriptor: int) -> None:
        one, other, _ = self._ends[descriptor]
        try:
            data = one.recv(_CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._drop(descriptor)
            return
        self._ends[other.fileno()][2].extend(data)
        self._send(other.fileno())

    def _send(self, descriptor: int) -> None:
        one, _, outbox = self._ends[descriptor]
        try:
            while outbox:
                del outbox[: one.send(outbox[:_CHUNK])]
        except BlockingIOError:
            return
        except OSError:
            self._drop(descriptor)

    def _drop(self, descriptor: int) -> None:
        """Let both of a pair go: what one has no use for any more, the other can not use."""
        if descriptor not in self._ends:
            return
        one, other, _ = self._ends.pop(descriptor)
        rest = self._ends.pop(other.fileno(), None)
        if rest is not None and rest[2]:
            # Its last words, as far as they are taken at once.
            with contextlib.suppress(OSError):
                other.send(rest[2])
        for each in (one, other):
            os.close(each.detach())
