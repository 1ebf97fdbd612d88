"""List the pull requests that are followed, or show one with what is said at it."""

from __future__ import annotations

import argparse

from agent_orchestrator.cli.app import App
from agent_orchestrator.cli.exits import DONE
from agent_orchestrator.cli.parser import add_json, add_project, add_pull
from agent_orchestrator.cli.project import chosen
from agent_orchestrator.cli.render.pulls import pulls_page


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    add_pull(parser, nargs="?", what="one of them, by its number (12 or #12) or its address; default: list them all")
    parser.add_argument("--all", action="store_true", help="those of every project")
    add_project(parser)
    add_json(parser)


def run(args: argparse.Namespace, app: App) -> int:
    """Print them."""
    params = {**chosen(args.project, app)._asdict(), "pull": args.pull, "all": args.all and not args.project}
    answer = app.daemon().call("pulls", params, light=True)
    app.show(answer, lambda width: pulls_page(answer, width, one=bool(args.pull)))
    return DONE
