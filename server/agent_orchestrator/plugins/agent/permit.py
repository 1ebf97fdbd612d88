"""What an agent may do unasked, in the form from which each program's own rules are made."""

from __future__ import annotations

import shlex

from agent_orchestrator.model.permission import Pattern, pattern, patterns
from agent_orchestrator.model.runners import GIT
from agent_orchestrator.plugins.agent.runners import check_commands
from agent_orchestrator.ports.agent import Bench, Task

__all__ = ["GIT_OUTPUT", "Pattern", "default_commands", "pattern", "patterns"]

#: What makes a command of these write wherever it is told to.
GIT_OUTPUT = "git * --output*"


def default_commands(task: Task, bench: Bench) -> tuple[str, ...]:
    """Beginnings of the commands that any agent may run: git for its own work, the checks, what repeats a failure."""
    return tuple(shlex.join(command) for command in (*GIT, *check_commands(task, bench)))
