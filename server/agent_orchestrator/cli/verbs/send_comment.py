"""Tell the agent of a pull request's session what was said there."""

from __future__ import annotations

import argparse

from agent_orchestrator.cli.app import App
from agent_orchestrator.cli.parser import add_json, add_project, add_pull
from agent_orchestrator.cli.project import chosen
from agent_orchestrator.protocol.types import SendCommentParams


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    add_pull(parser)
    parser.add_argument("comment", metavar="ID", help="the comment or the thread, as `ao pulls PR` shows it")
    add_project(parser)
    add_json(parser)


def run(args: argparse.Namespace, app: App) -> int:
    """Tell it as data, with its author and place."""
    params = SendCommentParams(**chosen(args.project, app)._asdict(), pull=args.pull, comment=args.comment)
    return app.done(app.daemon().call("commentSend", params))
