"""pygls' protocol with its holes mended.

Private names of pygls are used, so its version is pinned. Each override says what it is for;
``tests/lsp/test_hardening.py`` fails when pygls no longer needs it.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
from collections.abc import Callable, Generator
from concurrent.futures import Future
from typing import Any

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol, default_converter, lsp_method
from pygls.protocol.json_rpc import JsonRPCNotification, JsonRPCRequestMessage

from agent_orchestrator.lsp.transport import answer

log = logging.getLogger(__name__)

#: Whole bodies of messages are logged at INFO there, environments and file contents included, and at ERROR what a
#: client sent wrongly, which is answered and no fault. Faults are logged here.
logging.getLogger("pygls").setLevel(logging.CRITICAL)

#: What a command is carried out by: parameters and the request's progress token to its result.
Execute = Callable[[lsp.ExecuteCommandParams], Any]


class Protocol(LanguageServerProtocol):
    """One connection's protocol."""

    #: Carries out ``workspace/executeCommand``; set by the connection.
    execute: Execute
    #: Called when the client says ``exit``.
    on_exit: Callable[[], None]
    #: Adds to the capabilities that pygls makes.
    adjust: Callable[[lsp.ServerCapabilities], None]

    def _execute_handler(self, msg_id: Any, handler: Any, callback: Any, args: Any = None, kwargs: Any = None) -> None:
        # Futures of notifications and of generators' inner steps were kept for ever.
        super()._execute_handler(msg_id, handler, callback, args, kwargs)
        future = self._request_futures.get(msg_id)
        if future is None:
            return
        future.add_done_callback(lambda _: self._request_futures.pop(msg_id, None))

    def _handle_response(self, msg_id: Any, result: Any = None, error: Any = None) -> None:
        # An answer to a question that nobody waits for any more raised InvalidStateError, and a message to the user.
        future = self._request_futures.get(msg_id)
        self._result_types.pop(msg_id, None)
        if future is not None and future.done():
            self._request_futures.pop(msg_id, None)
            return
        if isinstance(future, asyncio.Future):
            # The client answers one of its own requests, whose task takes no result from outside.
            return
        super()._handle_response(msg_id, result, error)

    def structure_message(self, data: dict[str, Any]) -> Any:
        """A message of the specification as its type; any other with its parameters as they came.

        pygls makes named tuples of those, which lose the names that are no identifiers, and refuses to go without.
        """
        method = data.get("method")
        if not isinstance(method, str) or self.get_message_type(method) is not None:
            return super().structure_message(data)
        params = data.get("params")
        if "id" in data:
            return JsonRPCRequestMessage(id=data["id"], method=method, jsonrpc="2.0", params=params)
        return JsonRPCNotification(method=method, jsonrpc="2.0", params=params)

    def tasks(self) -> list[asyncio.Future[Any]]:
        """The requests that run."""
        futures: list[Any] = list(self._request_futures.values())
        return [future for future in futures if isinstance(future, asyncio.Future)]

    def cancel_all(self, *, but: Any = None) -> None:
        """Cancel every request that runs, and every question to the client."""
        # A copy: pygls changes the dictionary while it walks through it.
        for msg_id, future in list(self._request_futures.items()):
            if msg_id != but and not future.done():
                future.cancel()

    def handle_message(self, message: Any) -> None:
        """Hand a message to its handler; what comes before ``initialize`` or after ``shutdown`` is answered too."""
        method, id = getattr(message, "method", None), getattr(message, "id", None)
        if self._workspace is None and method not in (None, lsp.INITIALIZE, lsp.EXIT):
            if id is not None:
                answer(self, id, lsp.ErrorCodes.ServerNotInitialized, "send `initialize` first")
            return
        if method == lsp.INITIALIZE and self._workspace is not None:
            answer(self, id, lsp.ErrorCodes.InvalidRequest, "this connection was initialized already")
            return
        if self._shutdown and method not in (None, lsp.EXIT):
            if id is not None:
                answer(self, id, lsp.ErrorCodes.InvalidRequest, "the connection is shut down; send `exit`")
            return
        super().handle_message(message)

    def _handle_cancel_notification(self, msg_id: Any) -> None:
        # What can not be looked up would end the connection.
        if isinstance(msg_id, int | str):
            super()._handle_cancel_notification(msg_id)

    def _send_handler_result(self, future: Future[Any], *, msg_id: Any) -> None:
        # A refusal is an answer, no fault: nothing is logged and nothing is shown beside it.
        error = None if future.cancelled() else future.exception()
        if isinstance(error, JsonRpcException):
            self._request_futures.pop(msg_id, None)
            self._send_response(msg_id, error=error.to_response_error())
            return
        if error is not None:
            log.error("a request failed", exc_info=error)
        super()._send_handler_result(future, msg_id=msg_id)

    def _check_handler_result(self, future: Future[Any]) -> None:
        # A person can do nothing about a fault in the middle of their work: it is logged, and shown to nobody.
        if not future.cancelled() and (error := future.exception()) is not None:
            log.error("a notification was not handled", exc_info=error)

    def write(self, data: bytes) -> None:
        """Send framed messages."""
        if data and self.writer is not None and not self.writer.is_closing():  # type: ignore[union-attr]
            self.writer.write(data)

    async def drain(self) -> None:
        """Wait for a client that does not read: what it is sent must not pile up."""
        if self.writer is not None and not self.writer.is_closing():  # type: ignore[union-attr]
            with contextlib.suppress(ConnectionError):
                await self.writer.drain()  # type: ignore[union-attr]

    def _send_data(self, data: Any) -> None:
        # A client that went away is no error of ours.
        if self.writer is not None and not self.writer.is_closing():  # type: ignore[union-attr]
            super()._send_data(data)

    @lsp_method(lsp.INITIALIZE)
    def lsp_initialize(self, params: lsp.InitializeParams) -> Generator[Any, Any, lsp.InitializeResult]:
        """Answer ``initialize``."""
        result = yield from super().lsp_initialize(params)
        self.adjust(result.capabilities)
        return result

    @lsp_method(lsp.SHUTDOWN)
    def lsp_shutdown(self, *args: Any) -> Generator[Any, Any, None]:
        """Answer ``shutdown``; what still runs is cancelled."""
        self.cancel_all(but=self.msg_id)
        self._shutdown = True
        return
        yield

    @lsp_method(lsp.EXIT)
    def lsp_exit(self, *args: Any) -> Generator[Any, Any, None]:
        """End the connection, and not the process."""
        self.on_exit()
        return
        yield

    @lsp_method(lsp.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(self, params: lsp.DidOpenTextDocumentParams) -> Generator[Any, Any, None]:
        """Hand on a document; pygls would keep another copy, and fails for URIs that it can not read."""
        yield from self._hand_on(lsp.TEXT_DOCUMENT_DID_OPEN, params)

    @lsp_method(lsp.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(self, params: lsp.DidCloseTextDocumentParams) -> Generator[Any, Any, None]:
        """Hand on that a document was closed."""
        yield from self._hand_on(lsp.TEXT_DOCUMENT_DID_CLOSE, params)

    @lsp_method(lsp.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: lsp.DidChangeTextDocumentParams) -> Generator[Any, Any, None]:
        """Hand on edits."""
        yield from self._hand_on(lsp.TEXT_DOCUMENT_DID_CHANGE, params)

    @lsp_method(lsp.WINDOW_WORK_DONE_PROGRESS_CANCEL)
    def lsp_work_done_progress_cancel(self, params: lsp.WorkDoneProgressCancelParams) -> Generator[Any, Any, None]:
        """Hand on that a person cancelled something; pygls fails for a token that is neither text nor a number."""
        yield from self._hand_on(lsp.WINDOW_WORK_DONE_PROGRESS_CANCEL, params)

    def _hand_on(self, method: str, params: Any) -> Generator[Any, Any, None]:
        if handler := self.fm.features.get(method):
            yield handler, (params,), None

    @lsp_method(lsp.WORKSPACE_EXECUTE_COMMAND)
    async def lsp_workspace__execute_command(self, params: lsp.ExecuteCommandParams) -> Any:  # type: ignore[override]
        """Run a command. As a coroutine of its own, cancelling the request cancels the command."""
        return await self.execute(params)


class Server(LanguageServer):
    """One connection's server."""

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Show nothing to the person: the client was answered, and faults were logged."""
        log.debug("%s: %s", getattr(source, "__name__", source), error)


@functools.cache
def _converter() -> Any:
    """One converter for all connections: it takes longer to learn the specification's types than a request takes."""
    return default_converter()  # type: ignore[no-untyped-call]


def make_server(name: str, version: str) -> Server:
    """A server for one connection."""
    return Server(
        name,
        version,
        text_document_sync_kind=lsp.TextDocumentSyncKind.Incremental,
        protocol_cls=Protocol,
        converter_factory=_converter,
    )
