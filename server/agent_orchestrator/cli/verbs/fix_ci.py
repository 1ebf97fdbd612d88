"""Have an agent mend what CI found in a pull request."""

from __future__ import annotations

import argparse

from agent_orchestrator.cli.app import App
from agent_orchestrator.cli.parser import add_check, add_json, add_project, add_pull
from agent_orchestrator.cli.project import chosen
from agent_orchestrator.protocol.types import CheckOfPullParams


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    add_pull(parser)
    add_check(parser)
    add_project(parser)
    add_json(parser)


def run(args: argparse.Namespace, app: App) -> int:
    """Tell the pull request's session, or begin one."""
    params = CheckOfPullParams(**chosen(args.project, app)._asdict(), pull=args.pull, check=args.check)
    return app.done(app.daemon().call("ciFix", params))
