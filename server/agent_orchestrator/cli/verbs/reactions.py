"""Show what is done by itself after an event, and what was."""

from __future__ import annotations

import argparse

from agent_orchestrator.cli.app import App
from agent_orchestrator.cli.exits import DONE, Failure
from agent_orchestrator.cli.parser import add_json, add_project
from agent_orchestrator.cli.project import chosen
from agent_orchestrator.cli.render.reactions import reactions_page


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    parser.add_argument(
        "test", nargs="*", metavar="test EVENT", help="say what would be done about an event now, and why"
    )
    parser.add_argument("--session", metavar="S", default="", help="of which session the event would be")
    parser.add_argument("--pr", metavar="N", default="", help="to which pull request it would happen")
    add_project(parser)
    add_json(parser)


def run(args: argparse.Namespace, app: App) -> int:
    """Print the reactions of one project."""
    if args.test and (args.test[0] != "test" or len(args.test) != 2):
        raise Failure("reactions takes nothing, or `test EVENT`")
    test = args.test[1] if args.test else ""
    params = {**chosen(args.project, app)._asdict(), "test": test, "session": args.session, "pull": args.pr}
    answer = app.daemon().call("reactions", params, light=True)
    app.show(answer, lambda width: reactions_page(answer, app.now(), width))
    return DONE
