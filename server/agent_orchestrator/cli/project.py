"""Which project a command means, and whether the person trusts it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from agent_orchestrator.cli.app import App, Connection
from agent_orchestrator.cli.exits import Failure

if TYPE_CHECKING:
    from agent_orchestrator.config.load import Loaded
    from agent_orchestrator.model.config import ProjectConfig
    from agent_orchestrator.protocol.types import AddProjectParams, Done, ProjectRow, Runs


class Chosen(NamedTuple):
    """A project by id, or by a path inside of it; one of the two is empty. Named as on the wire."""

    project: str = ""
    path: str = ""


def chosen(named: str, app: App) -> Chosen:
    """What ``--project`` names: an id or (with a slash, or starting with ``.`` or ``~``) a path; empty: this folder."""
    if not named:
        return Chosen(path=str(app.cwd))
    if "/" in named or named.startswith((".", "~")):
        return Chosen(path=str((app.cwd / Path(named).expanduser()).resolve()))
    return Chosen(project=named)


def row_of(projects: Sequence[ProjectRow], choice: Chosen) -> ProjectRow | None:
    """The project among those the daemon drives; of nested ones the innermost."""
    if choice.project:
        return next((row for row in projects if choice.project in (row.id, row.name)), None)
    wanted = Path(choice.path).resolve()
    holding = [row for row in projects if row.path and wanted.is_relative_to(Path(row.path).resolve())]
    return max(holding, key=lambda row: len(Path(row.path).resolve().parts), default=None)


def configured(app: App, folder: Path) -> Loaded | None:
    """The configuration that counts in ``folder``, or None where there is none."""
    from agent_orchestrator.config import load

    file = load.find(folder, app.environ)
    return None if file is None else load.load(file, environ=app.environ)


def config_of(app: App, row: ProjectRow) -> tuple[Loaded, ProjectConfig] | None:
    """The configuration of a project that the daemon drives, read from its file."""
    for folder in (app.cwd, Path(row.path)):
        loaded = configured(app, folder)
        if loaded is not None and row.id in loaded.config.projects:
            return loaded, loaded.config.projects[row.id]
    return None


def driven(app: App, daemon: Connection, choice: Chosen) -> ProjectRow:
    """The project's row; one that the daemon does not drive yet is added first. Raises Failure.

    Commands that act name the project by this row's id, so that what is trusted and what is run are one project.
    """
    from agent_orchestrator.protocol.types import AddProjectParams

    row = row_of(daemon.call("projects").projects, choice)
    if row is not None:
        return row
    loaded = configured(app, Path(choice.path or app.cwd))
    wanted = None if loaded is None else _in_config(loaded, choice)
    if wanted is None and choice.project:
        raise Failure(f"there is no project {choice.project}; `ao projects` lists them, `ao start` adds one")
    params = AddProjectParams(path=choice.path) if wanted is None or loaded is None else entry(loaded, wanted)
    added = daemon.call("projectAdd", params).id
    row = row_of(daemon.call("projects").projects, Chosen(project=added))
    if row is None:
        raise Failure(f"the daemon does not drive {choice.path}; `ao projects` says why")
    return row


def entry(loaded: Loaded, project: ProjectConfig) -> AddProjectParams:
    """What makes the daemon drive a project of a configuration, by that very file and no other."""
    from agent_orchestrator.protocol.types import AddProjectParams

    return AddProjectParams(path=str(project.path), id=project.id, config=str(loaded.file or ""))


def _in_config(loaded: Loaded, choice: Chosen) -> ProjectConfig | None:
    projects = loaded.config.projects
    if choice.project:
        return projects.get(choice.project)
    wanted = Path(choice.path).resolve()
    holding = [project for project in projects.values() if wanted.is_relative_to(project.path.resolve())]
    return max(holding, key=lambda project: len(project.path.resolve().parts), default=None)


def runs_of(daemon: Connection, project: str) -> Runs:
    """What trusting the project allows, by its configuration as it is now and the checks that were detected."""
    from agent_orchestrator.protocol.types import ProjectParams

    found: Runs = daemon.call("runs", ProjectParams(project=project))
    return found


def offer_trust(app: App, daemon: Connection, row: ProjectRow, runs: Runs) -> bool:
    """Show what would be run and, where a person can answer, ask. True when the project is trusted now."""
    from agent_orchestrator.cli.render.projects import trust_page

    app.terminal.page(trust_page(row, runs.commands, app.terminal.width))
    if not app.terminal.can_ask or not app.terminal.ask("Trust and run?"):
        return False
    app.done(trust(app, daemon, runs))
    return True


def trust(app: App, daemon: Connection, runs: Runs) -> Done:
    """Trust exactly what was shown; the daemon refuses when it has changed meanwhile."""
    from agent_orchestrator.protocol.types import TrustParams

    done: Done = daemon.call("trust", TrustParams(project=runs.project, by=app.user, trust=runs.trust))
    return done


def require_trust(app: App, daemon: Connection, row: ProjectRow) -> None:
    """End the command with exit code 2 unless the project is trusted, or a person trusts it now."""
    runs = runs_of(daemon, row.id)
    if runs.trusted:
        return
    if not app.terminal.can_ask or not offer_trust(app, daemon, row, runs):
        raise Failure(
            f"{row.id} is not trusted, so nothing runs: `ao trust --project {row.id}` shows what would be run and asks"
        )
