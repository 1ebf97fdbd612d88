"""Drive repositories: find or write their configuration, start the daemon, add them, ask for agent and trust.

PATH is a repository's folder or the URL of one, which is cloned into this folder. Without PATH: the projects of the
configuration that counts here, else the repository that this folder lies in.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from agent_orchestrator.cli.agents import choose_agent
from agent_orchestrator.cli.app import App, Connection
from agent_orchestrator.cli.exits import DONE, USAGE, Failure
from agent_orchestrator.cli.git import clone, is_url
from agent_orchestrator.cli.parser import add_json, completed
from agent_orchestrator.cli.project import configured, entry, offer_trust, runs_of
from agent_orchestrator.cli.render.projects import project_list
from agent_orchestrator.cli.setup import ensure_configured, repository
from agent_orchestrator.protocol.types import AddProjectParams, Projects


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    paths = parser.add_argument("paths", nargs="*", metavar="PATH", help="a repository's folder, or a URL to clone")
    completed(paths, "folders")
    add_json(parser)


def run(args: argparse.Namespace, app: App) -> int:
    """Add every project; exit code 2 when one of them can not be driven."""
    entries = tuple(_named(args.paths, app) if args.paths else _of_folder(app))
    daemon = app.daemon(start=True)
    for params in entries:
        daemon.call("projectAdd", params)
    wanted = {params.id for params in entries}
    choose_agent(app, daemon, entries)
    answer: Projects = daemon.call("projects")
    rows = [row for row in answer.projects if row.id in wanted]
    app.show(answer, lambda width: project_list(rows, width))
    for row in rows:
        if not row.checks and not row.problem:
            app.terminal.note(f"no checks were found in {row.id}; `ao config-help` says how `checks` names them")
    if not app.terminal.json:
        _ask_trust(app, daemon, wanted)
    return USAGE if any(row.problem for row in rows) else DONE


def _named(paths: Sequence[str], app: App) -> Iterator[AddProjectParams]:
    for path in paths:
        folder = clone(path, app.cwd, app.environ) if is_url(path) else app.cwd / Path(path).expanduser()
        yield entry(*ensure_configured(app, repository(folder.resolve(), app)))


def _of_folder(app: App) -> Iterator[AddProjectParams]:
    loaded = configured(app, app.cwd)
    if loaded is None or not loaded.config.projects:
        if loaded is not None and loaded.errors:
            raise Failure(str(loaded.errors[0]))
        yield entry(*ensure_configured(app, repository(app.cwd, app)))
        return
    for diagnostic in loaded.diagnostics:
        app.terminal.note(str(diagnostic))
    yield from (entry(loaded, project) for project in loaded.config.projects.values())


def _ask_trust(app: App, daemon: Connection, wanted: set[str]) -> None:
    untrusted = [row for row in daemon.call("projects").projects if row.id in wanted and not row.trusted]
    refused = [row.id for row in untrusted if not offer_trust(app, daemon, row, runs_of(daemon, row.id))]
    for id in refused:
        app.terminal.line(f"Nothing runs in {id} until you trust it: `ao trust --project {id}`")
    if not refused:
        app.terminal.line("Next: `ao check` says what is red, `ao hunt --wait` fixes it.")
