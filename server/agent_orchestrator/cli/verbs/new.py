"""Give a task to an agent in its own worktree and branch."""

from __future__ import annotations

import argparse

from agent_orchestrator.cli.app import App
from agent_orchestrator.cli.exits import Failure
from agent_orchestrator.cli.parser import add_json, add_project
from agent_orchestrator.cli.project import chosen, driven, require_trust
from agent_orchestrator.protocol.types import NewParams


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    parser.add_argument("task", metavar="TASK", nargs="?", default="", help="what the agent shall do")
    add_project(parser)
    parser.add_argument("--issue", default="", metavar="N", help="an issue to work on: its number, key or address")
    parser.add_argument("--name", default="", metavar="N", help="the session's name; default: from the task")
    parser.add_argument("--branch", default="", metavar="B", help="its branch; default: ao/<id>")
    parser.add_argument("--agent", default="", metavar="A", help="the agent; default: as configured")
    parser.add_argument("--runtime", default="", metavar="R", help="where the agent runs: tmux or process")
    parser.add_argument("--workspace", default="", metavar="W", help="how it gets its own files: worktree")
    add_json(parser)


def run(args: argparse.Namespace, app: App) -> int:
    """Make the session and say its id."""
    if not (args.task.strip() or args.issue.strip()):
        raise Failure('say what the agent shall do: `ao new "Fix the login"`, or `ao new --issue 12`')
    choice = chosen(args.project, app)
    daemon = app.daemon(start=True)
    row = driven(app, daemon, choice)
    require_trust(app, daemon, row)
    params = NewParams(
        project=row.id,
        task=args.task,
        name=args.name,
        branch=args.branch,
        agent=args.agent,
        runtime=args.runtime,
        workspace=args.workspace,
        issue=args.issue,
    )
    return app.done(daemon.call("new", params))
