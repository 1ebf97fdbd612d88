"""Bring a stopped or left session back from its saved work."""

from __future__ import annotations

import argparse

from agent_orchestrator.cli.app import App
from agent_orchestrator.cli.parser import add_json, add_session
from agent_orchestrator.protocol.types import SessionParams


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    add_session(parser)
    add_json(parser)


def run(args: argparse.Namespace, app: App) -> int:
    """Make its worktree and branch again, with what was saved."""
    return app.done(app.daemon().call("restore", SessionParams(session=args.session)))
