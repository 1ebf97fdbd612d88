"""Go on in a paused project."""

from __future__ import annotations

import argparse

from agent_orchestrator.cli.app import App
from agent_orchestrator.cli.parser import add_json, add_project
from agent_orchestrator.cli.project import chosen
from agent_orchestrator.protocol.types import PauseParams


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    add_project(parser)
    parser.add_argument("--all", action="store_true", help="all projects: the whole fleet")
    add_json(parser)


def run(args: argparse.Namespace, app: App) -> int:
    """Tell the daemon."""
    if args.all:
        return app.done(app.daemon().call("resume", PauseParams(all=True)))
    choice = chosen(args.project, app)
    return app.done(app.daemon().call("resume", PauseParams(project=choice.project, path=choice.path)))
