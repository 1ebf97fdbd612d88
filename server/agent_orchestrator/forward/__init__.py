"""``ao lsp``: bytes between an editor and the user's daemon, which is started, and started again, as need be.

Standard library only and no event loop, for an editor waits for this process to start.
"""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from io import BufferedReader, FileIO

from agent_orchestrator.cli.client import connect
from agent_orchestrator.forward.frames import write_all
from agent_orchestrator.forward.relay import Relay
from agent_orchestrator.protocol.paths import paths_of

INTERRUPTED = 130


def main() -> int:
    """Serve the editor at the standard streams; the answer is the exit status.

    0 after ``shutdown`` and ``exit`` or when the editor's pipe ends, 1 for an ``exit`` alone or messages that can not
    be read. That there is no daemon ends nothing: it is said, and tried again when the editor asks for something.
    """
    try:
        # Not `sys.stdin`, which the interpreter can not close at its end while a thread reads it.
        return Relay(_dial, BufferedReader(FileIO(0, closefd=False)), 1, _note).run()
    except KeyboardInterrupt:
        return INTERRUPTED


def _dial() -> socket.socket:
    return connect(paths_of(os.environ), start=True, kind="lsp").detach()


def _note(sentence: str) -> None:
    with suppress(OSError):
        write_all(2, f"ao lsp: {sentence}\n".encode(errors="backslashreplace"))
