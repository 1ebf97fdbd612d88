"""No notifications of a session any more."""

from __future__ import annotations

import argparse

from agent_orchestrator.cli.app import App
from agent_orchestrator.cli.parser import add_json, add_session
from agent_orchestrator.protocol.types import QuietParams


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    add_session(parser)
    parser.add_argument("--off", action="store_true", help="notify of it again")
    add_json(parser)


def run(args: argparse.Namespace, app: App) -> int:
    """Tell the daemon."""
    return app.done(app.daemon().call("quiet", QuietParams(session=args.session, quiet=not args.off)))
