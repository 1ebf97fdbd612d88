"""Which programs are there for a client, and what is near one that is not."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from agent_orchestrator.config.language.world import Run
from agent_orchestrator.model.config_problem import nearest

#: Where tools of a project's own are, which its checks find before those on PATH.
_OWN = (".venv/bin", "venv/bin", "env/bin", "node_modules/.bin")


class Programs:
    """Programs by the environment of a client."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env
        #: Folders of PATH → the names in them; a folder that changes is another key.
        self._names: dict[tuple[tuple[str, int], ...], tuple[str, ...]] = {}

    def missing(self, run: Run) -> str | None:
        """None where the program is there, or where that can not be said; else the nearest that is, or nothing."""
        if "PATH" in run.env:
            return None
        folder = run.project.path if run.project is not None else None
        if "/" in run.program:
            # Relative ones are looked for in the tree under test, which is not there to look at.
            written = Path(run.program).expanduser()
            return None if not written.is_absolute() or written.exists() else ""
        path = self._path(folder)
        if shutil.which(run.program, path=path):
            return None
        return nearest(run.program, self._all(path))

    def _path(self, folder: Path | None) -> str:
        own = [str(folder / name) for name in _OWN] if folder is not None else []
        active = self._env.get("VIRTUAL_ENV")
        return os.pathsep.join((*own, *([f"{active}/bin"] if active else ()), self._env.get("PATH", os.defpath)))

    def _all(self, path: str) -> tuple[str, ...]:
        folders = []
        for folder in path.split(os.pathsep):
            try:
                folders.append((folder, os.stat(folder).st_mtime_ns))
            except OSError:
                continue
        key = tuple(folders)
        if key not in self._names:
            self._names.clear()
            self._names[key] = tuple(sorted({name for folder, _ in key for name in _listed(folder)}))
        return self._names[key]


def _listed(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []
