"""Messages from a stream to the protocol: whatever comes, the answer is a message or the end of this connection.

pygls' own loop drops what it can not read, and its client waits for ever.
"""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any, Protocol

from lsprotocol.types import ErrorCodes, ResponseError
from pygls.exceptions import JsonRpcException
from pygls.protocol import LanguageServerProtocol

from agent_orchestrator.protocol import framing

log = logging.getLogger(__name__)


class Reader(Protocol):
    """The part of ``asyncio.StreamReader`` that is used."""

    async def readuntil(self, separator: bytes) -> bytes:
        """Bytes up to and with the separator."""

    async def readexactly(self, n: int) -> bytes:
        """Exactly so many bytes."""


async def read_messages(reader: Reader, protocol: LanguageServerProtocol) -> None:
    """Hand every message to ``protocol`` until the stream ends or holds something that is no message."""
    while True:
        try:
            header = await reader.readuntil(b"\r\n\r\n")
            length = framing.length_of(header)
            body = await reader.readexactly(length)
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        except (asyncio.LimitOverrunError, framing.FramingError) as error:
            answer(protocol, None, ErrorCodes.ParseError, str(error))
            return
        handle(protocol, body)


def handle(protocol: LanguageServerProtocol, body: bytes) -> None:
    """One message; an error is answered where there is somebody to answer."""
    try:
        raw = json.loads(body)
    except (ValueError, RecursionError) as error:
        answer(protocol, None, ErrorCodes.ParseError, f"the message is no JSON: {error}")
        return
    if not isinstance(raw, dict) or raw.get("jsonrpc") != "2.0":
        answer(protocol, None, ErrorCodes.InvalidRequest, "a message must be a JSON-RPC 2.0 object")
        return
    id = _id(raw)
    if id is None and "id" in raw:
        # An answer with such an id is to nothing that was asked.
        if "method" in raw:
            answer(protocol, None, ErrorCodes.InvalidRequest, "a request's `id` must be a string or a whole number")
        return
    try:
        message = protocol.structure_message(raw)
    except JsonRpcException as error:
        if id is not None:
            _refuse(protocol, id, raw, error)
        return
    protocol.handle_message(message)


def answer(protocol: LanguageServerProtocol, id: str | int | None, code: int, sentence: str) -> None:
    """Answer with an error."""
    error = ResponseError(code=int(code), message=sentence)
    protocol._send_response(id, error=error)  # type: ignore[arg-type]  # JSON-RPC: null where the id is not known


def _refuse(protocol: LanguageServerProtocol, id: str | int, raw: dict[str, Any], error: JsonRpcException) -> None:
    """Answer a request that does not fit its type; an answer that does not fit ends the wait for it all the same."""
    if "method" not in raw:
        sentence = "the client's answer does not fit the specification"
        protocol._handle_response(id, None, ResponseError(code=int(ErrorCodes.InvalidParams), message=sentence))
        return
    code = ErrorCodes.InvalidParams if error.code == ErrorCodes.InvalidParams else ErrorCodes.InternalError
    answer(protocol, id, code, f"{str(raw['method'])[:80]}: the parameters do not fit the specification")


def _id(raw: dict[str, Any]) -> str | int | None:
    found = raw.get("id")
    return found if isinstance(found, str) or type(found) is int else None
