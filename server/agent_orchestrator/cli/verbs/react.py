"""Have a reaction done that was offered."""

from __future__ import annotations

import argparse

from agent_orchestrator.cli.app import App
from agent_orchestrator.cli.parser import add_json
from agent_orchestrator.protocol.types import ReactParams


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    parser.add_argument("reaction", metavar="KEY", help="the reaction, as `ao reactions` shows it")
    add_json(parser)


def run(args: argparse.Namespace, app: App) -> int:
    """Tell the daemon."""
    return app.done(app.daemon().call("react", ReactParams(reaction=args.reaction)))
