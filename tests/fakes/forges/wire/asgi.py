"""A double as an ASGI application (https://asgi.readthedocs.io/en/latest/specs/www.html), and for httpx2."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import httpx2

from .message import Answer, Request

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Handler = Callable[[Request], Answer]

#: Seconds that a body is held at most, so that a test that forgets one ends.
LONGEST = 60.0


class Cut(ConnectionError):
    """The connection ends here, for a fault that was asked for."""


class App:
    """Any ASGI server, or httpx2's ``ASGITransport``, can call it."""

    def __init__(self, handle: Handler) -> None:
        self._handle = handle

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        assert scope["type"] == "http", scope["type"]
        answered = self._handle(await read(scope, receive))
        body = answered.body
        if answered.cut == 0:
            raise Cut("before anything was answered")
        headers = {"content-length": str(len(body)), **answered.headers}
        if answered.status in (204, 304):
            del headers["content-length"]
        names = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": answered.status, "headers": names})
        if answered.held is not None:
            await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
            await asyncio.to_thread(answered.held.wait, LONGEST)
            body = body[len(body) // 2 :]
        if answered.cut is not None:
            await send({"type": "http.response.body", "body": body[: answered.cut], "more_body": True})
            raise Cut(f"after {answered.cut} bytes")
        await send({"type": "http.response.body", "body": body})


async def read(scope: Scope, receive: Receive) -> Request:
    """The request of a call."""
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    path = (scope.get("raw_path") or scope["path"].encode()).partition(b"?")[0].decode("latin-1")
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    query = scope["query_string"].decode("latin-1")
    return Request(scope["method"], path, query, headers, body, scope.get("scheme", "http"))


class Transport(httpx2.AsyncBaseTransport):
    """For ``httpx2.AsyncClient(transport=…)``: no socket. A cut connection is a ``ReadError``, as there."""

    def __init__(self, app: App) -> None:
        self._inner = httpx2.ASGITransport(app=app)  # type: ignore[arg-type]

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """One request."""
        try:
            return await self._inner.handle_async_request(request)
        except Cut as cut:
            raise httpx2.ReadError(str(cut), request=request) from cut
