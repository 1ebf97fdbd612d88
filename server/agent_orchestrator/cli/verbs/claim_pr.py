"""Go on with a pull request in a session of its own: what is proven there is pushed to the pull request's branch.

Without a task its agent is told what CI found; where CI found nothing, it waits for `ao send`.
"""

from __future__ import annotations

import argparse

from agent_orchestrator.cli.app import App
from agent_orchestrator.cli.parser import add_json, add_project, add_pull
from agent_orchestrator.cli.project import Chosen, chosen, driven, require_trust
from agent_orchestrator.protocol.types import PullClaimParams


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    add_pull(parser)
    parser.add_argument("task", metavar="TASK", nargs="*", help="what the agent shall do")
    add_project(parser)
    parser.add_argument(
        "--name", default="", metavar="N", help="the session's name; default: from the task or the title"
    )
    parser.add_argument("--agent", default="", metavar="A", help="the agent; default: as configured")
    parser.add_argument("--runtime", default="", metavar="R", help="where the agent runs: tmux or process")
    add_json(parser)


def run(args: argparse.Namespace, app: App) -> int:
    """Make the session and say its id."""
    choice = chosen(args.project, app)
    daemon = app.daemon(start=True)
    if args.project or "://" not in args.pull:
        # An address says itself which project it is of.
        row = driven(app, daemon, choice)
        require_trust(app, daemon, row)
        choice = Chosen(project=row.id)
    params = PullClaimParams(
        **choice._asdict(),
        pull=args.pull,
        task=" ".join(args.task),
        name=args.name,
        agent=args.agent,
        runtime=args.runtime,
    )
    return app.done(daemon.call("pullClaim", params))
