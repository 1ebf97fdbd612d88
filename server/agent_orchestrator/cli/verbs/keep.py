"""Take what you changed in a session's worktree for a part of its work."""

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
    """Tell the daemon."""
    return app.done(app.daemon().call("keep", SessionParams(session=args.session)))
