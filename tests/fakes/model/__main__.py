"""``python tests/fakes/model [--port N] [--log FILE] [--scripts FILE]``: serve until interrupted."""

from __future__ import annotations

import argparse
import json
import re
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

if not __package__:  # Run by its path: the folder's name is the package's.
    here = Path(__file__).resolve().parent
    sys.path[0] = str(here.parent)
    __package__ = here.name

from .script import MARK, ScriptError, parse
from .server import Model


def main() -> int:
    """Serve. The first line of output is the port."""
    parser = argparse.ArgumentParser(prog="model", description="A scripted model server on 127.0.0.1.")
    parser.add_argument("--port", type=int, default=0, help="where to listen (default: any free port)")
    parser.add_argument("--log", type=Path, help="a file to which each request is appended as a line of JSON")
    parser.add_argument(
        "--scripts",
        type=Path,
        help="a JSON file, {pattern: [step, ...]}: scripts for prompts that have none inside and match the pattern",
    )
    given = parser.parse_args()
    try:
        books = _books(given.scripts) if given.scripts else {}
        log = given.log.open("a", encoding="utf-8", buffering=1) if given.log else None
        model = _listening(given.port, log, books)
    except (OSError, ValueError) as error:
        print(f"model: {error}", file=sys.stderr)
        return 1
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: model.ending.set())
    with model:
        print(model.port, flush=True)
        model.ending.wait()
    return 0


def _books(file: Path) -> Mapping[str, str]:
    """The scripts of a file, each looked at once."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{file}: {error}") from None
    if not isinstance(found, dict):
        raise ValueError(f"{file}: an object of patterns and their scripts is wanted")
    books = {pattern: MARK + json.dumps(steps).removeprefix("[") for pattern, steps in found.items()}
    for pattern, script in books.items():
        try:
            re.compile(pattern)
            parse(script)
        except (re.error, ScriptError) as error:
            raise ValueError(f"{file}: {pattern}: {error}") from None
    return books


def _listening(port: int, log: TextIO | None, books: Mapping[str, str]) -> Model:
    try:
        return Model(port, lambda record: _write(log, record), books)
    except OSError as error:
        raise ValueError(f"port {port}: {error.strerror}") from None


def _write(log: TextIO | None, record: Mapping[str, Any]) -> None:
    if log:
        log.write(json.dumps(record, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    sys.exit(main())
