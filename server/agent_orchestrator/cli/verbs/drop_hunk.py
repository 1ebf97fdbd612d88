"""Take one change out of what a session did."""

from __future__ import annotations

import argparse

from agent_orchestrator.cli.app import App
from agent_orchestrator.cli.parser import add_hunk, add_json, add_session
from agent_orchestrator.protocol.types import HunkParams


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    add_session(parser)
    add_hunk(parser)
    add_json(parser)


def run(args: argparse.Namespace, app: App) -> int:
    """Tell the daemon."""
    given = HunkParams(session=args.session, path=args.path, hunk=args.hunk)
    return app.done(app.daemon().call("hunkDrop", given))
