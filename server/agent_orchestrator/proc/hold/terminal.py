"""The pseudo-terminal of a run and those who look at it.

Attach protocol on the unix socket: from the run come plain bytes, first the newest scrollback. To the run go frames:
one byte kind, four bytes big-endian length, payload. Kinds: `d` input bytes; `w` window size, columns and lines as two
big-endian 16-bit numbers; `m` a message: a key, a newline, and input bytes. Several may be attached; the newest window
size holds.

Invariant: a message's key is in the file `sent` before the run can get a byte of it, and a message whose key is there
is not typed again.
"""

from __future__ import annotations

import fcntl
import os
import select
import signal
import struct
import termios

from agent_orchestrator.proc.hold import files
from agent_orchestrator.proc.hold.draft import Draft

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket

SCROLLBACK = 64 << 10
FRAME_HEADER = 5
DATA, WINDOW, MESSAGE = b"d", b"w", b"m"
_CHUNK = 64 << 10
# A viewer that lags this far is let go; it may attach again. The run never waits for one.
_LAG = 4 << 20
_INPUT = 64 << 10


def set_size(descriptor: int, columns: int, lines: int) -> None:
    """Set a terminal's size (TIOCSWINSZ, ioctl_tty(2)); the kernel tells the foreground group when it changed."""
    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("4H", lines, columns, 0, 0))


def get_size(descriptor: int) -> tuple[int, int] | None:
    """Return a terminal's (columns, lines), None when it has no size or is none."""
    try:
        columns, lines = os.get_terminal_size(descriptor)
    except OSError:
        return None
    return (columns, lines) if columns and lines else None


class Viewer:
    """One looker-on: a socket client (framed input) or the holder's own terminal (plain input)."""

    __slots__ = ("framed", "inbox", "outbox", "sink", "source")

    def __init__(self, source: int, sink: int, framed: bool) -> None:
        self.source = source
        self.sink = sink
        self.framed = framed
        self.inbox = bytearray()
        self.outbox = bytearray()


