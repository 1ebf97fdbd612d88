"""Show the issues that wait for somebody, and who works on which."""

from __future__ import annotations

import argparse

from agent_orchestrator.cli.app import App
from agent_orchestrator.cli.exits import DONE
from agent_orchestrator.cli.parser import add_json, add_project
from agent_orchestrator.cli.project import chosen
from agent_orchestrator.cli.render.issues import issues_page


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    add_project(parser)
    add_json(parser)


def run(args: argparse.Namespace, app: App) -> int:
    """Print the issues of one project."""
    answer = app.daemon().call("issues", chosen(args.project, app)._asdict(), light=True)
    app.show(answer, lambda width: issues_page(answer, width))
    return DONE
