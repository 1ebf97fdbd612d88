"""What stands between an agent and its project's forge: programs of the session's own, first on its PATH."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from agent_orchestrator.engine.drive.context import Context, Driven
from agent_orchestrator.engine.state import Session
from agent_orchestrator.proc.shim.files import BIN
from agent_orchestrator.proc.shim.install import Whose, install

#: How what is no address at a forge begins: a folder of this machine.
_LOCAL = ("/", ".", "~", "file:")


def before_forge(context: Context, driven: Driven, session: Session, env: Mapping[str, str]) -> dict[str, str]:
    """The environment of an agent, with the session's ``gh``, ``glab`` and ``git`` before all others.

    Where the project's repository is at no forge it stays as it is.
    """
    repo = context.project(session.project).settings.repo
    if not repo or repo.startswith(_LOCAL):
        return dict(env)
    folder = context.places.shim(session.id)
    own = install(folder, Whose(repo, session.branch, Path(session.path), driven.repo.common_dir))
    return {**env, **own, "PATH": os.pathsep.join([str(folder / BIN), env["PATH"]])}
