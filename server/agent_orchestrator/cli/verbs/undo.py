"""Take a landing back through the gate."""

from __future__ import annotations

import argparse

from agent_orchestrator.cli.app import App
from agent_orchestrator.cli.parser import add_json, add_project
from agent_orchestrator.cli.project import chosen
from agent_orchestrator.protocol.types import UndoParams


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    parser.add_argument("landing", metavar="LANDING", help="the landing's id, its commit or its session (`ao queue`)")
    add_project(parser)
    add_json(parser)


def run(args: argparse.Namespace, app: App) -> int:
    """Queue the undo; the failures that the landing had fixed are opened again."""
    choice = chosen(args.project, app)
    params = UndoParams(project=choice.project, path=choice.path, landing=args.landing)
    return app.done(app.daemon().call("undo", params))
