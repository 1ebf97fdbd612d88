"""Stop sessions: their work is saved, then their worktrees and branches are removed.

Without arguments: the sessions of this folder's project. The daemon goes on; `ao daemon stop` ends it.
"""

from __future__ import annotations

import argparse

from agent_orchestrator.cli.app import App
from agent_orchestrator.cli.exits import Failure
from agent_orchestrator.cli.parser import add_json, add_project, add_session
from agent_orchestrator.cli.project import chosen
from agent_orchestrator.protocol.types import StopParams


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    add_session(parser, nargs="?", what="the session; without one, all of the project")
    add_project(parser)
    parser.add_argument("--all", action="store_true", help="all sessions: of the named project, else of every one")
    add_json(parser)


def run(args: argparse.Namespace, app: App) -> int:
    """Stop one session, or those of one project, or every one."""
    if args.session and args.all:
        raise Failure(f"name a session or say --all, not both: `ao stop {args.session}`")
    return app.done(app.daemon().call("stop", _params(args, app)))


def _params(args: argparse.Namespace, app: App) -> StopParams:
    if args.session:
        return StopParams(session=args.session, project=args.project)
    if args.all and not args.project:
        return StopParams(all=True)
    # Never `all` beside a project: that could be read as every session of every project.
    choice = chosen(args.project, app)
    return StopParams(project=choice.project, path=choice.path)
