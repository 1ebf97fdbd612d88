"""The argument parser of one command: a mistake is one sentence with exit code 2, help goes to the app's terminal."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Callable
from functools import partial
from typing import Any, NoReturn

from agent_orchestrator.cli.app import App
from agent_orchestrator.cli.exits import Failure
from agent_orchestrator.cli.table import Verb
from agent_orchestrator.cli.terminal import Terminal

#: Columns of help that is not for a terminal, but for the documentation.
_WIDTH = 120


class HelpShown(Exception):
    """``--help`` was printed; nothing is left to do."""


class Parser(argparse.ArgumentParser):
    """argparse without its own exits."""

    def __init__(self, *args: Any, terminal: Terminal | None = None, **kwargs: Any) -> None:
        kwargs.setdefault("allow_abbrev", False)
        super().__init__(*args, **kwargs)
        self.terminal = terminal

    def error(self, message: str) -> NoReturn:
        """One line that says what is wrong and where the usage is told."""
        raise Failure(f"{message} (see `{self.prog} --help`)")

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        """argparse calls this after printing help."""
        raise HelpShown

    def _print_message(self, message: str, file: object = None) -> None:
        if self.terminal is not None:
            self.terminal.raw(message)


def parser_of(verb: Verb, terminal: Terminal | None = None) -> tuple[Parser, Callable[[argparse.Namespace, App], int]]:
    """The parser of a command and the function that does it. Loads the command's module."""
    module = importlib.import_module(verb.module)
    # Told a width, argparse does not import shutil and all compressors to find one for each argument.
    width = (terminal.size[0] if terminal else _WIDTH) - 2
    parser = Parser(
        prog=f"ao {verb.name}",
        description=module.__doc__.strip() if module.__doc__ else None,
        formatter_class=partial(argparse.RawDescriptionHelpFormatter, width=width),
        terminal=terminal,
    )
    module.arguments(parser)
    return parser, module.run


def add_project(parser: argparse.ArgumentParser) -> None:
    """``--project``: an id, or a path inside of the project."""
    said = "the project: its id or a path in it; default: this folder's"
    completed(parser.add_argument("--project", default="", metavar="P", help=said), "projects")


def add_json(parser: argparse.ArgumentParser) -> None:
    """``--json``: one document on standard output."""
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def add_session(parser: argparse.ArgumentParser, *, nargs: str | None = None, what: str = "") -> None:
    """A session, by any of its names."""
    said = what or "the session: its id, <prefix>-<name>, its name, or an unambiguous beginning of one"
    action = parser.add_argument("session", metavar="SESSION", nargs=nargs, default="", help=said)
    completed(action, "sessions")


def add_pull(parser: argparse.ArgumentParser, *, nargs: str | None = None, what: str = "") -> None:
    """A pull request."""
    said = what or "the pull request: its number (12 or #12), or its address"
    parser.add_argument("pull", metavar="PR", nargs=nargs, default="", help=said)


def add_check(parser: argparse.ArgumentParser) -> None:
    """A failed check of a pull request."""
    parser.add_argument("check", metavar="CHECK", nargs="?", default="", help="one failed check; default: all")


def add_thread(parser: argparse.ArgumentParser) -> None:
    """A conversation at a pull request."""
    parser.add_argument("thread", metavar="THREAD", help="the thread, as `ao pulls PR` shows it")


def add_hunk(parser: argparse.ArgumentParser) -> None:
    """One change of a file."""
    parser.add_argument("path", metavar="FILE", help="a file that it changed, as `ao diff` names it")
    parser.add_argument("hunk", metavar="N", type=int, help="which of its changes there, counted from 1")


def completed(action: argparse.Action, kind: str) -> argparse.Action:
    """Let shells complete the argument by ``ao _complete <kind>``, or (``files``, ``folders``) by themselves."""
    action.completer = kind  # type: ignore[attr-defined]
    return action


def completer(action: argparse.Action) -> str:
    """What :func:`completed` said of the argument; empty when it said nothing."""
    return str(getattr(action, "completer", ""))
