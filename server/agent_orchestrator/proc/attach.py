"""Join this terminal to a run in mode `pty`: `python -I attach.py <run-dir>`.

Detach with Ctrl-\\ (the run goes on). The terminal is put in raw mode meanwhile and restored at the end; its size is
passed on at the start and at each change. Standard library only, so that it can be run as a script.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import sys
import termios
import tty
from collections.abc import Iterator
from pathlib import Path

DETACH = b"\x1c"
DETACH_NAME = "Ctrl-\\"

_CHUNK = 64 << 10
# The frames of `hold.terminal`.
_DATA, _WINDOW = b"d", b"w"


def attach(run_dir: Path) -> str:
    """Join standard input and output to the run until it ends or the detach key is typed; return what happened.

    Raises OSError with a sentence when there is nothing to join.
    """
    with _connect(run_dir) as connection, _raw(0), _wakeup() as wake:
        _send_size(connection)
        while True:
            ready, _, _ = select.select([connection.fileno(), wake, 0], [], [])
            if wake in ready:
                os.read(wake, 4096)
                _send_size(connection)
            if connection.fileno() in ready:
                output = _receive(connection)
                if not output:
                    return "the run has ended"
                _write_all(output)
            if 0 in ready:
                typed = os.read(0, _CHUNK)
                before, detached, _ = typed.partition(DETACH)
                _send(connection, _DATA, before)
                if detached or not typed:
                    return f"detached from {run_dir}; the run goes on"


def main() -> int:
    """Attach to the run directory named by the only argument; return 0 when it was joined, 1 when not."""
    try:
        what = attach(Path(sys.argv[1]))
    except OSError as problem:
        print(f"ao: {problem}", file=sys.stderr)
        return 1
    print(f"\r\n[ao: {what}]")
    return 0


def _connect(run_dir: Path) -> socket.socket:
    try:
        path = json.loads((run_dir / "started").read_text(encoding="ascii"))["socket"]
    except FileNotFoundError:
        raise OSError(f"{run_dir}: no run was started here") from None
    if path is None:
        raise OSError(f"{run_dir}: this run has no terminal of its own to attach to")
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.connect(path)
    except (FileNotFoundError, ConnectionRefusedError):
        connection.close()
        raise OSError(f"{run_dir}: the run has ended; its output is in {run_dir / 'log'}") from None
    return connection


@contextlib.contextmanager
def _raw(descriptor: int) -> Iterator[None]:
    """Put the terminal in raw mode, if it is one, and restore it."""
    if not os.isatty(descriptor):
        yield
        return
    before = termios.tcgetattr(descriptor)
    try:
        tty.setraw(descriptor)
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


@contextlib.contextmanager
def _wakeup() -> Iterator[int]:
    """Yield a descriptor that becomes readable when the terminal's size changed."""
    wake, write = os.pipe()
    os.set_blocking(write, False)
    handler = signal.signal(signal.SIGWINCH, lambda *_: None)
    descriptor = signal.set_wakeup_fd(write, warn_on_full_buffer=False)
    try:
        yield wake
    finally:
        signal.set_wakeup_fd(descriptor)
        signal.signal(signal.SIGWINCH, handler)
        os.close(wake)
        os.close(write)


def _send_size(connection: socket.socket) -> None:
    try:
        columns, lines = os.get_terminal_size(0)
    except OSError:
        return
    _send(connection, _WINDOW, columns.to_bytes(2, "big") + lines.to_bytes(2, "big"))


def _send(connection: socket.socket, kind: bytes, payload: bytes) -> None:
    if payload:
        # A run that ended meanwhile is noticed by its EOF.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(kind + len(payload).to_bytes(4, "big") + payload)


def _receive(connection: socket.socket) -> bytes:
    try:
        return connection.recv(_CHUNK)
    except ConnectionResetError:
        return b""


def _write_all(data: bytes) -> None:
    while data:
        data = data[os.write(1, data) :]


if __name__ == "__main__":
    sys.exit(main())
