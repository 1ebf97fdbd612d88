"""What methods answer with."""

from __future__ import annotations

from attrs import field, frozen

from agent_orchestrator.protocol.types.rows import (
    CheckRow,
    FailureRow,
    HuntRow,
    LandingRow,
    MessageRow,
    PlanRow,
    ProjectRow,
    QueueRow,
    SessionRow,
)


@frozen(kw_only=True)
class Done:
    """It was done; ``message`` says what, ``id`` names what was made."""

    message: str
    id: str = ""


@frozen(kw_only=True)
class Sessions:
    """Answer to ``sessions``."""

    revision: int
    sessions: tuple[SessionRow, ...] = ()
    #: Forges that let nothing be seen, and what to do.
    notices: tuple[str, ...] = ()


@frozen(kw_only=True)
class Failures:
    """Answer to ``failures``: what a person has to see, worst first within a file."""

    revision: int
    failures: tuple[FailureRow, ...] = ()


@frozen(kw_only=True)
class FindingRow:
    """One thing that was looked at: ``level`` is ``ok``, ``warn`` or ``fail``; ``advice`` says what to do."""

    level: str
    what: str
    found: str
    advice: str = ""


@frozen(kw_only=True)
class AgentRow:
    """One agent that a project can name: ``cost`` says what using it takes, ``lacks`` why it can not be used now."""

    name: str
    cost: str
    lacks: str = ""


@frozen(kw_only=True)
class Doctor:
    """Answer to ``doctor``. ``agents`` are those of the project that was named; without a name there are none."""

    findings: tuple[FindingRow, ...] = ()
    agents: tuple[AgentRow, ...] = ()


@frozen(kw_only=True)
class SessionDetail:
    """Answer to ``session``: the row, its failures, and what happened so far, newest last."""

    session: SessionRow
    failures: tuple[FailureRow, ...] = ()
    history: tuple[str, ...] = ()
    messages: tuple[MessageRow, ...] = ()


@frozen(kw_only=True)
class Queue:
    """Answer to ``queue``."""

    entries: tuple[QueueRow, ...] = ()
    landings: tuple[LandingRow, ...] = ()


@frozen(kw_only=True)
class Projects:
    """Answer to ``projects``."""

    projects: tuple[ProjectRow, ...] = ()


@frozen(kw_only=True)
class CommandRow:
    """Something that work in a project runs: where it is configured, and the command or the variable's value."""

    key: str
    command: str


@frozen(kw_only=True)
class Runs:
    """Answer to ``runs``: everything that trusting the project allows, and the hash that stands for it."""

    project: str
    trust: str
    trusted: bool
    commands: tuple[CommandRow, ...] = ()


@frozen(kw_only=True)
class CheckResults:
    """Answer to ``check``: what was run and what is red, in the checkout as it lies."""

    project: str
    checks: tuple[CheckRow, ...] = ()
    failures: tuple[FailureRow, ...] = ()


@frozen(kw_only=True)
class HuntState:
    """Answer to ``hunt`` and ``huntState``; ``plan`` only for a dry run."""

    revision: int
    hunt: HuntRow | None = None
    plan: tuple[PlanRow, ...] = ()
    notices: tuple[str, ...] = ()


@frozen(kw_only=True)
class Argv:
    """Answer to ``attach``: the command to run in a terminal, with ``env`` set over that terminal's environment."""

    argv: tuple[str, ...]
    env: dict[str, str] = field(factory=dict)


@frozen(kw_only=True)
class LogChunk:
    """Answer to ``logs``. ``ended``: nothing more will come. ``offset`` is where the next chunk starts."""

    text: str
    offset: int
    ended: bool
    turn: int = 0


@frozen(kw_only=True)
class Text:
    """Answer to ``prompt``: plain text."""

    text: str


@frozen(kw_only=True)
class ChangedFile:
    """A file that a session changed. ``status``: ``added``, ``changed`` or ``deleted``; one that moved is two.

    ``base`` and ``head`` are files to open that hold it as it was and as it is: of a session that is at it, its
    worktree's own. Empty: it is not there, has more than 4 MB, or documents were not asked for.
    """

    path: str
    status: str
    base: str = ""
    head: str = ""


@frozen(kw_only=True)
class Diff:
    """Answer to ``diff``: the unified diff between two commits, and its files, sorted. Nothing changed: no ``head``."""

    text: str
    base: str
    head: str = ""
    files: tuple[ChangedFile, ...] = ()


@frozen(kw_only=True)
class RuleRow:
    """What is done about an event. ``auto`` false: it is offered. ``threshold`` is in seconds."""

    project: str
    event: str
    action: str
    auto: bool
    priority: str
    retries: int
    condition: str = ""
    message: str = ""
    threshold: float = 0.0


@frozen(kw_only=True)
class ReactionRow:
    """Something that happened, and what was done about it.

    ``outcome`` is empty while nothing was done; ``offered``: nothing is done before a person says so (``react``).
    """

    key: str
    project: str
    event: str
    at: float
    session: str
    action: str
    text: str
    offered: bool
    outcome: str
    failed: bool


@frozen(kw_only=True)
class Reactions:
    """Answer to ``reactions``: the rules, and what happened lately, newest last; ``test`` is what would be done."""

    rules: tuple[RuleRow, ...] = ()
    reactions: tuple[ReactionRow, ...] = ()
    test: tuple[str, ...] = ()


@frozen(kw_only=True)
class DaemonState:
    """Answer to ``daemon``: who answers, for how long, and what is wrong."""

    version: str
    pid: int
    started_at: float
    revision: int
    state_dir: str
    problems: tuple[str, ...] = ()
    running: tuple[str, ...] = ()
