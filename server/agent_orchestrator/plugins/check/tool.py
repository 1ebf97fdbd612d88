"""How a check's tool is run: what a tool is, and commands as text or words."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath

from attrs import frozen

from agent_orchestrator.ports.check import Command, PreparedCheck, Selection, Where

#: The folder that holds the pytest plugin and nothing else, so that it can go on ``PYTHONPATH``.
LISTING_DIR = str(Path(__file__).parent / "pytest_listing")

# What gives a text a meaning that only a shell knows.
_SHELL = re.compile(
    r"[|&;<>()$`\\*?\[~#\n]|^\s*\w+=|^\s*(?:[!.:]|cd|command|eval|exec|exit|export|set|ulimit|umask)(?:\s|$)"
)
_PLACEHOLDER = re.compile(r"\{(report|python|tests|test|files|file)\}")


@frozen
class CheckTool:
    """One tool. ``prepare`` completes its command; ``rerun`` narrows it, and gives it back whole where it can not."""

    format: str
    prepare: Callable[[Command, Where], PreparedCheck]
    rerun: Callable[[Command, Selection], Command]


def words(command: Command) -> tuple[str, ...] | None:
    """The words of ``command``; None for a text that needs a shell."""
    if isinstance(command, tuple):
        return command
    if _SHELL.search(command):
        return None
    try:
        return tuple(shlex.split(command)) or None
    except ValueError:
        return None


def as_argv(command: Command) -> tuple[str, ...]:
    """``command`` as an argument vector; what needs a shell gets ``sh -c``."""
    split = words(command)
    return split if split is not None else ("sh", "-c", str(command))


def fill(command: Command, where: Where) -> Command:
    """``command`` with ``{report}`` and ``{python}`` filled in, quoted in a shell text."""
    return substitute(command, {"report": (where.report,), "python": (where.python,)})


def substitute(command: Command, values: Mapping[str, tuple[str, ...]]) -> Command:
    """``command`` with placeholders filled in; unknown ones stay as they are.

    In a text the values are quoted and joined by spaces. A word that is one placeholder becomes as many words as there
    are values; inside a longer word they are joined by spaces.
    """
    if isinstance(command, str):
        return _PLACEHOLDER.sub(lambda hit: shlex.join(values[hit[1]]) if hit[1] in values else hit[0], command)
    filled: list[str] = []
    for word in command:
        whole = _PLACEHOLDER.fullmatch(word)
        if whole and whole[1] in values:
            filled += values[whole[1]]
        else:
            filled.append(_PLACEHOLDER.sub(lambda hit: " ".join(values[hit[1]]) if hit[1] in values else hit[0], word))
    return tuple(filled)


def has_report(command: Command) -> bool:
    """Whether ``command`` names the report file."""
    return "{report}" in (command if isinstance(command, str) else " ".join(command))


def is_python(word: str) -> bool:
    """Whether ``word`` names a Python interpreter."""
    return word == "{python}" or bool(re.fullmatch(r"(?:python|pypy)[\d.]*(?:\.exe)?", PurePosixPath(word).name))


def tool_index(argv: tuple[str, ...], *names: str) -> int:
    """The index of the word that starts the tool (``pytest`` in ``python -m pytest`` or ``uv run pytest``), or -1."""
    return next((n for n, word in enumerate(argv) if PurePosixPath(word).name in names), -1)


def is_direct(argv: tuple[str, ...], index: int) -> bool:
    """Whether the tool at ``index`` is started without a wrapper that may take options for itself."""
    return index == 0 or (index >= 2 and argv[index - 1] == "-m" and is_python(argv[0]))


def prepare_plain(command: Command, where: Where) -> PreparedCheck:
    """A command that is run as it is; its report is the file it names, else what it prints."""
    report = where.report if has_report(command) else None
    return PreparedCheck(argv=as_argv(fill(command, where)), report=report)


def rerun_whole(command: Command, _selection: Selection) -> Command:
    """The whole command: there is no way to select."""
    return command
