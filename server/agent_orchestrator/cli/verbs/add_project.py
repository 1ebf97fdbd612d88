"""Add a repository to the configuration that counts here (or write one), and drive it."""

from __future__ import annotations

import argparse
from pathlib import Path

from agent_orchestrator.cli.app import App
from agent_orchestrator.cli.exits import Failure
from agent_orchestrator.cli.parser import add_json, completed
from agent_orchestrator.cli.project import entry
from agent_orchestrator.cli.setup import add, ensure_configured, loaded_project, repository
from agent_orchestrator.config import load
from agent_orchestrator.protocol.types import AddProjectParams


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    completed(parser.add_argument("path", metavar="PATH", help="the repository's folder"), "folders")
    parser.add_argument("--id", default="", metavar="ID", help="the project's id; default: from the folder's name")
    add_json(parser)


def run(args: argparse.Namespace, app: App) -> int:
    """Edit the file, then tell the daemon."""
    top = repository((app.cwd / Path(args.path).expanduser()).resolve(), app)
    params = _entry(app, top, args.id)
    return app.done(app.daemon(start=True).call("projectAdd", params))


def _entry(app: App, top: Path, id: str) -> AddProjectParams:
    """The project's entry: in the repository's own file, else in the one that counts in this folder."""
    here = load.find(app.cwd, app.environ)
    own = load.find(top, app.environ)
    if here is None or own is not None or not here.exists():
        return entry(*ensure_configured(app, top, id))
    if loaded_project(load.load(here, environ=app.environ), top) is None:
        add(app, here, top, id)
    loaded = load.load(here, environ=app.environ)
    project = loaded_project(loaded, top)
    if project is None:
        raise Failure(f"{here} has errors in the project at {top}; `ao doctor` shows them")
    return entry(loaded, project)
