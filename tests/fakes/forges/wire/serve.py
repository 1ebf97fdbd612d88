"""A double on a unix socket or a loopback port: a small HTTP/1.1 server (RFC 9112) around its ASGI application.

It is small so that a test can have every byte of it: a cut connection, an absolute request target, a held body.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import MutableMapping
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from .asgi import App, Cut


class Serving:
    """``with Serving(app, port=0) as serving:`` serves from a thread of its own until the end of the block."""

    def __init__(self, app: App, *, path: Path | None = None, port: int = 0) -> None:
        family = socket.AF_INET if path is None else socket.AF_UNIX
        self._app = app
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        if path is None:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", port) if path is None else str(path))
        self._path = path
        self.port: int = self._socket.getsockname()[1] if path is None else 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="forge", daemon=True)
        self._started = threading.Event()

    @property
    def url(self) -> str:
        """The address of a port."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Serving:
        self._thread.start()
        self._started.wait(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._ending.set)
        self._thread.join(10)
        if self._path is not None:
            self._path.unlink(missing_ok=True)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._main())
        finally:
            self._loop.close()

    async def _main(self) -> None:
        self._ending = asyncio.Event()
        self._open: set[asyncio.Task[Any]] = set()
        start = asyncio.start_server if self._path is None else asyncio.start_unix_server
        server = await start(self._connected, sock=self._socket)
        self._started.set()
        await self._ending.wait()
        server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            while await self._one(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            writer.transport.abort()
        finally:
            self._open.discard(task)
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request; whether another may come."""
        first = (await reader.readline()).decode("latin-1").split()
        if len(first) != 3:
            return False
        method, target, _ = first
        headers = await _headers(reader)
        body = await _body(reader, headers)
        # A client of a proxy sends the whole address.
        split = urlsplit(target) if target.startswith("http") else None
        path, _, query = (f"{split.path}?{split.query}" if split else target).partition("?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers.items()],
        }

        async def receive() -> MutableMapping[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                status = message["status"]
                lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
                lines += [f"{name.decode()}: {value.decode('latin-1')}" for name, value in message["headers"]]
                writer.write("\r\n".join([*lines, "", ""]).encode("latin-1"))
            elif method != "HEAD":
                writer.write(message["body"])
            await writer.drain()

        try:
            await self._app(scope, receive, send)
        except Cut:
            writer.transport.abort()
            return False
        return headers.get("connection", "").lower() != "close"


async def _headers(reader: asyncio.StreamReader) -> dict[str, str]:
    found = {}
    while line := (await reader.readline()).decode("latin-1").strip():
        name, _, value = line.partition(":")
        found[name.lower()] = value.strip()
    return found


async def _body(reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
    if headers.get("transfer-encoding", "").lower() != "chunked":
        return await reader.readexactly(int(headers.get("content-length", 0)))
    body = b""
    while size := int((await reader.readline()).split(b";")[0], 16):
        body += await reader.readexactly(size)
        await reader.readline()
    await _headers(reader)
    return body
