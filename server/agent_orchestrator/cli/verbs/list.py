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
    params = {**chosen(args.project, app)._asdict(), "all": False} if args.project else {}
    answer = app.daemon().call("sessions", {**params, "closed": args.closed}, light=True)
    app.show(answer, lambda width: session_list(answer.sessions, app.now(), width, answer.notices))
    return DONE
