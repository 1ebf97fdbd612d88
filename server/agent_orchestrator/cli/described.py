"""The commands' arguments as values, for completion scripts and the documentation."""

from __future__ import annotations

import argparse

from attrs import frozen

from agent_orchestrator.cli.parser import completer, parser_of
from agent_orchestrator.cli.table import Verb, shown


@frozen
class Flag:
    """One option: its names, what its value is called (empty: it takes none), what it is for, how it is completed."""

    names: tuple[str, ...]
    value: str
    help: str
    choices: tuple[str, ...]
    completer: str


@frozen
class Positional:
    """One argument by place."""

    name: str
    help: str
    choices: tuple[str, ...]
    completer: str


@frozen
class Described:
    """One command."""

    verb: Verb
    usage: str
    about: str
    flags: tuple[Flag, ...]
    positionals: tuple[Positional, ...]


def described() -> tuple[Described, ...]:
    """Every command that a person is told about. Loads all of their modules."""
    return tuple(_described(verb) for verb in shown())


def _described(verb: Verb) -> Described:
    parser, _ = parser_of(verb)
    actions = [action for action in _actions(parser) if action.dest != "help"]
    return Described(
        verb=verb,
        usage=_usage(parser),
        about=parser.description or "",
        flags=tuple({flag.names: flag for a in actions if a.option_strings for flag in [_flag(a)]}.values()),
        positionals=tuple(_positional(a) for a in actions if not a.option_strings),
    )


def _actions(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    """A parser's arguments and, behind them, those of its sub-commands."""
    own = list(parser._actions)
    for action in own[:]:
        if isinstance(action, argparse._SubParsersAction):
            own += [inner for sub in action.choices.values() for inner in _actions(sub)]
    return own


def _usage(parser: argparse.ArgumentParser) -> str:
    return " ".join(parser.format_usage().removeprefix("usage: ").split())


def _flag(action: argparse.Action) -> Flag:
    value = "" if action.nargs == 0 else str(action.metavar or "|".join(action.choices or ()))
    return Flag(tuple(action.option_strings), value, action.help or "", _choices(action), completer(action))


def _positional(action: argparse.Action) -> Positional:
    return Positional(str(action.metavar or action.dest), action.help or "", _choices(action), completer(action))


def _choices(action: argparse.Action) -> tuple[str, ...]:
    return tuple(map(str, action.choices or ()))
