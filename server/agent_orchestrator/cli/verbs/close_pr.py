"""Close a pull request unmerged. The session whose work it is stays."""

from __future__ import annotations

import argparse

from agent_orchestrator.cli.app import App
from agent_orchestrator.cli.parser import add_json, add_project, add_pull
from agent_orchestrator.cli.project import chosen
from agent_orchestrator.protocol.types import PullParams


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    add_pull(parser)
    add_project(parser)
    add_json(parser)


def run(args: argparse.Namespace, app: App) -> int:
    """Ask the daemon."""
    params = PullParams(**chosen(args.project, app)._asdict(), pull=args.pull)
    return app.done(app.daemon().call("pullClose", params))
