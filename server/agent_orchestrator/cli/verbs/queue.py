"""Show what waits to land, and the last landings."""

from __future__ import annotations

import argparse

from agent_orchestrator.cli.app import App
from agent_orchestrator.cli.exits import DONE
from agent_orchestrator.cli.parser import add_json, add_project
from agent_orchestrator.cli.project import chosen
from agent_orchestrator.cli.render.queue import queue_page
from agent_orchestrator.protocol.types import ProjectParams


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    add_project(parser)
    add_json(parser)


def run(args: argparse.Namespace, app: App) -> int:
    """Print the queue of one project."""
    choice = chosen(args.project, app)
    queue = app.daemon().call("queue", ProjectParams(project=choice.project, path=choice.path))
    app.show(queue, lambda width: queue_page(queue, app.now(), width))
    return DONE
