"""Neither show nor hear what somebody says at pull requests any more."""

from __future__ import annotations

import argparse

from agent_orchestrator.cli.app import App
from agent_orchestrator.cli.parser import add_json, add_project
from agent_orchestrator.cli.project import chosen
from agent_orchestrator.protocol.types import AuthorParams


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    parser.add_argument("author", metavar="LOGIN", help="who, by the name at the forge")
    parser.add_argument("--undo", action="store_true", help="show and hear them again")
    add_project(parser)
    add_json(parser)


def run(args: argparse.Namespace, app: App) -> int:
    """Record who wants that."""
    params = AuthorParams(**chosen(args.project, app)._asdict(), author=args.author, ignored=not args.undo)
    return app.done(app.daemon().call("authorIgnore", params))
