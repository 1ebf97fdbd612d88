"""The ``agent`` slot: how a coding agent is started for one turn."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from attrs import field, frozen


@frozen
class TaskFailure:
    """One failure as an agent is told it (an entry of ``failures`` in ``AO_TASK_FILE``)."""

    id: str
    check: str
    kind: str
    test: str
    rule: str
    file: str
    line: int
    message: str
    rerun: tuple[str, ...]
    output: str = ""


@frozen
class TaskCheck:
    """How one of the project's checks is run in the worktree."""

    format: str
    argv: tuple[str, ...]


@frozen
class Task:
    """What one turn is about (the content of ``AO_TASK_FILE``). ``base`` is the commit that the work started from."""

    id: str
    project: str
    title: str
    prompt: str
    attempt: int
    feedback: str
    base: str = ""
    failures: tuple[TaskFailure, ...] = ()
    checks: Mapping[str, TaskCheck] = field(factory=dict)


@frozen
class Launch:
    """What is run for the turn. ``env`` is set over the session's environment; ``stdin`` is the prompt."""

    argv: tuple[str, ...]
    env: Mapping[str, str] = field(factory=dict, repr=False)
    stdin: str = ""


class Agent(Protocol):
    """One way to run an agent."""

    @property
    def name(self) -> str:
        """The name that the configuration uses."""

    @property
    def free_text(self) -> bool:
        """May it be given a task of free text, without failures?"""

    def unavailable(self, environ: Mapping[str, str]) -> str | None:
        """Why it can not be used with this environment, in a sentence; None when it can."""

    def last_words(self, output: str) -> str:
        """What a turn came to, in a sentence, from the end of its output (cleaned of control characters)."""

    def launch(self, task: Task, python: str, task_file: Path) -> Launch:
        """The process of one turn. ``python`` is the project's interpreter."""
