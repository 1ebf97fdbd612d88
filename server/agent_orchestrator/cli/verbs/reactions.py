"""Show what is done by itself after an event, and what was."""

from __future__ import annotations

import argparse

from agent_orchestrator.cli.app import App
from agent_orchestrator.cli.exits import DONE
from agent_orchestrator.cli.parser import add_json, add_project
from agent_orchestrator.cli.project import chosen
from agent_orchestrator.cli.render.reactions import reactions_page


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    add_project(parser)
    add_json(parser)


def run(args: argparse.Namespace, app: App) -> int:
    """Print the reactions of one project."""
    answer = app.daemon().call("reactions", chosen(args.project, app)._asdict(), light=True)
    app.show(answer, lambda width: reactions_page(answer, app.now(), width))
    return DONE
