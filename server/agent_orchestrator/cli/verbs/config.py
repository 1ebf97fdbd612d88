"""Read or change the configuration; comments and order stay. KEY is dotted: defaults.runtime, projects.app.path."""

from __future__ import annotations

import argparse
from pathlib import Path

from agent_orchestrator.cli.app import App
from agent_orchestrator.cli.exits import DONE, RED, Failure
from agent_orchestrator.cli.parser import add_json
from agent_orchestrator.cli.setup import read, write
from agent_orchestrator.config import edit, load


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    get = actions.add_parser("get", help="print what the file holds at a key", allow_abbrev=False)
    get.add_argument("key", metavar="KEY", help="such as defaults.runtime")
    add_json(get)
    put = actions.add_parser("set", help="change a key", allow_abbrev=False)
    put.add_argument("key", metavar="KEY", help="such as defaults.runtime")
    put.add_argument("value", metavar="VALUE", help="what it shall be; lists as [a, b]")
    add_json(put)


def run(args: argparse.Namespace, app: App) -> int:
    """Print or change; a key that the file does not hold ends ``get`` with exit code 1."""
    file = load.find(app.cwd, app.environ)
    if file is None or not file.exists():
        raise Failure("there is no agent-orchestrator.yaml here or above; `ao start` in a repository writes one")
    return _get(app, file, args.key) if args.action == "get" else _set(app, file, args.key, args.value)


def _get(app: App, file: Path, key: str) -> int:
    value = edit.get_value(read(file), key)
    if app.terminal.json:
        app.terminal.document({"key": key, "value": value, "file": str(file)})
    elif value is None:
        app.terminal.note(f"{file} says nothing about {key}; `ao config-help` tells its default")
    else:
        app.terminal.line(value)
    return RED if value is None else DONE


def _set(app: App, file: Path, key: str, value: str) -> int:
    changed = edit.set_value(read(file), key, value, file=file)
    if not isinstance(changed, str):
        raise Failure(str(changed))
    write(file, changed)
    if app.terminal.json:
        app.terminal.document({"key": key, "value": edit.get_value(changed, key), "file": str(file)})
    else:
        app.terminal.line(f"{key} is {edit.get_value(changed, key)} in {file}")
    return DONE
