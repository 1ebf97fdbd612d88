"""JSON-RPC 2.0 on one connection. Whatever the client sends, the answer is a message or the end of this connection."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from attrs import frozen

from agent_orchestrator.daemon.hello import Client
from agent_orchestrator.protocol import framing
from agent_orchestrator.protocol.errors import Refused, describe
from agent_orchestrator.protocol.framing import FramingError
from agent_orchestrator.protocol.methods import METHODS
from agent_orchestrator.protocol.wire import from_wire, to_wire

log = logging.getLogger(__name__)

#: Takes the method's parameters (an attrs value, None where it has none) and who asks; returns the method's result.
#: Is cancelled when the client cancels the request or goes away. Raises Refused to say no with a sentence.
Handler = Callable[[Any, Client], Awaitable[Any]]

#: A request is longer than this, in bytes, only by mistake; it is read to its end and refused.
MAX_REQUEST = 4 * 1024 * 1024
#: Requests of one connection that may wait for their answers at the same time.
MAX_RUNNING = 1000
_MAX_HEADER = 8192
_CHUNK = 64 * 1024


@frozen
class _Error:
    """An error object of JSON-RPC."""

    code: int
    message: str


@frozen
class _Request:
    """A well-formed request. ``id`` None: a notification, which is not answered."""

    id: str | int | None
    method: str
    params: dict[str, Any]


class Conversation:
    """The requests of one connection, each in a task of its own."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        client: Client,
        handlers: Mapping[str, Handler],
    ) -> None:
        """Talk to ``client`` over a stream whose hello is done."""
        self._reader = reader
        self._writer = writer
        self._client = client
        self._handlers = handlers
        #: By the request's id; a notification has none and gets an object of its own.
        self._running: dict[object, asyncio.Task[Any]] = {}
        self._ended = False

    async def run(self) -> None:
        """Serve until the client closes its end or sends bytes that are no message. Leaves no task behind."""
        try:
            while (body := await self._next_body()) is not None:
                self._receive(body)
                await self._writer.drain()
        except FramingError as error:
            self._reply(None, _Error(framing.PARSE_ERROR, str(error)))
        except (ConnectionError, asyncio.IncompleteReadError):
            log.debug("%s went away", self._client.kind)
        finally:
            await self._cancel_all()

    async def settle(self, seconds: float) -> None:
        """Let requests that are nearly done send their answers."""
        if self._running:
            await asyncio.wait(list(self._running.values()), timeout=seconds)

    async def _next_body(self) -> bytes | None:
        """The next message's bytes; empty for one that was too long and is answered; None at the end of the stream."""
        try:
            header = await self._reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return None
        except asyncio.LimitOverrunError:
            raise FramingError("a header without an end") from None
        if len(header) > _MAX_HEADER:
            raise FramingError(f"a header of {len(header)} bytes is not accepted (at most {_MAX_HEADER})")
        length = framing.length_of(header)
        if length <= MAX_REQUEST:
            return await self._reader.readexactly(length)
        await self._skip(length)
        sentence = f"a request of {length} bytes is not accepted (at most {MAX_REQUEST})"
        self._reply(None, _Error(framing.INVALID_REQUEST, sentence))
        return b""

    async def _skip(self, length: int) -> None:
        while length:
            length -= len(await self._reader.readexactly(min(length, _CHUNK)))

    def _receive(self, body: bytes) -> None:
        if not body:
            return
        try:
            message = json.loads(body)
        except (ValueError, RecursionError) as error:
            self._reply(None, _Error(framing.PARSE_ERROR, f"the message is no JSON: {error}"))
            return
        request = _request(message)
        if isinstance(request, _Error):
            self._reply(_usable_id(message), request)
        elif request is not None:
            self._start(request)

    def _start(self, request: _Request) -> None:
        if request.method == "$/cancelRequest":
            self._cancel(request.params.get("id"))
        elif request.id in self._running:
            self._reply(request.id, _Error(framing.INVALID_REQUEST, f"a request {request.id!r} is still running"))
        elif len(self._running) >= MAX_RUNNING:
            self._reply(request.id, _Error(framing.INVALID_REQUEST, f"{MAX_RUNNING} requests are running already"))
        else:
            task = asyncio.create_task(self._outcome(request), name=f"ao-{request.method[:40]}")
            key = object() if request.id is None else request.id
            self._running[key] = task
            task.add_done_callback(lambda task: self._finished(request, key, task))

    def _cancel(self, request_id: Any) -> None:
        if isinstance(request_id, str | int) and (task := self._running.get(request_id)):
            task.cancel()

    def _finished(self, request: _Request, key: object, task: asyncio.Task[Any]) -> None:
        self._running.pop(key, None)
        if request.id is None or self._ended:
            return
        # Also a task that was cancelled before its first step ends up here.
        cancelled = _Error(framing.REQUEST_CANCELLED, f"`{request.method}` was cancelled")
        self._reply(request.id, cancelled if task.cancelled() else task.result())

    async def _outcome(self, request: _Request) -> Any:
        """The result in JSON types, or an _Error."""
        method, handler = METHODS.get(request.method), self._handlers.get(request.method)
        if method is None or handler is None:
            return _Error(framing.METHOD_NOT_FOUND, f"this daemon has no method `{request.method[:80]}`")
        try:
            params = _structure(request.params, method.params)
        except Exception as error:
            return _Error(framing.INVALID_PARAMS, f"{request.method}: {describe(error)}")
        try:
            return to_wire(await handler(params, self._client))
        except Refused as error:
            return _Error(framing.REFUSED, str(error))
        except Exception as error:
            log.exception("%s failed", request.method)
            return _Error(framing.INTERNAL_ERROR, f"{type(error).__name__}: {error}")

    def _reply(self, request_id: str | int | None, answer: Any) -> None:
        if self._writer.is_closing():
            return
        envelope = {"jsonrpc": "2.0", "id": request_id}
        try:
            data = framing.frame({**envelope, **_payload(answer)})
        except (FramingError, TypeError, ValueError, RecursionError) as error:
            log.exception("an answer can not be written")
            broken = _Error(framing.INTERNAL_ERROR, f"the answer can not be sent: {error}")
            data = framing.frame({**envelope, **_payload(broken)})
        self._writer.write(data)

    async def _cancel_all(self) -> None:
        self._ended = True
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _payload(answer: Any) -> dict[str, Any]:
    if isinstance(answer, _Error):
        return {"error": {"code": answer.code, "message": answer.message}}
    return {"result": answer}


def _request(message: Any) -> _Request | _Error | None:
    """A request, what is wrong with it, or None for an answer (we ask nothing, so it means nothing)."""
    if not isinstance(message, dict):
        return _Error(framing.INVALID_REQUEST, "a message must be a JSON object (batches are not accepted)")
    if "method" not in message and ("result" in message or "error" in message):
        return None
    if not isinstance(message.get("method"), str):
        return _Error(framing.INVALID_REQUEST, "a request needs a `method`, a string")
    if "id" in message and _usable_id(message) is None:
        return _Error(framing.INVALID_REQUEST, "a request's `id` must be a string or a whole number")
    params = message.get("params")
    if params is not None and not isinstance(params, dict):
        return _Error(framing.INVALID_PARAMS, "`params` must be an object")
    return _Request(_usable_id(message), message["method"], params or {})


def _usable_id(message: Any) -> str | int | None:
    found = message.get("id") if isinstance(message, dict) else None
    return found if isinstance(found, str) or type(found) is int else None


def _structure(params: dict[str, Any], cls: type | None) -> Any:
    if cls is not None:
        return from_wire(params, cls)
    if params:
        raise ValueError(f"takes no parameters, found `{min(params)[:80]}`")
    return None
