"""``docs/cli.md``, made from the commands themselves: ``python -m agent_orchestrator.cli.docs --write``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from agent_orchestrator.cli.described import Described, described
from agent_orchestrator.cli.table import GROUPS

FILE = Path(__file__).parents[3] / "docs" / "cli.md"

_HEAD = """\
<!-- Made by `python -m agent_orchestrator.cli.docs --write`; change the commands, not this file. -->

# The command line

`ao <command> --help` says the same as this page, for one command.

Commands that act (`start`, `hunt`, `new`, `check`, `trust`, `add-project`, `daemon start`) start the daemon where there
is none. Commands that only look or steer end with exit code 3 then.

A session is named by its id, by `<sessionPrefix>-<name>`, by its name, or by an unambiguous beginning of one of these.
A project is named by its id or by a path inside of it (something with a slash, or starting with `.` or `~`).

| exit code | meaning |
| --- | --- |
| 0 | done; for `check` and `hunt --wait`: nothing red is left |
| 1 | something red is left, or it is unknown; `config get`: the file does not hold the key |
| 2 | usage or configuration, or the daemon refuses what was asked |
| 3 | no daemon |
| 130 | interrupted; a hunt goes on in the daemon |
| 141 | the reader of the output has gone |

On a terminal the output is styled and fits its width; every colour comes with a symbol and a word, and `NO_COLOR` takes
the colours out. When it is piped it is plain, and nothing is shortened. With `--json`, standard output is one JSON
document with names in camelCase and times in seconds since the epoch; keys are added, never renamed. An error is
`{"error": "…"}` there, with the same exit code. `hunt --wait --json` prints its document when the hunt has ended.
"""


def markdown() -> str:
    """The whole page."""
    commands = described()
    parts = [_HEAD]
    for group in GROUPS:
        parts.append(f"\n## {group}\n")
        parts += [_command(command) for command in commands if command.verb.group == group]
    return "".join(parts)


def _command(command: Described) -> str:
    about = "\n".join(command.about.splitlines())
    text = f"\n### `ao {command.verb.name}`\n\n{about}\n\n```text\n{command.usage}\n```\n"
    rows = [(place.name, place.help, place.choices) for place in command.positionals]
    rows += [(f"{', '.join(flag.names)} {flag.value}".strip(), flag.help, flag.choices) for flag in command.flags]
    if not rows:
        return text
    table = "".join(f"| `{_cell(name)}` | {_cell(help + _allowed(choices))} |\n" for name, help, choices in rows)
    return f"{text}\n| argument | meaning |\n| --- | --- |\n{table}"


def _allowed(choices: Sequence[str]) -> str:
    return f": {', '.join(choices)}" if choices else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;") if "`" in text else text.replace("|", "\\|")


def main(argv: Sequence[str]) -> int:
    """Print the page, or (``--write``) put it where it belongs."""
    if list(argv) == ["--write"]:
        FILE.parent.mkdir(exist_ok=True)
        FILE.write_text(markdown(), encoding="utf-8")
    else:
        sys.stdout.write(markdown())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
