"""What a session changed, as the diff that an editor shows: each hunk can be taken, or dropped."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from agent_orchestrator.engine.state import State
from agent_orchestrator.lsp.actions import Action
from agent_orchestrator.protocol.lsp import DIFF_SUFFIX

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


def actions(id: str, lines: Sequence[str], line: int) -> Iterator[Action]:
    """What can be done with the hunk at a line."""
    if found := hunk_at(lines, line):
        path, number = found
        named = {"session": id, "path": path, "hunk": number}
        yield Action(f"Take this change of {path} into the checkout", "ao.hunk.take", named)
        yield Action(f"Drop this change of {path} from {id}", "ao.hunk.drop", named)
