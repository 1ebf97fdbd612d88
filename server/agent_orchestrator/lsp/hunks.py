"""What a session changed, as the diff that an editor shows: each hunk can be taken, or dropped."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from agent_orchestrator.engine.state import State
from agent_orchestrator.git.names import unquoted
from agent_orchestrator.lsp.actions import Action
from agent_orchestrator.protocol.lsp import DIFF_SUFFIX

_AT = re.compile(r"@@ -\S+ \+(\d+)")
_BEGIN, _HUNK = "diff --git ", "@@ "
#: What names a file above its hunks, and how its two sides are told apart.
_SIDES = (("--- ", "a/"), ("+++ ", "b/"))


def session_of(path: str, folder: str, state: State) -> str:
    """The session whose diff a file is that was written to be shown, into ``folder``; empty: none."""
    name = os.path.basename(path)
    id = name.removesuffix(DIFF_SUFFIX)
    return id if name != id and os.path.dirname(path) == folder and id in state.sessions else ""


def hunk_at(lines: Sequence[str], line: int) -> tuple[str, int] | None:
    """The file and the number (from 1) of the hunk that a line of a diff belongs to; None: of none."""
    if not 0 <= line < len(lines) or (line == len(lines) - 1 and not lines[line]):
        return None
    path, inside = "", False
    # Of a file that became something else there are two parts.
    numbers: Counter[str] = Counter()
    for text in lines[: line + 1]:
        if text.startswith(_BEGIN):
            path, inside = "", False
        elif text.startswith(_HUNK):
            numbers[path] += 1
            inside = True
        elif not inside:
            path = _named(text) or path
    return (path, numbers[path]) if path and inside else None


def place_at(lines: Sequence[str], line: int) -> tuple[str, int] | None:
    """The file that a line of a diff is about and, from 0, the line there as it is after the change; None: no file."""
    if not 0 <= line < len(lines):
        return None
    begin = next((at for at in range(line, -1, -1) if lines[at].startswith(_BEGIN)), line)
    path, now, inside = "", 0, False
    for at in range(begin + 1, line + 1):
        text = lines[at]
        if found := _AT.match(text):
            now, inside = max(int(found[1]) - 1, 0), True
        elif not inside:
            path = _named(text) or path
        elif at < line and not text.startswith(("-", "\\")):
            now += 1
    return (path, now) if path else None


def _named(text: str) -> str:
    """The file that a line above hunks names; empty: none."""
    for sign, side in _SIDES:
        if text.startswith(sign) and (name := unquoted(text.removeprefix(sign))).startswith(side):
            return name.removeprefix(side)
    return ""


def actions(id: str, lines: Sequence[str], line: int) -> Iterator[Action]:
    """What can be done with the hunk at a line."""
    if found := hunk_at(lines, line):
        path, number = found
        named = {"session": id, "path": path, "hunk": number}
        yield Action(f"Take this change of {path} into the checkout", "ao.hunk.take", named)
        yield Action(f"Drop this change of {path} from {id}", "ao.hunk.drop", named)
