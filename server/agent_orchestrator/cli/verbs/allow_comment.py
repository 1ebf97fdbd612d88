"""Let a comment reach agents, as it reads now, or everything that its author says."""

from __future__ import annotations

import argparse

from agent_orchestrator.cli.app import App
from agent_orchestrator.cli.parser import add_json, add_project, add_pull
from agent_orchestrator.cli.project import chosen
from agent_orchestrator.protocol.types import AllowCommentParams


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    add_pull(parser)
    parser.add_argument("comment", metavar="COMMENT", help="the comment, as `ao pulls PR` shows it")
    parser.add_argument("--always", action="store_true", help="everything that its author says, from now on")
    add_project(parser)
    add_json(parser)


def run(args: argparse.Namespace, app: App) -> int:
    """Record who allowed it."""
    params = AllowCommentParams(
        **chosen(args.project, app)._asdict(), pull=args.pull, comment=args.comment, always=args.always
    )
    return app.done(app.daemon().call("commentAllow", params))
