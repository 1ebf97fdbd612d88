"""Make a session's shim folder, and keep the snapshot in it up to date."""

from __future__ import annotations

import json
import os
import shlex
import sys
from pathlib import Path

from attrs import frozen

from agent_orchestrator.model.pull import Page, Pull
from agent_orchestrator.model.shim.snapshot import snapshot
from agent_orchestrator.proc.shim import files

_SCRIPT = Path(__file__).with_name("shim.py")
_PARTS = Path(__file__).with_name("parts")


@frozen
class Whose:
    """The session that a folder is for. ``repo`` is ``host/owner/name``, ``common`` the repository's git folder."""

    repo: str
    branch: str
    tree: Path
    common: Path


def install(folder: Path, whose: Whose) -> dict[str, str]:
    """Write the programs into ``folder``; the variables that the session's processes get, without ``PATH``.

    Safe to repeat, also while a program of the folder runs.
    """
    for below in (files.BIN, files.HOOKS):
        (folder / below).mkdir(parents=True, exist_ok=True, mode=0o700)
    session = {"repo": whose.repo, "branch": whose.branch, "tree": str(whose.tree)}
    _put(folder / files.SESSION, json.dumps(session).encode(), 0o600)
    _put(folder / files.BIN / files.MARK, b"", 0o600)
    start = shlex.join([sys.executable, "-I", "-S", str(_SCRIPT), str(folder)])
    for program in ("gh", "glab"):
        _put(folder / files.BIN / program, f'#!/bin/sh\nexec {start} {program} "$@"\n'.encode(), 0o700)
    given = {
        "FOLDER": str(folder),
        "COMMON": os.path.realpath(whose.common),
        "REF": f"refs/heads/{whose.branch}",
        "MARK": files.MARK,
        "PUSHED": files.PUSHED,
        "HOOKS": files.HOOKS,
    }
    names = "".join(f"AO_{name}={shlex.quote(value)}\n" for name, value in given.items())
    for part, path in (("git.sh", folder / files.BIN / "git"), ("pre-push.sh", folder / files.HOOKS / "pre-push")):
        _put(path, f"#!/bin/sh\n{names}{(_PARTS / part).read_text(encoding='utf-8')}".encode(), 0o700)
    return {files.VARIABLE: str(folder)}


def write_snapshot(folder: Path, forge: str, pull: Pull, at: float, page: Page | None = None) -> None:
    """Put ``pull`` in the place of what was last seen. ``at``: seconds since 1970 when the look at it began.

    ``forge`` is the name of its plugin, ``page`` what is on its page, where the look told of that.

    To be called after each look, also one that found nothing new: an old snapshot answers nothing. Where there is no
    such folder nothing is written.
    """
    if folder.is_dir():
        _put(folder / files.PULL, snapshot(forge, pull, at, page), 0o600)


def _put(path: Path, content: bytes, mode: int) -> None:
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.touch(mode=mode)
    temporary.write_bytes(content)
    temporary.chmod(mode)
    temporary.replace(path)
