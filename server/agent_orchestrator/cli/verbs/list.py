"""List the sessions of all projects, or of one."""

from __future__ import annotations

import argparse

from agent_orchestrator.cli.app import App
from agent_orchestrator.cli.exits import DONE
from agent_orchestrator.cli.parser import add_json, add_project
from agent_orchestrator.cli.project import chosen
from agent_orchestrator.cli.render.sessions import session_list


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    parser.add_argument("--closed", action="store_true", help="also sessions that are over")
    add_project(parser)
    add_json(parser)


def run(args: argparse.Namespace, app: App) -> int:
    """Print one row per session."""
    from agent_orchestrator.protocol.types import ListParams

    daemon = app.daemon()
    if args.project:
        choice = chosen(args.project, app)
        params = ListParams(project=choice.project, path=choice.path, all=False, closed=args.closed)
    else:
        params = ListParams(closed=args.closed)
    answer = daemon.call("sessions", params)
    app.show(answer, lambda width: session_list(answer.sessions, app.now(), width))
    return DONE
