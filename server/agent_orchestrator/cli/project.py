"""Which project a command means, and whether the person trusts it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

from agent_orchestrator.cli.app import App, Connection
from agent_orchestrator.cli.exits import Failure

if TYPE_CHECKING:
    from agent_orchestrator.config.load import Loaded
    from agent_orchestrator.model.config import ProjectConfig
    from agent_orchestrator.protocol.types import AddProjectParams, ProjectRow


@frozen
class Chosen:
    """A project by id, or by a path inside of it; one of the two is empty."""

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
    params = AddProjectParams(path=choice.path) if wanted is None else _entry(wanted)
    added = daemon.call("projectAdd", params).id
    row = row_of(daemon.call("projects").projects, Chosen(project=added))
    if row is None:
        raise Failure(f"the daemon does not drive {choice.path}; `ao projects` says why")
    return row


def _entry(project: ProjectConfig) -> AddProjectParams:
    from agent_orchestrator.protocol.types import AddProjectParams

    return AddProjectParams(path=str(project.path), id=project.id)


def _in_config(loaded: Loaded, choice: Chosen) -> ProjectConfig | None:
    projects = loaded.config.projects
    if choice.project:
        return projects.get(choice.project)
    wanted = Path(choice.path).resolve()
    holding = [project for project in projects.values() if wanted.is_relative_to(project.path.resolve())]
    return max(holding, key=lambda project: len(project.path.resolve().parts), default=None)


def commands_of(app: App, row: ProjectRow) -> tuple[tuple[str, str], ...]:
    """What work in the project runs: (key, command), from its configuration, else the checks that were detected."""
    from agent_orchestrator.model.config_trust import command_keys

    found = config_of(app, row)
    keys = () if found is None else command_keys(found[0].config, found[1])
    written = tuple((key, command if isinstance(command, str) else " ".join(command)) for key, command in keys)
    has_checks = found is not None and bool(found[1].checks)
    return written if has_checks else (*written, *(("detected check", check) for check in row.checks))


def offer_trust(app: App, daemon: Connection, row: ProjectRow) -> bool:
    """Show what would be run and, where a person can answer, ask. True when the project is trusted now."""
    from agent_orchestrator.cli.render.projects import trust_page
    from agent_orchestrator.protocol.types import TrustParams

    app.terminal.page(trust_page(row, commands_of(app, row), app.terminal.width))
    if not app.terminal.can_ask or not app.terminal.ask("Trust and run?"):
        return False
    app.terminal.line(daemon.call("trust", TrustParams(project=row.id, by=app.user)).message)
    return True


def require_trust(app: App, daemon: Connection, row: ProjectRow) -> None:
    """End the command with exit code 2 unless the project is trusted, or a person trusts it now."""
    if row.trusted:
        return
    if app.terminal.json or not app.terminal.can_ask or not offer_trust(app, daemon, row):
        raise Failure(
            f"{row.id} is not trusted, so nothing runs: `ao trust --project {row.id}` shows what would be run and asks"
        )