class Terminal:
    """Moves bytes between the pty's master and the viewers; never blocks."""

    def __init__(self, columns: int, lines: int, run_dir: str) -> None:
        self._sent = os.path.join(run_dir, files.SENT)
        self._draft = Draft(run_dir)
        self.master, self.slave = os.openpty()
        set_size(self.master, columns, lines)
        os.set_blocking(self.master, False)
        self._input = bytearray()
        self._scrollback = bytearray()
        self._viewers: list[Viewer] = []
        self._server: socket.socket | None = None
        self._clients: dict[int, socket.socket] = {}
        self._path: str | None = None

    def listen(self, path: str) -> None:
        """Accept viewers on a unix socket at `path` (0600 by the holder's umask)."""
        # Costs 8 ms and only this mode needs it.
        from agent_orchestrator.proc.hold.sockets import listening

        self._server = listening(path)
        self._path = path

    def view_here(self) -> None:
        """Show the run on the holder's own terminal: raw, sized alike, keys passed on."""
        import tty

        tty.setraw(0)
        os.set_blocking(0, False)
        os.set_blocking(1, False)
        self._viewers.append(Viewer(0, 1, framed=False))
        self.follow_size()

    def follow_size(self) -> None:
        """Take over the size of the holder's own terminal."""
        if size := get_size(0):
            set_size(self.master, *size)

    def show(self, data: bytes) -> None:
        """Give output to the scrollback and to every viewer."""
        self._scrollback += data
        del self._scrollback[:-SCROLLBACK]
        for viewer in list(self._viewers):
            viewer.outbox += data
            self._send(viewer)

    def wants_to_write(self) -> bool:
        """Whether input waits for the master to become writable."""
        return bool(self._input)

    def interests(self) -> list[tuple[int, int]]:
        """Return (descriptor, poll mask) of the listening socket and the viewers."""
        wanted = [] if self._server is None else [(self._server.fileno(), select.POLLIN)]
        # Backpressure: while the run reads no input, neither does the holder.
        reading = select.POLLIN if len(self._input) < _INPUT else 0
        for viewer in self._viewers:
            writing = select.POLLOUT if viewer.outbox else 0
            if viewer.source == viewer.sink:
                wanted.append((viewer.source, reading | writing))
            else:
                wanted += [(viewer.source, reading), (viewer.sink, writing)]
        return [(descriptor, mask) for descriptor, mask in wanted if mask]

    def ready(self, descriptor: int) -> None:
        """Handle a descriptor of `interests` that became ready."""
        if self._server is not None and descriptor == self._server.fileno():
            self._accept()
            return
        for viewer in list(self._viewers):
            if descriptor == viewer.sink and viewer.outbox:
                self._send(viewer)
            if descriptor == viewer.source and viewer in self._viewers:
                self._receive(viewer)

    def feed(self) -> None:
        """Write waiting input to the run."""
        try:
            del self._input[: os.write(self.master, self._input)]
        except BlockingIOError:
            return
        except OSError:
            # The run has closed its terminal: nobody will read this.
            self._input.clear()

    def close(self, seconds: float) -> None:
        """Give viewers up to `seconds` for the rest of the output, then let them go and remove the socket."""
        waiting = select.poll()
        for viewer in self._viewers:
            waiting.register(viewer.sink, select.POLLOUT)
        while any(viewer.outbox for viewer in self._viewers) and (events := waiting.poll(int(seconds * 1000))):
            sinks = {descriptor for descriptor, _ in events}
            for viewer in [each for each in self._viewers if each.sink in sinks]:
                waiting.unregister(viewer.sink)
                self._send(viewer)
                if viewer in self._viewers and viewer.outbox:
                    waiting.register(viewer.sink, select.POLLOUT)
        for viewer in list(self._viewers):
            self._drop(viewer)
        if self._server is not None:
            self._server.close()
        if self._path is not None:
            files.remove(self._path)

    def _accept(self) -> None:
        if self._server is None:
            return
        try:
            client, _ = self._server.accept()
        except OSError:
            return
        client.setblocking(False)
        self._clients[client.fileno()] = client
        viewer = Viewer(client.fileno(), client.fileno(), framed=True)
        viewer.outbox += self._scrollback
        self._viewers.append(viewer)
        self._send(viewer)

    def _send(self, viewer: Viewer) -> None:
        if not viewer.outbox:
            return
        try:
            del viewer.outbox[: os.write(viewer.sink, viewer.outbox)]
        except BlockingIOError:
            if len(viewer.outbox) > _LAG:
                self._drop(viewer)
        except OSError:
            self._drop(viewer)

    def _receive(self, viewer: Viewer) -> None:
        try:
            data = os.read(viewer.source, _CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._drop(viewer)
        elif viewer.framed:
            viewer.inbox += data
            self._frames(viewer)
        else:
            self._typed(data)

    def _frames(self, viewer: Viewer) -> None:
        inbox = viewer.inbox
        while len(inbox) >= FRAME_HEADER:
            kind, length = bytes(inbox[:1]), int.from_bytes(inbox[1:FRAME_HEADER], "big")
            if kind not in (DATA, WINDOW, MESSAGE) or length > _CHUNK:
                self._drop(viewer)
                return
            if len(inbox) < FRAME_HEADER + length:
                return
            payload = bytes(inbox[FRAME_HEADER : FRAME_HEADER + length])
            del inbox[: FRAME_HEADER + length]
            if kind == DATA:
                self._typed(payload)
            elif kind == MESSAGE:
                self._message(*payload.split(b"\n", 1))
            elif length == 4:
                self._resize(int.from_bytes(payload[:2], "big"), int.from_bytes(payload[2:], "big"))

    def _typed(self, data: bytes) -> None:
        self._draft.typed(data)
        self._input += data
        self.feed()

    def _message(self, key: bytes, message: bytes = b"") -> None:
        descriptor = os.open(self._sent, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            if key in os.read(descriptor, os.fstat(descriptor).st_size).split(b"\n"):
                return
            os.write(descriptor, key + b"\n")
        finally:
            os.close(descriptor)
        self._input += message
        self.feed()

    def _resize(self, columns: int, lines: int) -> None:
        if not columns or not lines:
            return
        before = get_size(self.master)
        set_size(self.master, columns, lines)
        if before == (columns, lines):
            # No change, no signal from the kernel; but who has just attached needs the screen drawn again.
            try:
                os.killpg(os.tcgetpgrp(self.master), signal.SIGWINCH)
            except OSError:
                return

    def _drop(self, viewer: Viewer) -> None:
        self._viewers.remove(viewer)
        client = self._clients.pop(viewer.source, None)
        if client is not None:
            client.close()
