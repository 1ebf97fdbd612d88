"""An editor of pytest-lsp that keeps account of what the server sends.

State (diagnostics, progress, ``ao/changed``) may come at any time, but never twice the same and never malformed; every
other message is for the person at the editor, and a test has to take it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Union

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException
from pygls.protocol import default_converter
from pytest_lsp import LanguageClient, LanguageClientProtocol
from pytest_lsp.client import register_lsp_features

PATIENCE = 60.0
#: Asks a client to ask again for what it shows.
REFRESHES = ("workspace/diagnostic/refresh", "workspace/codeLens/refresh", "workspace/inlayHint/refresh")
STATE = (
    lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS,
    lsp.WINDOW_WORK_DONE_PROGRESS_CREATE,
    lsp.PROGRESS,
    "ao/changed",
    *REFRESHES,
)

#: Chooses one of the actions that the person is offered.
Choose = Callable[[lsp.ShowMessageRequestParams], lsp.MessageActionItem | None]


def _converter() -> Any:
    """lsprotocol's converter; that takes a code action with a command for a command."""
    made = default_converter()

    def action_or_command(value: Any, _: Any) -> Any:
        is_command = isinstance(value.get("command"), str)
        return made.structure(value, lsp.Command if is_command else lsp.CodeAction)

    made.register_structure_hook(Union[lsp.Command, lsp.CodeAction], action_or_command)  # noqa: UP007 - its own spelling
    return made


class _Protocol(LanguageClientProtocol):
    """Hands every message of the server to the account before anything is done about it."""

    _server: Editor

    def _handle_request(self, msg_id: Any, method_name: str, params: Any) -> None:
        self._server.received(method_name, params)
        super()._handle_request(msg_id, method_name, params)
        self._server.news.set()

    def _handle_notification(self, method_name: str, params: Any) -> None:
        self._server.received(method_name, params)
        super()._handle_notification(method_name, params)
        self._server.news.set()


