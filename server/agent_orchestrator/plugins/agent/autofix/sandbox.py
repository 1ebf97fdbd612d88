"""The throw-away copy in which tests run, and the environment they run in.

Tests have side effects and run hundreds of times here, sometimes with a changed path inside; so they get a copy of the
worktree, a HOME and TMPDIR of their own, and no bytecode: an edit of equal size within one second would otherwise be
answered with the old code.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_NOT_COPIED = {
    ".git", ".hg", ".svn", ".venv", "venv", "node_modules", ".tox", ".nox", "__pycache__", ".worktrees",
    ".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis", ".eggs",
}  # fmt: skip

_AUTOLOAD = "PYTEST_DISABLE_PLUGIN_AUTOLOAD"


@dataclass(frozen=True)
class Sandbox:
    """``tree`` is the copy of ``origin``; ``home`` and ``tmp`` are beside it."""

    origin: Path
    tree: Path
    home: Path
    tmp: Path

    def environment(self, outer: Mapping[str, str]) -> dict[str, str]:
        """Return the environment for a worker: paths under the worktree point at the copy instead."""
        dropped = ("AO_", "AUTOFIX_", "PYTEST_", "COV_", "GIT_")
        kept = {name: value for name, value in outer.items() if not name.startswith(dropped)}
        roots = [self.moved(entry) for entry in kept.pop("PYTHONPATH", "").split(os.pathsep) if entry]
        inner = {
            **kept,
            "HOME": str(self.home),
            "XDG_CACHE_HOME": str(self.home / ".cache"),
            "XDG_CONFIG_HOME": str(self.home / ".config"),
            "TMPDIR": str(self.tmp),
            # The copy starts without bytecode and none is written, so what is read is that of installed packages.
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONHASHSEED": "0",
        }
        if roots:
            inner["PYTHONPATH"] = os.pathsep.join(roots)
        if outer.get(_AUTOLOAD):
            inner[_AUTOLOAD] = outer[_AUTOLOAD]
        return inner

    def moved(self, path: str) -> str:
        """Return ``path`` with the worktree's root replaced by the copy's, if it lies under it."""
        try:
            return str(self.tree / Path(path).resolve().relative_to(self.origin))
        except ValueError:
            return path


def make_sandbox(origin: Path, scratch: Path) -> Sandbox:
    """Copy ``origin`` under ``scratch``. Links stay links; what can not be read is left out."""
    box = Sandbox(origin.resolve(), scratch / "tree", scratch / "home", scratch / "tmp")
    box.home.mkdir(parents=True)
    box.tmp.mkdir()

    def ignored(folder: str, names: list[str]) -> set[str]:
        return {name for name in names if name in _NOT_COPIED or not os.access(os.path.join(folder, name), os.R_OK)}

    shutil.copytree(box.origin, box.tree, symlinks=True, ignore=ignored)
    return box
