"""Which commands run the project's checks, so that an agent may run them with arguments of its own."""

from __future__ import annotations

from agent_orchestrator.model.runners import beginnings
from agent_orchestrator.ports.agent import Bench, Task


def check_commands(task: Task, bench: Bench) -> tuple[tuple[str, ...], ...]:
    """The beginnings of commands that run the checks and repeat the task's failures; any arguments may follow."""
    return beginnings((*bench.checks, *(failure.rerun for failure in task.failures)))
