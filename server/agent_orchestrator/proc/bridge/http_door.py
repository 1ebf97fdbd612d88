"""The way in for a person's own program: a socket that tells where the server is and its password.

Who has joined keeps the connection for as long as they are there, so the bridge knows that somebody is.
"""

from __future__ import annotations

import json
import os
import select
import socket

from agent_orchestrator.proc.hold import files
from agent_orchestrator.proc.hold.sockets import listening


class Door:
    """Listens at ``path``, readable by its user only, and tells each guest ``told``; never blocks."""

    def __init__(self, path: str, told: dict[str, str]) -> None:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        self._path = path
        self._told = json.dumps(told).encode() + b"\n"
        self._server = listening(path)
        self._guests: dict[int, socket.socket] = {}

    @property
    def guests(self) -> int:
        """How many are there."""
        return len(self._guests)

    def interests(self) -> list[tuple[int, int]]:
        """Return (descriptor, poll mask) of what is waited for."""
        return [(one, select.POLLIN) for one in (self._server.fileno(), *self._guests)]

    def ready(self, descriptor: int) -> None:
        """Handle a descriptor of ``interests`` that became ready."""
        try:
            if descriptor == self._server.fileno():
                guest, _ = self._server.accept()
                guest.setblocking(False)
                # A socket that is new has room for it.
                guest.send(self._told)
                self._guests[guest.fileno()] = guest
            elif descriptor in self._guests and not self._guests[descriptor].recv(4096):
                self._guests.pop(descriptor).close()
        except BlockingIOError:
            return
        except OSError:
            if descriptor in self._guests:
                self._guests.pop(descriptor).close()

    def close(self) -> None:
        """Let nobody in any more."""
        self._server.close()
        files.remove(self._path)
