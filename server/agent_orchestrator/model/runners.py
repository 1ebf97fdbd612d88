"""Which commands run the project's checks, so that an agent may run them with arguments of its own."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePath

#: What an agent may do with git in its worktree: look at its work and commit it.
GIT = tuple(("git", verb) for verb in ("status", "diff", "log", "add", "commit"))

#: Check programs that are safe to allow with any arguments: what they run is the worktree's own code either way.
RUNNERS = frozenset({"eslint", "flake8", "jest", "mypy", "pylint", "pyright", "pytest", "ruff", "tsc", "vitest"})


def beginnings(commands: Iterable[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    """The beginnings of commands that run the checks: each may be followed by any arguments.

    ``commands`` are the checks as configured, and those that repeat single failures. A known check program is there by
    itself and by the names that people give it: models write its arguments in an order of their own.
    """
    found: list[tuple[str, ...]] = []
    for argv in commands:
        module = argv[2:3] if argv[1:2] == ("-m",) and PurePath(argv[0]).name.startswith("python") else ()
        name = (*module, *(PurePath(word).name for word in argv[:1]))[:1]
        if RUNNERS.isdisjoint(name):
            found += [argv] if argv else []
            continue
        found += [argv[:3] if module else argv[:1], name, ("python", "-m", *name), ("python3", "-m", *name)]
    return tuple(dict.fromkeys(found))
