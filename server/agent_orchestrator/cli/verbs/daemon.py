"""Start, stop, restart or look at the daemon. Agents and gates go on without it and are taken up by the next one."""

from __future__ import annotations

import argparse

from agent_orchestrator.cli.app import App, Connection
from agent_orchestrator.cli.exits import DONE, NO_DAEMON, Failure
from agent_orchestrator.cli.parser import add_json
from agent_orchestrator.cli.render.daemon import daemon_page
from agent_orchestrator.protocol.types import DaemonState, Done

#: Seconds that a daemon gets to end, and between two looks.
_PATIENCE, _PAUSE = 10.0, 0.1


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    parser.add_argument("action", choices=("start", "stop", "restart", "status"), help="what to do")
    add_json(parser)


def run(args: argparse.Namespace, app: App) -> int:
    """Do it; ``stop`` and ``status`` have exit code 3 where there is no daemon."""
    if args.action == "stop":
        return app.done(_end(app))
    if args.action == "restart" and _pid(app) is not None:
        _end(app)
    daemon = app.redial(start=True) if args.action != "status" else app.daemon()
    return _show(app, daemon)


def _show(app: App, daemon: Connection) -> int:
    state: DaemonState = daemon.call("daemon")
    app.show(state, lambda width: daemon_page(state, app.now(), width))
    return DONE


def _end(app: App) -> Done:
    """End the daemon and wait until it no longer answers. Raises Failure where there is none."""
    daemon = app.daemon()
    old = daemon.call("daemon").pid
    done: Done = daemon.call("shutdown")
    deadline = app.now() + _PATIENCE
    while (pid := _pid(app)) == old:
        if app.now() > deadline:
            raise Failure(f"the daemon (process {pid}) has not ended within {_PATIENCE:.0f} s", NO_DAEMON)
        app.sleep(_PAUSE)
    return done


def _pid(app: App) -> int | None:
    try:
        return int(app.redial().call("daemon").pid)
    except Failure:
        return None
