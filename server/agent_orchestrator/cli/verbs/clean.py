"""Remove what is merged, and saved work that is older than some days."""

from __future__ import annotations

import argparse

from agent_orchestrator.cli.app import App
from agent_orchestrator.cli.exits import Failure
from agent_orchestrator.cli.parser import add_json, add_project
from agent_orchestrator.cli.project import chosen
from agent_orchestrator.protocol.types import CleanParams


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    parser.add_argument("--days", type=int, default=30, metavar="N", help="keep saved work this long (default: 30)")
    add_project(parser)
    add_json(parser)


def run(args: argparse.Namespace, app: App) -> int:
    """Clean one project."""
    if args.days < 0:
        raise Failure(f"--days takes a number from 0 on, not {args.days}")
    choice = chosen(args.project, app)
    return app.done(app.daemon().call("clean", CleanParams(project=choice.project, path=choice.path, days=args.days)))
