"""Land a session's work through the gate; or fast-forward your checkout to what has landed."""

from __future__ import annotations

import argparse

from agent_orchestrator.cli.app import App
from agent_orchestrator.cli.exits import Failure
from agent_orchestrator.cli.parser import add_json, add_project, add_session
from agent_orchestrator.cli.project import chosen
from agent_orchestrator.protocol.types import LandParams


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    add_session(parser, nargs="?", what="the session; without one, what waits is tried again")
    parser.add_argument("--allow", action="store_true", help="also what the guard holds; recorded with your name")
    parser.add_argument("--checkout", action="store_true", help="fast-forward your checkout to ao/landed")
    add_project(parser)
    add_json(parser)


def run(args: argparse.Namespace, app: App) -> int:
    """Queue the session, or move the checkout."""
    if args.allow and not args.session:
        raise Failure("--allow needs the session that it allows")
    choice = chosen(args.project, app)
    params = LandParams(
        project=choice.project,
        path="" if args.session else choice.path,
        session=args.session,
        allow=args.allow,
        by=app.user if args.allow else "",
        checkout=args.checkout,
    )
    return app.done(app.daemon().call("land", params))
