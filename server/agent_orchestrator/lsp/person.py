"""The person at an editor: asked, told, and shown files."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid
from collections.abc import Set as AbstractSet

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer

from agent_orchestrator.lsp.folders import Folders
from agent_orchestrator.lsp.toasts import KEYS

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
        #: What open questions are about, by the ids of their requests.
        self._open: dict[str, str] = {}

    async def ask(self, question: str, answers: list[str], about: str = "") -> str | None:
        """The answer that the person chose; None when there was none. ``about`` are keys to withdraw it by."""
        actions = [lsp.MessageActionItem(title=answer) for answer in answers]
        params = lsp.ShowMessageRequestParams(type=lsp.MessageType.Info, message=question, actions=actions)
        task = asyncio.current_task()
        self.waited_for_by.add(task)
        id = str(uuid.uuid4())
        self._open[id] = about
        future = self._server.protocol.send_request(lsp.WINDOW_SHOW_MESSAGE_REQUEST, params, msg_id=id)
        future.add_done_callback(lambda _: self.waited_for_by.discard(task))
        try:
            said = await asyncio.wrap_future(future)
        except JsonRpcException as error:
            if error.code == lsp.LSPErrorCodes.RequestCancelled:
                return None
            log.info("the client does not answer questions: %s", error)
            self.can_ask = False
            return None
        finally:
            self._open.pop(id, None)
        return said.title if said else None

    def withdraw_but(self, abouts: AbstractSet[str]) -> None:
        """Take back the open questions about something else: somebody answered them in another place."""
        for id in [id for id, about in self._open.items() if about and abouts.isdisjoint(about.split(KEYS))]:
            del self._open[id]
            self._server.protocol.notify(lsp.CANCEL_REQUEST, lsp.CancelParams(id=id))

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
