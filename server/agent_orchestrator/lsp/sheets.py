"""The sessions document of one client: kept up to date in the way that the client knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lsprotocol import types as lsp

from agent_orchestrator.lsp import sheet as s
from agent_orchestrator.protocol import types as t
from agent_orchestrator.protocol.lsp import DIFF_SUFFIX
from agent_orchestrator.views.sheet import sheet

if TYPE_CHECKING:
    from agent_orchestrator.lsp.connection import Connection

#: Clients that do not notice that a file which they show has changed on disk: their copy is edited.
_EDITED = ("helix",)


class Sheets:
    """What one client has of the document."""

    def __init__(self, connection: Connection) -> None:
        self._c = connection
        #: As it was when it was last brought up to date; empty: it was never open.
        self.shown = ""
        self._asks = False
        self._edits = False
        #: An edit is under way: the next one needs the text that it makes.
        self._editing = False

    def begin(self, params: lsp.InitializeParams) -> None:
        """Read how the client can be kept up to date."""
        workspace, client = params.capabilities.workspace, params.client_info
        self._asks = bool(workspace and workspace.text_document_content)
        known = bool(workspace and workspace.apply_edit)
        self._edits = known and client is not None and client.name.lower() in _EDITED

    def lines(self, path: str) -> list[str] | None:
        """The lines of the document as the client has it; None: this is another one."""
        return list(self._c.texts.lines(path)) if s.is_sheet(path, self._c.core.sheet) else None

    @property
    def text(self) -> str:
        """As it is now."""
        return sheet(self._c.core.state).text

    def refresh(self) -> None:
        """Something changed: bring an open document up to date, and say who needs somebody."""
        path = self._c.core.sheet
        opened = [each for each in (path, s.URI) if self._c.texts.is_open(each)]
        for each in (path, s.URI):
            # One that was closed is not followed: what it says of now would soon be wrong.
            lines = self._c.texts.lines(each) if each in opened else ()
            self._c.board.configuration(each, s.diagnostics(self._c.core.state, lines, self._c.texts))
        if not opened or (text := self.text) == self.shown:
            return
        self.shown = text
        if s.URI in opened and self._asks:
            params = lsp.TextDocumentContentRefreshParams(uri=s.URI)
            self._c.protocol.send_request(lsp.WORKSPACE_TEXT_DOCUMENT_CONTENT_REFRESH, params)
        if path in opened and self._edits and not self._editing:
            self._c.run(self._edit(path))

    async def _edit(self, path: str) -> None:
        self._editing = True
        try:
            edits = s.edits(self._c.texts.lines(path), self.text, self._c.texts)
            if edits:
                edit = lsp.WorkspaceEdit(changes={self._c.folders.uri(path): edits})
                params = lsp.ApplyWorkspaceEditParams(edit=edit, label="ao: sessions")
                await self._c.protocol.send_request_async(lsp.WORKSPACE_APPLY_EDIT, params)
        finally:
            self._editing = False
        if self.text != self.shown:
            self._c.touch()

    async def hover(self, path: str, line: int) -> str | None:
        """What is known of the session on a line."""
        id = self._session(path, line)
        if not id:
            return None
        detail: t.SessionDetail = await self._c.core.call("session", t.SessionParams(session=id), self._c.client)
        return s.hover(self._c.core.state, detail)

    async def places(self, path: str, line: int) -> list[str]:
        """The files about the session on a line: what it changed, its log, its worktree."""
        id = self._session(path, line)
        if not id:
            return []
        session = self._c.core.state.sessions[id]
        answer: t.Diff = await self._c.core.call("diff", t.DiffParams(session=id, documents=False), self._c.client)
        found = [self._c.core.scratch(f"{id}{DIFF_SUFFIX}", answer.text)] if answer.text else []
        found += [log] if (log := self._c.core.log_of(id)) else []
        return found + ([session.path] if session.workspace == "ready" else [])

    def _session(self, path: str, line: int) -> str:
        lines = self.lines(path)
        if lines is None or not 0 <= line < len(lines):
            return ""
        return s.session_in(lines[line], self._c.core.state.sessions)


def markdown(text: str) -> Any:
    """A hover."""
    return lsp.Hover(contents=lsp.MarkupContent(kind=lsp.MarkupKind.Markdown, value=text))
