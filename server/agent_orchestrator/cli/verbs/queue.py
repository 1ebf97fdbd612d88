"""Show what waits to land, and the last landings."""

from __future__ import annotations

import argparse

from agent_orchestrator.cli.app import App
from agent_orchestrator.cli.exits import DONE
from agent_orchestrator.cli.parser import add_json, add_project
from agent_orchestrator.cli.project import chosen
from agent_orchestrator.cli.render.queue import queue_page


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    add_project(parser)
    add_json(parser)


def run(args: argparse.Namespace, app: App) -> int:
    """Print the queue of one project."""
    queue = app.daemon().call("queue", chosen(args.project, app)._asdict(), light=True)
    app.show(queue, lambda width: queue_page(queue, app.now(), width))
    return DONE
