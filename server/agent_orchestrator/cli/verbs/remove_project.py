"""Stop driving a repository and take it out of the configuration. Its files stay."""

from __future__ import annotations

import argparse
from pathlib import Path

from agent_orchestrator.cli.app import App
from agent_orchestrator.cli.exits import NO_DAEMON, Failure
from agent_orchestrator.cli.parser import add_json, completed
from agent_orchestrator.cli.project import Chosen, row_of
from agent_orchestrator.cli.setup import read, write
from agent_orchestrator.config import edit, load
from agent_orchestrator.model.config_problem import dotted
from agent_orchestrator.protocol.types import Done, ProjectParams, ProjectRow


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    completed(parser.add_argument("project", metavar="PROJECT", help="the project's id"), "projects")
    add_json(parser)


def run(args: argparse.Namespace, app: App) -> int:
    """Tell the daemon where it knows the project, then edit the file."""
    row = _row(app, args.project)
    file = _file(app, args.project, Path(row.path) if row else app.cwd)
    if row is None and file is None:
        raise Failure(f"there is no project {args.project}; `ao projects` lists them")
    message = f"{args.project} is out of the configuration."
    if row is not None:
        message = app.daemon().call("projectRemove", ProjectParams(project=row.id)).message
    if file is not None:
        changed = edit.remove_project(read(file), args.project, file=file)
        if not isinstance(changed, str):
            raise Failure(str(changed))
        write(file, changed)
        app.terminal.note(f"took {args.project} out of {file}")
    return app.done(Done(message=message, id=args.project))


def _row(app: App, id: str) -> ProjectRow | None:
    """The daemon's row of the project. Without a daemon, the file alone is edited."""
    try:
        return row_of(app.daemon().call("projects").projects, Chosen(project=id))
    except Failure as failure:
        if failure.code == NO_DAEMON:
            return None
        raise


def _file(app: App, id: str, folder: Path) -> Path | None:
    """The file that holds the project's entry, looked for from this folder and from the project's own."""
    for start in (app.cwd, folder):
        file = load.find(start, app.environ)
        if file is not None and file.exists() and edit.get_value(read(file), dotted(("projects", id))) is not None:
            return file
    return None
