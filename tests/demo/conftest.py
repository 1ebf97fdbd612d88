"""The demo's repository, made in a home of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent_orchestrator.demo import build
from agent_orchestrator.demo.build import Demo


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a short name (sockets lie in it), and a home beside the demo that must stay empty."""
    path = Path(os.path.realpath(tempfile.mkdtemp(prefix="demo-")))
    for name in [n for n in os.environ if n.startswith(("AO_", "XDG_", "GIT_", "PYTHON", "VIRTUAL_ENV"))]:
        monkeypatch.delenv(name)
    (path / "home").mkdir()
    monkeypatch.setenv("HOME", str(path / "home"))
    yield path
    shutil.rmtree(path)


@pytest.fixture
def demo(folder: Path) -> Demo:
    """The demo as it is before the hunt."""
    return build.make(folder / "demo")


@pytest.fixture
def run() -> Any:
    """Runs ``ao`` commands as their own process; the result has the output as text."""

    def run(*words: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
        argv = [sys.executable, "-m", "agent_orchestrator", *words]
        return subprocess.run(argv, cwd=cwd, env={**os.environ, **env}, capture_output=True, text=True)

    return run


@pytest.fixture
def checks() -> Any:
    """Runs a repository's checks with its own environment: the ids of failing tests, the violated lint rules."""

    def checks(repository: Path) -> tuple[set[str], set[str]]:
        python = repository / ".venv" / "bin" / "python"
        tests = [python, "-m", "pytest", "-q", "-rfE", "--tb=no", "-p", "no:cacheprovider"]
        lint = [python, "-m", "ruff", "check", "--no-cache", "--output-format=concise"]
        env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        ran, linted = (
            subprocess.run(argv, cwd=repository, env=env, capture_output=True, text=True) for argv in (tests, lint)
        )
        assert ran.returncode in (0, 1), ran.stdout + ran.stderr
        assert linted.returncode in (0, 1), linted.stdout + linted.stderr
        failed = set(re.findall(r"^(?:FAILED|ERROR) (\S+)", ran.stdout, re.MULTILINE))
        return failed, set(re.findall(r"^\S+:\d+:\d+: (\S+) ", linted.stdout, re.MULTILINE))

    return checks
