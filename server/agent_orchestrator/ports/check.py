"""The ``check`` slot: how a check's tool is run, narrowed to single tests, detected, and given an environment."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from attrs import field, frozen

from agent_orchestrator.formats.inputs import Pattern

#: A command as a shell text, or as words.
Command = str | tuple[str, ...]


@frozen
class Where:
    """Where a check runs and may write.

    ``report`` is a fresh path in a folder outside the tree; the listing and caches get names that start with it.
    ``tree`` is the absolute path of the tree under test, ``foreign`` those of the other checkouts of its repository.
    ``python`` is the interpreter of the environment. ``inherited`` is the environment the check will get, which ours is
    added to.
    """

    report: str
    tree: str
    foreign: tuple[str, ...] = ()
    python: str = "python3"
    inherited: Mapping[str, str] = field(factory=dict)


@frozen
class PreparedCheck:
    """A command that is ready to run.

    ``env`` is to be set over the environment, ``pythonpath`` to be put in front of ``PYTHONPATH``. ``report`` and
    ``listing`` are the files to read afterwards (None: the tool writes to standard output), ``base`` is
    ``Inputs.base``.
    """

    argv: tuple[str, ...]
    env: Mapping[str, str] = field(factory=dict)
    pythonpath: tuple[str, ...] = ()
    report: str | None = None
    listing: str | None = None
    base: str = ""


@frozen
class Selection:
    """Tests to run again: by ``keys``, or with ``whole_files`` everything in ``files``."""

    keys: tuple[str, ...]
    files: tuple[str, ...] = ()
    whole_files: bool = False


@frozen
class Detected:
    """A check as the configuration would write it, and ``why`` it is there: a sentence that names the file.

    ``command`` may hold ``{python}`` and ``{report}``. ``pattern`` is the problem matcher of the format ``regex``.
    """

    id: str
    command: str
    format: str
    why: str
    pattern: Mapping[str, object] | None = None


@frozen
class Environment:
    """A Python environment for one tree.

    ``python`` is the interpreter's path (empty when there is none). ``path_prefix`` goes in front of ``PATH``,
    ``pythonpath`` in front of ``PYTHONPATH``. ``why`` is a sentence for a person. ``problems`` says why the tree's own
    code may not be what runs: with any, a result is not proven. ``site_packages`` and ``node_modules`` hold what is
    installed.
    """

    python: str
    path_prefix: tuple[str, ...]
    pythonpath: tuple[str, ...]
    why: str
    problems: tuple[str, ...] = ()
    site_packages: tuple[str, ...] = ()
    node_modules: tuple[str, ...] = ()


@frozen
class ResolvedCheck:
    """A check of a project with every default applied. ``format`` is a name; ``timeout`` is in seconds."""

    id: str
    command: Command
    format: str
    pattern: Pattern | None = None
    rerun: Command | None = None
    timeout: float = 600.0
    env: Mapping[str, str] = field(factory=dict, repr=False)
    on: tuple[str, ...] = ("start", "landing")
    why: str = "configured"


class CheckTools(Protocol):
    """All tools behind one face; the engine knows formats by name only."""

    def detect(self, root: Path) -> tuple[Detected, ...]:
        """The checks that a repository's files speak of, without executing anything."""

    def format_of(self, command: Command) -> str | None:
        """The format that a command's program writes, where it can be told."""

    def prepare(self, check: ResolvedCheck, command: Command, where: Where) -> PreparedCheck:
        """A command of the check, completed so that it writes a report."""

    def rerun(self, check: ResolvedCheck, selection: Selection) -> Command:
        """The command that runs only ``selection``; the whole command where it can not be narrowed."""

    def argv(self, command: Command, python: str) -> tuple[str, ...]:
        """A command as an argument vector, for a person or an agent."""

    def environment(self, main: Path, tree: Path, environ: Mapping[str, str]) -> Environment:
        """The environment in which a tree's checks run."""

    def fingerprint(self, environment: Environment) -> str:
        """One value for everything that is installed in an environment."""
