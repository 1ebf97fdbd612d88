"""List the projects that the daemon drives."""

from __future__ import annotations

import argparse

from agent_orchestrator.cli.app import App
from agent_orchestrator.cli.exits import DONE
from agent_orchestrator.cli.parser import add_json
from agent_orchestrator.cli.render.projects import project_list


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    add_json(parser)


def run(args: argparse.Namespace, app: App) -> int:
    """Print one row per project."""
    answer = app.daemon().call("projects", light=True)
    app.show(answer, lambda width: project_list(answer.projects, width))
    return DONE
