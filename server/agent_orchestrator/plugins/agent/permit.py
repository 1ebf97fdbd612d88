"""What an agent may do unasked, in the form from which each program's own rules are made."""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from attrs import frozen

from agent_orchestrator.plugins.agent.runners import check_commands
from agent_orchestrator.ports.agent import Bench, Task

#: What an agent may do with git in its worktree: look at its work and commit it.
GIT = tuple(("git", verb) for verb in ("status", "diff", "log", "add", "commit"))

#: What makes a command of these write wherever it is told to.
GIT_OUTPUT = "git * --output*"


@frozen
class Pattern:
    """A pattern of ``permissions``: a tool, and what of it is meant (a command or path, ``*`` stands for anything).

    ``what`` is empty where the whole tool is meant.
    """

    tool: str
    what: str = ""


def pattern(text: str) -> Pattern:
    """``Bash(npm run *)`` or ``WebFetch``, as a person writes it."""
    tool, opened, what = text.strip().partition("(")
    if not opened or not what.endswith(")"):
        return Pattern(text.strip())
    what = what[:-1].strip()
    return Pattern(tool.strip(), "" if what in ("", "*") else what)


def patterns(texts: Iterable[str]) -> tuple[Pattern, ...]:
    """The patterns of a list of ``permissions``."""
    return tuple(pattern(text) for text in texts)


def default_commands(task: Task, bench: Bench) -> tuple[str, ...]:
    """Beginnings of the commands that any agent may run: git for its own work, the checks, what repeats a failure."""
    return tuple(shlex.join(command) for command in (*GIT, *check_commands(task, bench)))
