"""Run the checks in the checkout as it lies, and say what is red."""

from __future__ import annotations

import argparse

from agent_orchestrator.cli.app import App
from agent_orchestrator.cli.exits import DONE, RED
from agent_orchestrator.cli.parser import add_json, add_project
from agent_orchestrator.cli.project import chosen, driven, require_trust
from agent_orchestrator.cli.render.checks import check_page, is_green
from agent_orchestrator.protocol.types import CheckParams


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    parser.add_argument("checks", nargs="*", metavar="CHECK", help="ids of checks; default: all")
    add_project(parser)
    add_json(parser)


def run(args: argparse.Namespace, app: App) -> int:
    """Print the checks and the failures; exit code 0 only when every check is complete and nothing is red."""
    choice = chosen(args.project, app)
    daemon = app.daemon(start=True)
    row = driven(app, daemon, choice)
    require_trust(app, daemon, row)
    params = CheckParams(project=row.id, checks=tuple(args.checks))
    results = daemon.call("check", params)
    app.show(results, lambda width: check_page(results, width))
    return DONE if is_green(results) else RED
