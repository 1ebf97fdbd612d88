"""Running a prepared check for real, with an environment of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from agent_orchestrator.formats import Inputs, parse
from agent_orchestrator.model.report import Report
from agent_orchestrator.plugins.check.tools import TOOLS
from agent_orchestrator.ports.check import Command, PreparedCheck, Where

Run = Callable[..., Report]


def _bytes(path: str | None) -> bytes | None:
    return Path(path).read_bytes() if path and Path(path).exists() else None


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "tree"
    folder.mkdir()
    return folder


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    home = tmp_path / "home"
    home.mkdir(exist_ok=True)
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return {"PATH": path, "HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}


@pytest.fixture
def run(tmp_path: Path, environ: dict[str, str]) -> Run:
    """``run(format, command, tree)``: the report of the command, prepared, run in the tree and parsed."""

    def call(
        format_name: str,
        command: Command,
        tree: Path,
        *,
        foreign: tuple[str, ...] = (),
        pythonpath: tuple[str, ...] = (),
        env: dict[str, str] | None = None,
        python: str = sys.executable,
    ) -> Report:
        where = Where(
            report=str(Path(tempfile.mkdtemp(dir=tmp_path)) / "report"),
            tree=str(tree),
            foreign=foreign,
            python=python,
            inherited=env or {},
        )
        prepared: PreparedCheck = TOOLS[format_name].prepare(command, where)
        full = environ | (env or {}) | dict(prepared.env)
        full["PYTHONPATH"] = ":".join((*prepared.pythonpath, *pythonpath))
        done = subprocess.run(
            prepared.argv, cwd=tree, env=full, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, check=False
        )
        inputs = Inputs(
            output=done.stdout,
            exit_code=done.returncode,
            root=str(tree),
            report=_bytes(prepared.report),
            listing=_bytes(prepared.listing),
            base=prepared.base,
        )
        return parse(format_name, inputs)

    return call


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@pytest.fixture(name="write")
def write_fixture() -> Callable[[Path, dict[str, str]], None]:
    return write
