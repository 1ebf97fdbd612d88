"""Mark a thread of a pull request as resolved."""

from __future__ import annotations

import argparse

from agent_orchestrator.cli.app import App
from agent_orchestrator.cli.parser import add_json, add_project, add_pull, add_thread
from agent_orchestrator.cli.project import chosen
from agent_orchestrator.protocol.types import ThreadParams


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    add_pull(parser)
    add_thread(parser)
    add_project(parser)
    add_json(parser)


def run(args: argparse.Namespace, app: App) -> int:
    """Ask the daemon."""
    params = ThreadParams(**chosen(args.project, app)._asdict(), pull=args.pull, thread=args.thread)
    return app.done(app.daemon().call("commentResolve", params))
