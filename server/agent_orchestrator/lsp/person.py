"""The person at an editor: asked, told, and shown files."""

from __future__ import annotations

import asyncio
import contextlib
import logging

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer

from agent_orchestrator.lsp.folders import Folders

log = logging.getLogger(__name__)


class Person:
    """What goes to a person through one editor."""

    def __init__(self, server: LanguageServer, folders: Folders) -> None:
        self._server = server
        self._folders = folders
        #: ``window/showMessageRequest`` needs no capability; a client that refuses it is not asked again.
        self.can_ask = True
        #: Can files be opened in the editor?
        self.can_show = False
        #: The tasks that wait for an answer.
        self.waited_for_by: set[asyncio.Task[object] | None] = set()

    async def ask(self, question: str, answers: list[str]) -> str | None:
        """The answer that the person chose; None when there was none."""
        actions = [lsp.MessageActionItem(title=answer) for answer in answers]
        params = lsp.ShowMessageRequestParams(type=lsp.MessageType.Info, message=question, actions=actions)
        task = asyncio.current_task()
        self.waited_for_by.add(task)
        future = self._server.window_show_message_request(params)
        future.add_done_callback(lambda _: self.waited_for_by.discard(task))
        try:
            said = await asyncio.wrap_future(future)
        except JsonRpcException as error:
            log.info("the client does not answer questions: %s", error)
            self.can_ask = False
            return None
        return said.title if said else None

    def tell(self, text: str, kind: lsp.MessageType = lsp.MessageType.Info) -> None:
        """Show a message: only as the answer to something that the person did, or for what they must act on."""
        self._server.window_show_message(lsp.ShowMessageParams(type=kind, message=text))

    async def show(self, path: str) -> None:
        """Open a file in the editor, or say where it is."""
        if self.can_show:
            params = lsp.ShowDocumentParams(uri=self._folders.uri(path), take_focus=True)
            with contextlib.suppress(JsonRpcException):
                if (await self._server.window_show_document_async(params)).success:
                    return
        self.tell(path)
