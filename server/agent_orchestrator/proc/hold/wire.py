"""The standard input of a run that is talked to, and the bell that tells who talks that there is output.

Protocol on the unix socket: to the run go frames: one byte kind, four bytes big-endian length, payload. Kinds: `d` one
message: a key, a newline, and the bytes for the run; `e` there is no more. From the run come single bytes: `h` first,
when everything that came before is written down, then `o` whenever there is new output in the log, and `c` when the run
has closed its output, all of which is in the log then. There is one talker at a time: a new one takes the place of the
one before.

Invariant: a message's key is in the file `sent` before the run can get a byte of it, and a message is taken whole or
not at all. So a talker that died can be followed by one that repeats nothing.
"""

from __future__ import annotations

import os
import select
import socket

from agent_orchestrator.proc.hold import files
from agent_orchestrator.proc.hold.sockets import listening

FRAME_HEADER = 5
MESSAGE, END = b"d", b"e"
HELLO, OUTPUT, CLOSED = b"h", b"o", b"c"
#: A longer message is no message: its talker is let go.
MESSAGE_MAX = 16 << 20
_CHUNK = 256 << 10
# While so much waits for the run to read it, no more is taken from the talker.
_WAITING = 1 << 20


class Wire:
    """Moves messages from the talker to the run; never blocks."""

    def __init__(self, run_dir: str, path: str | None) -> None:
        self.stdin, self._write = os.pipe()
        os.set_blocking(self._write, False)
        self._open = True
        self._ending = False
        self._input = bytearray()
        self._inbox = bytearray()
        self._talker: socket.socket | None = None
        self._closed = False
        # The talker is yet to be told that the output is closed.
        self._owed = False
        self._sent = os.open(
            os.path.join(run_dir, files.SENT), os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600
        )
        self._path = path
        self._server = None if path is None else listening(path)

    def show(self, data: bytes) -> None:
        """Ring the bell: there is output."""
        if self._talker is not None:
            self._ring(OUTPUT)

    def closed(self) -> None:
        """The run has closed its output; whoever talks is told, and who comes later too."""
        self._closed = self._owed = True
        self._pay()

    def interests(self) -> list[tuple[int, int]]:
        """Return (descriptor, poll mask) of what is waited for."""
        wanted = [(self._server.fileno(), select.POLLIN)] if self._server is not None else []
        if self._talker is not None:
            mask = (select.POLLIN if len(self._input) < _WAITING else 0) | (select.POLLOUT if self._owed else 0)
            wanted += [(self._talker.fileno(), mask)] if mask else []
        if self._open and self._input:
            wanted.append((self._write, select.POLLOUT))
        return wanted

    def ready(self, descriptor: int) -> None:
        """Handle a descriptor of `interests` that became ready."""
        if descriptor == self._write and self._open:
            self._feed()
        elif self._server is not None and descriptor == self._server.fileno():
            self._accept(self._server)
        elif self._talker is not None and descriptor == self._talker.fileno():
            self._pay()
            self._receive()

    def close(self, seconds: float) -> None:
        """The run is over: let the talker go and remove the socket."""
        self._drop()
        if self._server is not None:
            self._server.close()
        self._end()
        if self._path is not None:
            files.remove(self._path)

    def _accept(self, server: socket.socket) -> None:
        try:
            talker, _ = server.accept()
        except OSError:
            return
        # What the one before had said whole is taken before the new one asks what was said.
        while self._talker is not None and self._receive():
            continue
        self._drop()
        talker.setblocking(False)
        self._talker = talker
        self._ring(HELLO)
        self._owed = self._closed
        self._pay()

    def _ring(self, what: bytes) -> bool:
        """Tell the talker; return whether it can not be told just now."""
        if self._talker is None:
            return False
        try:
            self._talker.send(what)
        except BlockingIOError:
            # Bells enough wait to be heard.
            return True
        except OSError:
            # Closed: what it sent before is still to be read.
            return False
        return False

    def _pay(self) -> None:
        if self._owed and self._talker is not None:
            self._owed = self._ring(CLOSED)

    def _receive(self) -> bool:
        """Take what the talker sent; return whether there may be more."""
        if self._talker is None:
            return False
        try:
            data = self._talker.recv(_CHUNK)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        if not data:
            self._drop()
            return False
        self._inbox += data
        self._frames()
        self._feed()
        return self._talker is not None

    def _frames(self) -> None:
        inbox = self._inbox
        while len(inbox) >= FRAME_HEADER:
            kind, length = bytes(inbox[:1]), int.from_bytes(inbox[1:FRAME_HEADER], "big")
            if kind not in (MESSAGE, END) or length > MESSAGE_MAX:
                self._drop()
                return
            if len(inbox) < FRAME_HEADER + length:
                return
            payload = bytes(inbox[FRAME_HEADER : FRAME_HEADER + length])
            del inbox[: FRAME_HEADER + length]
            if kind == END:
                self._ending = True
                continue
            key, _, message = payload.partition(b"\n")
            os.write(self._sent, key + b"\n")
            self._input += message

    def _feed(self) -> None:
        if not self._open:
            self._input.clear()
            return
        try:
            while self._input:
                del self._input[: os.write(self._write, self._input[:_CHUNK])]
        except BlockingIOError:
            return
        except OSError:
            # The run has closed its input: nobody will read this.
            self._input.clear()
            self._end()
        if self._ending and not self._input:
            self._end()

    def _end(self) -> None:
        if self._open:
            self._open = False
            os.close(self._write)

    def _drop(self) -> None:
        self._inbox.clear()
        if self._talker is not None:
            self._talker.close()
            self._talker = None
