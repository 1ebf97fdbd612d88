"""The ``agent`` slot: how a coding agent is started for one turn."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from attrs import field, frozen

from agent_orchestrator.model.usage import (
    FAILED,
    NO_CREDIT,
    NOT_LOGGED_IN,
    RATE_LIMITED,
    REFUSED,
    UNREACHABLE,
    Usage,
)

if TYPE_CHECKING:
    from agent_orchestrator.ports.channel import Dialogue

__all__ = [
    "FAILED",
    "NOT_LOGGED_IN",
    "NO_CREDIT",
    "RATE_LIMITED",
    "REFUSED",
    "UNREACHABLE",
    "Agent",
    "Attach",
    "Attachable",
    "Bench",
    "Launch",
    "Task",
    "TaskCheck",
    "TaskFailure",
    "Told",
    "Usage",
]


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
    """What one turn is about (the content of ``AO_TASK_FILE``). ``base`` is the commit that the work started from.

    ``prompt`` is all that the agent is to be told this time: of a turn that goes on with a conversation what is new.
    """

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
class Bench:
    """Where an agent works and what it may do there. All paths are absolute.

    ``main`` is the user's checkout, ``git_dir`` the repository's common git folder, ``folder`` a private folder of the
    session for the agent's own files, which outlives its turns. ``conversation`` is what earlier turns gave as
    :attr:`Told.conversation`; empty: there is none to go on with. ``checks`` are the argument vectors of the project's
    checks. ``door`` is where the program of this turn may have a socket that others join it by: in a private folder,
    the same whenever it is asked for, and short enough for that with three characters added. None: nowhere.
    """

    tree: Path
    main: Path
    git_dir: Path
    folder: Path
    python: str
    session: str
    conversation: str = ""
    checks: tuple[tuple[str, ...], ...] = ()
    door: Path | None = None


@frozen
class Launch:
    """What is run for the turn. ``env`` is set over the session's environment; ``stdin`` is the prompt.

    ``files`` are written before, with mode 0600: never below the worktree, and never the user's own settings. With a
    ``dialogue`` the program is talked to while it runs: the prompt is what it is told first, ``stdin`` is not used, its
    output is a line of the dialogue each and its standard error is kept apart.
    """

    argv: tuple[str, ...]
    env: Mapping[str, str] = field(factory=dict, repr=False)
    stdin: str = ""
    files: Mapping[Path, str] = field(factory=dict, repr=False)
    dialogue: Dialogue | None = field(default=None, repr=False, eq=False)
    #: The program has a screen and keyboard: what the dialogue takes are lines of this file, which the program's hooks
    #: append to (each then writes a byte to the FIFO ``bell`` beside it), and what it sends is typed.
    spool: Path | None = None


@frozen
class Told:
    """What an agent's output says of its turn.

    ``words``: what it came to, in a sentence. ``conversation``: what a later turn goes on with; empty: there is none
    any more, None: it does not say. ``error``: one of the constants above, empty when there was none; ``resets_at``:
    when a usage limit ends, in seconds since 1970, 0 where that is not said.
    """

    words: str = ""
    conversation: str | None = None
    error: str = ""
    resets_at: float = 0.0
    usage: Usage | None = None


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

    def launch(self, task: Task, bench: Bench, task_file: Path) -> Launch:
        """The process of one turn."""

    def told(self, output: str, code: int | None) -> Told:
        """What a turn says of itself: from the end of its output (without control characters) and its exit code."""


@frozen
class Attach:
    """What a person runs in a terminal of theirs to join a program that runs; ``env`` is set over their environment.

    Secrets go into ``env``, never into ``argv``.
    """

    argv: tuple[str, ...]
    env: Mapping[str, str] = field(factory=dict, repr=False)


@runtime_checkable
class Attachable(Protocol):
    """An agent whose program a person can join with a screen of its own while it is talked to."""

    def attach(self, bench: Bench) -> Attach | str:
        """How to join the program that runs for ``bench``, where ``conversation`` is the one that it has now.

        A sentence where that can not be done now, or not with this version of the program. What has to be known of the
        program is read from the files that it, or its bridge, made at ``door`` or in ``folder``.
        """
