"""The diagnostics of TAP: a YAML block after a test point, as node-tap, ``node --test`` and ava write it.

Read line by line and not as YAML: what they write is not always valid, and a log can hold megabytes of it.
"""

from __future__ import annotations

import re

from agent_orchestrator.formats.inputs import Inputs
from agent_orchestrator.formats.lines import whole
from agent_orchestrator.formats.paths import in_tree, is_installed, is_outside
from agent_orchestrator.formats.traceback import Stack, stack

_ENTRY = re.compile(r"^( *)([A-Za-z_][\w-]{0,60}):(?: (.*))?$")
_PLACE = re.compile(r"^(.{1,1000}?):(\d{1,9})(?::\d{1,9})?$")


def diagnostics(lines: list[str]) -> dict[str, str]:
    """The texts of a block by key; those of a nested mapping as ``at.line``."""
    found: dict[str, str] = {}
    parents: list[tuple[int, str]] = []
    n = 0
    while n < len(lines):
        entry = _ENTRY.match(lines[n])
        n += 1
        if entry is None:
            continue
        depth, value = len(entry[1]), (entry[3] or "").strip()
        while parents and parents[-1][0] >= depth:
            parents.pop()
        name = ".".join([*(parent for _, parent in parents[-3:]), entry[2]])
        if value[:1] in ("|", ">"):
            start = n
            while n < len(lines) and (not lines[n].strip() or lines[n][: depth + 1].isspace()):
                n += 1
            found[name] = "\n".join(line.strip() for line in lines[start:n]).strip()
        elif value:
            found[name] = _plain(value)
        else:
            parents.append((depth, entry[2]))
    return found


def _plain(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        inner = value[1:-1]
        return inner.replace("''", "'") if value[0] == "'" else inner.replace("\\n", "\n").replace('\\"', '"')
    return value


def said(told: dict[str, str]) -> str:
    """What went wrong: node's ``error``, else the ``message`` of TAP 13."""
    return next((told[name] for name in ("error", "message") if told.get(name)), "")


def calls(told: dict[str, str], inputs: Inputs) -> Stack:
    """The stack, whose lines have no ``at`` in node's output."""
    lines = [line if line.startswith("at ") else f"at {line}" for line in told.get("stack", "").split("\n")]
    return stack("\n".join(lines), inputs.root, inputs.base)


def place(told: dict[str, str], inputs: Inputs) -> tuple[str, int]:
    """(path, line) where the block says them apart from a stack; an empty path where not, or outside the tree."""
    file = next((told[n] for n in ("at.fileName", "at.file", "file") if told.get(n)), "")
    line = next((whole(told[n]) for n in ("at.lineNumber", "at.line", "line") if told.get(n)), 0)
    if not file and (match := _PLACE.match(told.get("location", "") or told.get("at", ""))):
        file, line = match[1], whole(match[2])
    path = in_tree(file, inputs.root, inputs.base) if file else ""
    return ("", 0) if not path or is_outside(path) or is_installed(path) else (path, line)
