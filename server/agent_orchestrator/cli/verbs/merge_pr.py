"""Merge a pull request at the head that was seen last."""

from __future__ import annotations

import argparse

from agent_orchestrator.cli.app import App
from agent_orchestrator.cli.parser import add_json, add_project, add_pull
from agent_orchestrator.cli.project import chosen
from agent_orchestrator.protocol.types import PullMergeParams


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    add_pull(parser)
    parser.add_argument("--no-checks", action="store_true", help="also where it has no checks at all")
    add_project(parser)
    add_json(parser)


def run(args: argparse.Namespace, app: App) -> int:
    """Ask the daemon; it refuses what is not green."""
    params = PullMergeParams(**chosen(args.project, app)._asdict(), pull=args.pull, no_checks=args.no_checks)
    return app.done(app.daemon().call("pullMerge", params))
