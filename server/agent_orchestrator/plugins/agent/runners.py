"""Which commands run the project's checks, so that an agent may run them with arguments of its own."""

from __future__ import annotations

from pathlib import Path

from agent_orchestrator.ports.agent import Bench, Task

#: Check programs that are safe to allow with any arguments: what they run is the worktree's own code either way.
RUNNERS = frozenset({"eslint", "flake8", "jest", "mypy", "pylint", "pyright", "pytest", "ruff", "tsc", "vitest"})


def check_commands(task: Task, bench: Bench) -> tuple[tuple[str, ...], ...]:
    """The beginnings of commands that run the checks: each may be followed by any arguments.

    These are the checks as configured, and the commands that repeat the task's failures. A known check program is there
    by itself and by the names that people give it: models write its arguments in an order of their own.
    """
    found: list[tuple[str, ...]] = []
    for argv in (*bench.checks, *(failure.rerun for failure in task.failures)):
        module = argv[2:3] if argv[1:2] == ("-m",) and Path(argv[0]).name.startswith("python") else ()
        name = (*module, *(Path(word).name for word in argv[:1]))[:1]
        if RUNNERS.isdisjoint(name):
            found += [argv] if argv else []
            continue
        found += [argv[:3] if module else argv[:1], name, ("python", "-m", *name), ("python3", "-m", *name)]
    return tuple(dict.fromkeys(found))
