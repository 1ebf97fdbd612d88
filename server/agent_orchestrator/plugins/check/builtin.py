"""All check tools behind the face that the engine sees."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from agent_orchestrator.plugins.check.detect import detect
from agent_orchestrator.plugins.check.environment import environment
from agent_orchestrator.plugins.check.fingerprint import fingerprint
from agent_orchestrator.plugins.check.tool import as_argv, substitute, words
from agent_orchestrator.plugins.check.tools import TOOLS, rerun
from agent_orchestrator.ports.check import (
    Command,
    Detected,
    Environment,
    PreparedCheck,
    ResolvedCheck,
    Selection,
    Where,
)

#: Programs whose format is known by their name.
_BY_PROGRAM = {
    "pytest": "pytest",
    "py.test": "pytest",
    "ruff": "ruff",
    "mypy": "mypy",
    "unittest": "unittest",
    "cargo": "cargo",
    "mvn": "maven",
    "mvnw": "maven",
}


class BuiltinTools:
    """The table of tools, as :class:`agent_orchestrator.ports.check.CheckTools`."""

    def detect(self, root: Path) -> tuple[Detected, ...]:
        """The checks that a repository's files speak of, without executing anything."""
        return detect(root)

    def format_of(self, command: Command) -> str | None:
        """The format that a command's program writes; None when no word of it is a known tool."""
        argv = words(command) or tuple(str(command).split())
        names = [word.rsplit("/", 1)[-1] for word in argv]
        if "{report}" in " ".join(argv):
            return "junit"
        if "go" in names and "-json" in names:
            return "go-json"
        return next((_BY_PROGRAM[name] for name in names if name in _BY_PROGRAM), None)

    def prepare(self, check: ResolvedCheck, command: Command, where: Where) -> PreparedCheck:
        """A command of the check, completed so that it writes a report."""
        return TOOLS[check.format].prepare(command, where)

    def rerun(self, check: ResolvedCheck, selection: Selection) -> Command:
        """The command that runs only ``selection``; the whole command where it can not be narrowed."""
        return rerun(TOOLS[check.format], check.command, selection, check.rerun)

    def argv(self, command: Command, python: str) -> tuple[str, ...]:
        """A command as an argument vector, for a person or an agent."""
        return as_argv(substitute(command, {"python": (python or "python3",), "report": ("/dev/null",)}))

    def environment(self, main: Path, tree: Path, environ: Mapping[str, str]) -> Environment:
        """The environment in which a tree's checks run."""
        return environment(main, tree, environ)

    def fingerprint(self, environment: Environment) -> str:
        """One value for everything that is installed in an environment."""
        return fingerprint(environment)
