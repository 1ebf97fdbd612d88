"""Unix sockets that somebody finds by their path."""

from __future__ import annotations

import os
import socket

from agent_orchestrator.proc.hold import files


def listening(path: str) -> socket.socket:
    """A socket that listens at ``path``, for its user alone, and never blocks.

    Renamed into place, so that nobody ever finds one that does not listen.
    """
    # No longer than any name that it stands in for: what a path of a socket may have is little.
    fresh = os.path.join(os.path.dirname(path), f".{os.getpid()}")
    files.remove(fresh)
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        server.bind(fresh)
        os.chmod(fresh, 0o600)
        server.listen()
        server.setblocking(False)
        os.rename(fresh, path)
    except OSError:
        server.close()
        raise
    return server
