"""Files that are written for an editor to show, where it can not be given what is in them otherwise."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from pathlib import Path

from agent_orchestrator.daemon.app import App
from agent_orchestrator.protocol.paths import make_private

#: Bytes of versions that stay: the folder may be in memory.
KEPT = 256 * 1024 * 1024


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
    os.utime(top)
    return str(file)


def forget_old(app: App, most: int = KEPT) -> None:
    """Remove the versions of the commits that were shown longest ago, so that at most so many bytes stay."""
    # Another client's request may remove the same at the same time.
    with contextlib.suppress(FileNotFoundError):
        commits = [each for each in Path(folder(app)).iterdir() if each.is_dir()]
        for commit in sorted(commits, key=lambda each: each.stat().st_mtime, reverse=True):
            most -= sum(file.lstat().st_size for file in commit.rglob("*") if not file.is_dir())
            if most < 0:
                shutil.rmtree(commit, ignore_errors=True)