class Editor(LanguageClient):
    """One editor on a folder."""

    def __init__(self, root: Path) -> None:
        super().__init__(protocol_cls=_Protocol, converter_factory=_converter)
        self.root = root
        self.news = asyncio.Event()
        #: Messages that no test has taken.
        self.inbox: list[tuple[str, Any]] = []
        #: What the server did wrong.
        self.faults: list[str] = []
        self.changed: list[Any] = []
        self.choose: Choose = lambda asked: None
        self.server_capabilities = lsp.ServerCapabilities()
        register_lsp_features(self)
        self.feature(lsp.WINDOW_SHOW_MESSAGE_REQUEST)(lambda params: self.choose(params))
        self.feature("ao/changed")(lambda params: self.changed.append(params))
        for method in REFRESHES[1:]:
            self.feature(method)(lambda params: None)

    # What comes

    def received(self, method: str, params: Any) -> None:
        """Keep account of a message."""
        if method == lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS and list(self.diagnostics.get(params.uri, ())) == list(
            params.diagnostics
        ):
            self.faults.append(f"{params.uri}: published the same again, or nothing for what was never shown")
        if method not in STATE:
            self.inbox.append((method, params))

    def report_server_error(self, error: Exception, source: Any) -> None:
        """What pygls can not read, or pytest-lsp finds against the specification or our capabilities."""
        self.faults.append(f"{source.__name__}: {error!r}")

    def account(self) -> list[Any]:
        """What is to be said against the server: faults, messages that nobody took, work that was shown wrongly."""
        kinds = {token: [type(v).__name__ for v in values] for token, values in self.progress_reports.items() if values}
        progress = [
            f"{token}: {shown}"
            for token, shown in kinds.items()
            if shown[0] != "WorkDoneProgressBegin" or "WorkDoneProgressBegin" in shown[1:]
            or "WorkDoneProgressEnd" in shown[:-1]
        ]  # fmt: skip
        revisions = [change.revision for change in self.changed]
        order = [] if revisions == sorted(revisions) else [f"ao/changed went back: {revisions}"]
        return [*self.faults, *self.inbox, *progress, *order]

    async def until(self, condition: Callable[[], Any]) -> Any:
        """What ``condition`` gives as soon as that is true after some message."""
        async with asyncio.timeout(PATIENCE):
            while not (found := condition()):
                self.news.clear()
                await self.news.wait()
        return found

    async def take(self, method: str) -> Any:
        """The parameters of the oldest message of that method, which are accounted for now."""
        entry = await self.until(lambda: next((entry for entry in self.inbox if entry[0] == method), None))
        self.inbox.remove(entry)
        return entry[1]

    # What is done

    async def begin(self, capabilities: lsp.ClientCapabilities, **more: Any) -> lsp.ServerCapabilities:
        """Initialize with the root as the one folder; what the server can do."""
        folder = lsp.WorkspaceFolder(uri=self.root.as_uri(), name=self.root.name)
        params = lsp.InitializeParams(
            capabilities=capabilities, root_uri=self.root.as_uri(), workspace_folders=[folder], **more
        )
        self.server_capabilities = (await self.initialize_session(params)).capabilities
        return self.server_capabilities

    async def end(self) -> int:
        """Shut down and exit; the exit code of the process that the editor had started."""
        assert self._server is not None
        async with asyncio.timeout(PATIENCE):
            await self.shutdown_session()
            await self.stop()
        return self._server.returncode or 0

    async def hang_up(self) -> int:
        """Go away without a word; the exit code."""
        assert self._server is not None
        assert self._server.stdin is not None
        self._server.stdin.close()
        async with asyncio.timeout(PATIENCE):
            await self.stop()
        return self._server.returncode or 0

    def uri(self, name: str) -> str:
        """The URI of a file below the root."""
        return (self.root / name).as_uri()

    def open(self, name: str) -> None:
        """Open a document."""
        item = lsp.TextDocumentItem(self.uri(name), "python", 1, (self.root / name).read_text())
        self.text_document_did_open(lsp.DidOpenTextDocumentParams(item))

    async def command(self, command: str, token: str | None = None, **params: Any) -> Any:
        """A command with one object of parameters; its progress goes to ``token``."""
        if token is not None:
            self.progress_reports[token] = []
        given = lsp.ExecuteCommandParams(command=command, arguments=[params], work_done_token=token)
        return await self.workspace_execute_command_async(given)

    async def refusal(self, command: str, arguments: Any) -> tuple[int, str]:
        """(code, sentence) with which a command is refused."""
        try:
            answer = await self.workspace_execute_command_async(
                lsp.ExecuteCommandParams(command=command, arguments=arguments)
            )
        except JsonRpcException as error:
            return error.code, str(error.message)
        raise AssertionError(f"{command} was answered with {answer}")

    async def idle(self) -> int:
        """Wait until nothing is under way and everything was sent; the revision then."""
        return int((await self.protocol.send_request_async("ao/idle", None)).revision)

    async def session_at_work(self) -> dict[str, Any]:
        """The one session, as soon as its agent has a worktree to work in."""
        async with asyncio.timeout(PATIENCE):
            while not (rows := (await self.command("ao.sessions"))["sessions"]) or rows[0]["detail"] != "working":
                self.news.clear()
                await self.news.wait()
        (row,) = rows
        return dict(row)

    async def shown(self, name: str) -> list[lsp.Diagnostic]:
        """The diagnostics of a file as this editor comes by them: pushed, or pulled where the server says so."""
        if self.server_capabilities.diagnostic_provider is None:
            return list(self.diagnostics.get(self.uri(name), ()))
        document = lsp.TextDocumentIdentifier(self.uri(name))
        report = await self.text_document_diagnostic_async(lsp.DocumentDiagnosticParams(document))
        return list(report.items)

    async def until_shown(self, name: str, condition: Callable[[list[lsp.Diagnostic]], Any]) -> list[lsp.Diagnostic]:
        """The diagnostics of a file as soon as ``condition`` is true of them."""
        async with asyncio.timeout(PATIENCE):
            while not condition(found := await self.shown(name)):
                self.news.clear()
                await self.news.wait()
        return found

    async def actions(self, name: str, diagnostic: lsp.Diagnostic) -> Mapping[str, lsp.CodeAction]:
        """The code actions on a diagnostic, by title."""
        params = lsp.CodeActionParams(
            lsp.TextDocumentIdentifier(self.uri(name)), diagnostic.range, lsp.CodeActionContext([diagnostic])
        )
        found = await self.text_document_code_action_async(params)
        return {action.title: action for action in found or () if isinstance(action, lsp.CodeAction)}
