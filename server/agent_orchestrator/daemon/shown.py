"""Files that are written for an editor to show, where it can not be given what is in them otherwise."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from agent_orchestrator.daemon.app import App
from agent_orchestrator.protocol.paths import make_private


def folder(app: App) -> str:
    """The folder of these files, links resolved."""
    return os.path.realpath(app.context.places.runtime / "shown")


def write(app: App, name: str, text: str) -> str:
    """Write a file, over an older one of the same name; its path."""
    make_private(folder(app))
    path = Path(folder(app)) / name.replace("/", "-")
    path.write_text(text, errors="backslashreplace")
    return str(path)


def write_version(app: App, commit: str, path: str, content: bytes) -> str:
    """Write a file as it is in a commit, to read and not to edit; its path; empty where the path leads elsewhere."""
    make_private(folder(app))
    top = Path(folder(app)) / commit
    file = top / path
    if not path or os.path.isabs(path) or any(part in ("", ".", "..") for part in path.split("/")):
        return ""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        # Another client may ask for the same at the same time.
        new = file.with_name(f".{secrets.token_hex(4)}.new")
        new.write_bytes(content)
        new.chmod(0o400)
        new.replace(file)
    return str(file)
