"""Print the end of the logs of a pull request's failed checks, with their addresses."""

from __future__ import annotations

import argparse

from agent_orchestrator.cli.app import App
from agent_orchestrator.cli.exits import DONE
from agent_orchestrator.cli.parser import add_check, add_json, add_project, add_pull
from agent_orchestrator.cli.project import chosen
from agent_orchestrator.cli.render.lines import line
from agent_orchestrator.protocol.types import CheckOfPullParams


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    add_pull(parser)
    add_check(parser)
    add_project(parser)
    add_json(parser)


def run(args: argparse.Namespace, app: App) -> int:
    """Print what the daemon keeps of them."""
    params = CheckOfPullParams(**chosen(args.project, app)._asdict(), pull=args.pull, check=args.check)
    answer = app.daemon().call("ciLog", params)
    app.show(answer, lambda width: tuple(line(text) for text in answer.text.rstrip("\n").split("\n")))
    return DONE
