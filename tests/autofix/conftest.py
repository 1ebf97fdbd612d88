"""A small project in a folder of its own, and one turn of the agent in it, run as the orchestrator runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

AGENT = Path(__file__).resolve().parents[2] / "server" / "agent_orchestrator" / "plugins" / "agent" / "autofix"
CHECKS = {
    "pytest": {"format": "pytest", "argv": ["python", "-m", "pytest"]},
    "ruff": {"format": "ruff", "argv": [sys.executable, "-m", "ruff", "check", "."]},
}


@frozen
class Turn:
    """How one turn ended: exit code, the report of the ``AUTOFIX`` line, everything printed."""

    code: int
    report: Mapping[str, Any]
    output: str


@frozen
class Project:
    """A project under repair; ``home`` is the HOME of the agent."""

    root: Path
    home: Path

    def write(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def read(self, path: str) -> str:
        return (self.root / path).read_text()

    def contents(self) -> dict[str, bytes]:
        return {str(file.relative_to(self.root)): file.read_bytes() for file in self.root.rglob("*") if file.is_file()}

    def environment(self, **extra: str) -> dict[str, str]:
        inner = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "AO_", "COV_"))}
        inner.pop("PYTHONDONTWRITEBYTECODE", None)
        inner.update(HOME=str(self.home), PYTHONPATH=str(self.root), AUTOFIX_SECONDS="60", **extra)
        # The plugins of this environment are no part of the project, and take a second to import.
        inner["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        return inner

    def turn(self, failures: Sequence[Mapping[str, Any]], **task: Any) -> Turn:
        file = self.home / "task.json"
        file.write_text(
            json.dumps({"id": "t", "title": "a task", "attempt": 1, "failures": failures, "checks": CHECKS, **task})
        )
        return self.run(file)

    def run(self, task: Path) -> Turn:
        done = subprocess.run(
            [sys.executable, str(AGENT)],
            cwd=self.root,
            env=self.environment(AO_TASK_FILE=str(task)),
            capture_output=True,
            text=True,
            timeout=110,
            check=False,
        )
        last = (done.stdout.splitlines() or [""])[-1]
        report = json.loads(last.removeprefix("AUTOFIX "))["json"] if last.startswith("AUTOFIX ") else {}
        return Turn(done.returncode, report, done.stdout + done.stderr)

    def repair(self, *tests: str, **task: Any) -> Turn:
        return self.turn([{"id": test, "check": "pytest", "kind": "test", "test": test} for test in tests], **task)

    def lint(self, rule: str, file: str) -> Turn:
        return self.turn([{"id": rule, "check": "ruff", "kind": "lint", "rule": rule, "file": file}])


@pytest.fixture
def project(tmp_path: Path) -> Project:
    root, home = tmp_path / "project", tmp_path / "home"
    root.mkdir()
    home.mkdir()
    return Project(root, home)


@pytest.fixture
def program() -> list[str]:
    """The command that starts the agent."""
    return [sys.executable, str(AGENT)]


@pytest.fixture
def agent() -> Callable[[str], Any]:
    """Load a module of the agent inside this process."""
    import importlib

    return lambda name: importlib.import_module(f"agent_orchestrator.plugins.agent.autofix.{name}")
