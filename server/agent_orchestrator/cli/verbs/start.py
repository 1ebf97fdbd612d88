"""Drive repositories: find or write their configuration, start the daemon, add them, ask for trust.

PATH is a repository's folder or the URL of one, which is cloned into this folder. Without PATH: the projects of the
configuration that counts here, else the repository that this folder lies in.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from agent_orchestrator.cli.app import App, Connection
from agent_orchestrator.cli.exits import DONE, USAGE, Failure
from agent_orchestrator.cli.git import clone, is_url
from agent_orchestrator.cli.parser import add_json, completed
from agent_orchestrator.cli.project import configured, offer_trust
from agent_orchestrator.cli.render.projects import project_list
from agent_orchestrator.cli.setup import ensure_configured, repository
from agent_orchestrator.model.config import ProjectConfig
from agent_orchestrator.protocol.types import AddProjectParams, Projects


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    paths = parser.add_argument("paths", nargs="*", metavar="PATH", help="a repository's folder, or a URL to clone")
    completed(paths, "folders")
    add_json(parser)


def run(args: argparse.Namespace, app: App) -> int:
    """Add every project; exit code 2 when one of them can not be driven."""
    projects = tuple(_named(args.paths, app) if args.paths else _of_folder(app))
    daemon = app.daemon(start=True)
    for project in projects:
        daemon.call("projectAdd", AddProjectParams(path=str(project.path), id=project.id))
    wanted = {project.id for project in projects}
    answer: Projects = daemon.call("projects")
    rows = [row for row in answer.projects if row.id in wanted]
    app.show(answer, lambda width: project_list(rows, width))
    if not app.terminal.json:
        _ask_trust(app, daemon, wanted)
    return USAGE if any(row.problem for row in rows) else DONE


def _named(paths: Sequence[str], app: App) -> Iterator[ProjectConfig]:
    for path in paths:
        folder = clone(path, app.cwd, app.environ) if is_url(path) else app.cwd / Path(path).expanduser()
        yield ensure_configured(app, repository(folder.resolve(), app))[1]


def _of_folder(app: App) -> Iterator[ProjectConfig]:
    loaded = configured(app, app.cwd)
    if loaded is None or not loaded.config.projects:
        if loaded is not None and loaded.errors:
            raise Failure(str(loaded.errors[0]))
        yield ensure_configured(app, repository(app.cwd, app))[1]
        return
    for diagnostic in loaded.diagnostics:
        app.terminal.note(str(diagnostic))
    yield from loaded.config.projects.values()


def _ask_trust(app: App, daemon: Connection, wanted: set[str]) -> None:
    untrusted = [row for row in daemon.call("projects").projects if row.id in wanted and not row.trusted]
    refused = [row.id for row in untrusted if not offer_trust(app, daemon, row)]
    for id in refused:
        app.terminal.line(f"Nothing runs in {id} until you trust it: `ao trust --project {id}`")
    if not refused:
        app.terminal.line("Next: `ao check` says what is red, `ao hunt --wait` fixes it.")
