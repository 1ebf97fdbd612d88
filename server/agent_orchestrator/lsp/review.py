"""Notes on what an agent changed: collected in a file for each session, and sent to it as one message.

The file is one that is written like a task (see `drafts`): it can be edited before it is saved, which sends it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lsprotocol import types as lsp

from agent_orchestrator.engine.state import Session
from agent_orchestrator.lsp.drafts import MOST, content, was_sent
from agent_orchestrator.lsp.folders import is_inside
from agent_orchestrator.protocol import lsp as own
from agent_orchestrator.protocol.errors import Refused
from agent_orchestrator.protocol.wire import to_wire
from agent_orchestrator.views.drafts import Draft, noted, template

if TYPE_CHECKING:
    from agent_orchestrator.lsp.connection import Connection

#: Lines of code that are quoted with a note.
_QUOTED = 20


class Review:
    """The reviews that one client writes."""

    def __init__(self, connection: Connection) -> None:
        self._c = connection

    def actions(self, path: str, at: lsp.Range) -> list[lsp.CodeAction]:
        """The offer to note something on lines of a file in a session's worktree."""
        session = self._session_of(path)
        if session is None:
            return []
        last = at.end.line if at.end.character or at.end.line == at.start.line else at.end.line - 1
        given = {"session": session.id, "path": path, "line": at.start.line + 1, "endLine": last + 1}
        note = _action(f"Note to the agent of {session.id}", own.REVIEW_ADD, given)
        return [
            note,
            *([_action("Send the notes", own.REVIEW_SEND, {"session": session.id})] if self._begun(session.id) else []),
        ]

    async def add(self, params: own.ReviewAddParams) -> Any:
        """Add a note, and open the review where the note is still to be written. Raises Refused."""
        session = self._c.core.state.sessions.get(params.session)
        if session is None or session.closed:
            raise Refused(f"there is no open session {params.session!r}")
        if not session.path:
            raise Refused(f"{session.id} has no worktree yet")
        path = os.path.join(session.path, params.path)
        if not is_inside(path, session.path) or ".." in path.split("/"):
            raise Refused(f"{params.path} is not in the worktree of {session.id}, {session.path}")
        lines = self._c.texts.lines(path)
        if not 1 <= params.line <= len(lines):
            raise Refused(f"{params.path} has no line {params.line}")
        last = min(max(params.line, params.end_line), params.line + _QUOTED - 1, len(lines))
        place = f"{os.path.relpath(path, session.path)}:{params.line}" + (f"-{last}" if last > params.line else "")
        file = self._begun(session.id) or self._c.drafts.begin(
            self._free(session.id), template(Draft(session=session.id), session.title)
        )
        await self._write(file, place, lines[params.line - 1 : last], params.note)
        if not params.note.strip():
            await self._c.person.show(file)
        return to_wire(own.Shown(path=file))

    async def send(self, session: str) -> Any:
        """Send the review as the client shows it, else as it is on disk. Raises Refused."""
        file = self._begun(session)
        done = await self._c.drafts.deliver(file, self._text(file)) if file else None
        if done is None:
            raise Refused(f"there are no notes for {session}")
        return to_wire(done)

    async def _write(self, file: str, place: str, quoted: Sequence[str], note: str) -> None:
        old = self._text(file)
        new = noted(old, place, quoted, note)
        if len(new.encode(errors="replace")) > MOST:
            raise Refused(f"the review would be too long to be sent: {file}")
        if not self._c.texts.is_open(file):
            self._c.drafts.rewrite(file, new)
            return
        # The editor has its own text of it, which may not be saved.
        end = lsp.Position(line=len(old.split("\n")), character=0)
        whole = lsp.TextEdit(range=lsp.Range(start=lsp.Position(line=0, character=0), end=end), new_text=new)
        edit = lsp.WorkspaceEdit(changes={self._c.folders.uri(file): [whole]})
        params = lsp.ApplyWorkspaceEditParams(edit=edit, label="ao: note")
        if not (await self._c.protocol.send_request_async(lsp.WORKSPACE_APPLY_EDIT, params)).applied:
            raise Refused(f"the editor did not take the note into {file}")

    def _text(self, file: str) -> str:
        return "\n".join(self._c.texts.lines(file)) if self._c.texts.is_open(file) else content(file)

    def _session_of(self, path: str) -> Session | None:
        sessions = self._c.core.state.sessions.values()
        return next((s for s in sessions if s.workspace == "ready" and not s.closed and is_inside(path, s.path)), None)

    def _begun(self, session: str) -> str:
        """The review that was begun and is not sent yet; empty: none."""
        path = self._numbered(session, self._newest(session))
        return path if os.path.exists(path) and not was_sent(path) else ""

    def _free(self, session: str) -> str:
        return f"{session}-review-{self._newest(session) + 1}"

    def _newest(self, session: str) -> int:
        number = 0
        while os.path.exists(self._numbered(session, number + 1)) or was_sent(self._numbered(session, number + 1)):
            number += 1
        return number

    def _numbered(self, session: str, number: int) -> str:
        return self._c.drafts.path(f"{session}-review-{number}")


def _action(title: str, command: str, arguments: dict[str, Any]) -> lsp.CodeAction:
    return lsp.CodeAction(
        title=title,
        kind=lsp.CodeActionKind.QuickFix,
        command=lsp.Command(title=title, command=command, arguments=[arguments]),
        data={"command": command, "arguments": arguments},
    )
