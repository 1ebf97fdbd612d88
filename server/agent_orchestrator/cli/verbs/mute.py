"""Mute a failure as flaky, so that no agent is given to it."""

from __future__ import annotations

import argparse

from agent_orchestrator.cli.app import App
from agent_orchestrator.cli.parser import add_json
from agent_orchestrator.protocol.types import MuteParams


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    parser.add_argument("failure", metavar="FAILURE", help="the failure's id (`ao check --json`)")
    parser.add_argument("--off", action="store_true", help="take the mute back")
    add_json(parser)


def run(args: argparse.Namespace, app: App) -> int:
    """Record who muted it."""
    params = MuteParams(failure=args.failure, muted=not args.off, by=app.user)
    return app.done(app.daemon().call("mute", params))
