"""A project's entry in a configuration file: found, written or added."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

from agent_orchestrator.cli.app import App
from agent_orchestrator.cli.exits import Failure
from agent_orchestrator.cli.git import origin, top_level
from agent_orchestrator.config import edit, load
from agent_orchestrator.config.generate import generate
from agent_orchestrator.model.config import FILE_NAMES, ProjectConfig
from agent_orchestrator.model.forge import forge_of


def repository(folder: Path, app: App) -> Path:
    """The repository's folder that holds ``folder``. Raises Failure where there is none."""
    if not folder.is_dir():
        raise Failure(f"{folder} is not a folder; name a repository's folder, or the URL of one to clone")
    top = top_level(folder, app.environ)
    if top is None:
        raise Failure(f"{folder} is in no git repository; `git init` makes one, `ao start <url>` clones one")
    return top


def loaded_project(loaded: load.Loaded, top: Path) -> ProjectConfig | None:
    """The project of a configuration whose folder is ``top``."""
    return next((p for p in loaded.config.projects.values() if p.path.resolve() == top.resolve()), None)


def ensure_configured(app: App, top: Path, id: str = "") -> tuple[load.Loaded, ProjectConfig]:
    """The configuration that holds the repository, which is written, or added to a file with other projects.

    Raises Failure when the file has an error in what concerns the project.
    """
    file = load.find(top, app.environ)
    if file is None or not file.exists() or (_is_users(file, app) and not _loaded(file, app).config.projects):
        file = file if file is not None and not file.exists() else top / FILE_NAMES[0]
        path = "." if file.parent.resolve() == top.resolve() else str(top)
        forge = forge_of(origin(top, app.environ), "", None)
        write(file, generate(id or id_for(top), path, forge=urlsplit(forge.server).netloc if forge else ""))
        app.terminal.note(f"wrote {file}")
    loaded = _loaded(file, app)
    project = loaded_project(loaded, top)
    if project is None and not loaded.errors:
        add(app, file, top, id)
        loaded = _loaded(file, app)
        project = loaded_project(loaded, top)
    for diagnostic in loaded.diagnostics:
        app.terminal.note(str(diagnostic))
    if project is None:
        raise Failure(f"{file} has errors in the project at {top}; they stand above")
    return loaded, project


def add(app: App, file: Path, top: Path, id: str = "") -> str:
    """Add the repository to a file, under an id that is free there; the id. Raises Failure when that can not be."""
    text = read(file)
    taken = _loaded(file, app).config.projects
    name = id or id_for(top)
    number = 2
    while not id and name in taken:
        name = f"{id_for(top)}-{number}"
        number += 1
    changed = edit.add_project(text, name, {"path": str(top)}, file=file)
    if not isinstance(changed, str):
        raise Failure(str(changed))
    write(file, changed)
    app.terminal.note(f"added {name} to {file}")
    return name


def id_for(top: Path) -> str:
    """A project id from a folder's name."""
    return re.sub(r"[^a-z0-9]+", "-", top.name.lower()).strip("-") or "project"


def read(file: Path) -> str:
    """A configuration's text. Raises Failure."""
    try:
        return file.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        raise Failure(f"{file} can not be read: {getattr(error, 'strerror', None) or error}") from None


def write(file: Path, text: str) -> None:
    """Replace a configuration in one step, so that no reader sees half of it. Raises Failure.

    A file that is a link stays one; a new file gets the usual permissions, an old one keeps its own.
    """
    target = file.resolve()
    beside = target.with_name(f".{target.name}.new")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(text.encode())
        if target.exists():
            beside.chmod(target.stat().st_mode & 0o7777)
        beside.replace(target)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise Failure(f"{file} can not be written: {error.strerror or error}") from None


def _loaded(file: Path, app: App) -> load.Loaded:
    return load.load(file, environ=app.environ)


def _is_users(file: Path, app: App) -> bool:
    return file == load.user_config_file(app.environ)
