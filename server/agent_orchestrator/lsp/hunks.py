"""What a session changed, as the diff that an editor shows: each hunk can be taken, or dropped."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence

from agent_orchestrator.engine.state import State
from agent_orchestrator.lsp.actions import Action
from agent_orchestrator.protocol.lsp import DIFF_SUFFIX

_AT = re.compile(r"@@ -\S+ \+(\d+)")
_FILE, _GONE, _HUNK = "+++ b/", "--- a/", "@@ "


def session_of(path: str, folder: str, state: State) -> str:
    """The session whose diff a file is that was written to be shown, into ``folder``; empty: none."""
    name = os.path.basename(path)
    id = name.removesuffix(DIFF_SUFFIX)
    return id if name != id and os.path.dirname(path) == folder and id in state.sessions else ""


def hunk_at(lines: Sequence[str], line: int) -> tuple[str, int] | None:
    """The file and the number (from 1) of the hunk that a line of a diff belongs to; None: of none."""
    path, number = "", 0
    for at, text in enumerate(lines[: line + 1]):
        if text.startswith("diff --git "):
            path, number = "", 0
        elif not number and text.startswith(_GONE):
            path = text.removeprefix(_GONE)
        elif not number and text.startswith(_FILE):
            path = text.removeprefix(_FILE)
        elif text.startswith(_HUNK):
            number += 1
        elif at == line and not text:
            return None
    return (path, number) if path and number else None


def place_at(lines: Sequence[str], line: int) -> tuple[str, int] | None:
    """The file that a line of a diff is about and, from 0, the line there as it is after the change; None: no file."""
    begin = next((at for at in range(min(line, len(lines) - 1), -1, -1) if lines[at].startswith("diff --git ")), None)
    if begin is None:
        return None
    path, now, inside = "", 0, False
    for at in range(begin + 1, line + 1):
        text = lines[at]
        if found := _AT.match(text):
            now, inside = max(int(found[1]) - 1, 0), True
        elif not inside:
            for sign in (_GONE, _FILE):
                path = text.removeprefix(sign) if text.startswith(sign) else path
        elif at < line and not text.startswith(("-", "\\")):
            now += 1
    return (path, now) if path else None


def actions(id: str, lines: Sequence[str], line: int) -> Iterator[Action]:
    """What can be done with the hunk at a line."""
    if found := hunk_at(lines, line):
        path, number = found
        named = {"session": id, "path": path, "hunk": number}
        yield Action(f"Take this change of {path} into the checkout", "ao.hunk.take", named)
        yield Action(f"Drop this change of {path} from {id}", "ao.hunk.drop", named)
