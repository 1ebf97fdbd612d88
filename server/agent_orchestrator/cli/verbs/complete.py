"""Print what a completion script asks for, one per line; silent where nothing is known."""

from __future__ import annotations

import argparse

from agent_orchestrator.cli.app import App
from agent_orchestrator.cli.exits import DONE, Failure


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    parser.add_argument("kind", choices=("sessions", "projects"), help="what to list")


def run(args: argparse.Namespace, app: App) -> int:
    """Never starts a daemon, never complains: a shell is in the middle of a line."""
    try:
        answer = app.daemon().call(args.kind, {}, light=True)
    except Failure:
        return DONE
    for row in getattr(answer, args.kind):
        app.terminal.line(row.id)
    return DONE
