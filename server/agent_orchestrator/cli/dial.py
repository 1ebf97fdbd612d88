"""Reaching the daemon: the client's exceptions become sentences with exit codes, here and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agent_orchestrator.cli import client
from agent_orchestrator.cli.exits import NO_DAEMON, USAGE, Failure
from agent_orchestrator.protocol.paths import paths_of


class Dialed:
    """A connection whose failures are :class:`.exits.Failure`."""

    def __init__(self, connection: client.Connection) -> None:
        self._connection = connection

    def call(self, method: str, params: Any = None, *, light: bool = False) -> Any:
        """The result. A refusal has exit code 2, a connection that broke has 3."""
        try:
            return self._connection.call(method, params, light=light)
        except client.RefusedByDaemon as refused:
            raise Failure(str(refused), USAGE) from None
        except (client.NoDaemon, OSError) as gone:
            raise Failure(str(gone), NO_DAEMON) from None


def dial(environ: Mapping[str, str], *, start: bool) -> Dialed:
    """Connect to the user's daemon; ``start`` starts one where there is none."""
    try:
        return Dialed(client.connect(paths_of(environ), start=start, environ=environ))
    except (client.NoDaemon, OSError) as gone:
        raise Failure(str(gone), NO_DAEMON) from None
    except client.RefusedByDaemon as refused:
        raise Failure(str(refused), USAGE) from None
