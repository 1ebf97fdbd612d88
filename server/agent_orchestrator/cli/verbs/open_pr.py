"""Open the pull request of a session's proven work; it does not land here then."""

from __future__ import annotations

import argparse

from agent_orchestrator.cli.app import App
from agent_orchestrator.cli.parser import add_json, add_session
from agent_orchestrator.protocol.types import PullOpenParams


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    add_session(parser)
    parser.add_argument("--draft", action="store_true", help="open it as a draft")
    add_json(parser)


def run(args: argparse.Namespace, app: App) -> int:
    """Ask the daemon, and say its address."""
    params = PullOpenParams(session=args.session, draft=args.draft)
    return app.done(app.daemon().call("pullOpen", params))
