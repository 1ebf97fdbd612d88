"""The server: which vendor's format a path is, the log, and how an answer goes over the wire."""

from __future__ import annotations

import json
import re
import select
import socket
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from . import anthropic, chat, gemini, responses
from .answer import answer
from .script import Asked, Call, Chosen, Failure, ScriptError, choose

Record = dict[str, Any]


#: The end of a path → the module of its format: ``read``, ``whole``, ``events``, ``error``.
ANSWERED: Mapping[str, Any] = {
    "/messages": anthropic,
    "/responses": responses,
    "/chat/completions": chat,
    ":streamGenerateContent": gemini,
    ":generateContent": gemini,
}
COUNTED: Mapping[str, Any] = {"/messages/count_tokens": anthropic, ":countTokens": gemini}
THERE_ARE = ", ".join(f"POST …{end}" for end in (*ANSWERED, *COUNTED)) + ", GET …/models"

#: Headers with a secret; a log has their names only.
KEYS = ("x-api-key", "authorization", "x-goog-api-key", "cookie")

#: Seconds between looks whether a client that is left waiting has gone.
LOOK = 0.2


class Model:
    """A server on 127.0.0.1, running from the beginning to the end of a ``with``; it remembers no request.

    ``log`` is given a record of each request before it is answered, from any thread, one at a time. ``books`` is for
    prompts without a script: pattern → script.
    """

    def __init__(
        self, port: int = 0, log: Callable[[Record], None] = lambda record: None, books: Mapping[str, str] | None = None
    ):
        self.log, self.lock = log, threading.Lock()
        self.books = [(re.compile(pattern), script) for pattern, script in (books or {}).items()]
        self.ending = threading.Event()
        handler = type("Handler", (_Handler,), {"model": self})
        self._http = _Http(("127.0.0.1", port), handler)
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._http.server_address[1]

    @property
    def url(self) -> str:
        """Where it listens; of OpenAI's interfaces the base is ``url + "/v1"``."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Model:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ending.set()
        # It waits for a connection, not for a flag.
        socket.create_connection(self._http.server_address).close()
        self._thread.join()
        self._http.server_close()

    def _serve(self) -> None:
        while not self.ending.is_set():
            self._http.handle_request()


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes is nothing to print."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class _Dropped(Exception):
    """The connection is to end in the middle of an answer."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    model: Model

    def log_message(self, format: str, *args: Any) -> None:
        """Requests are logged as records."""

    def do_HEAD(self) -> None:
        self._log({})
        self._send_whole(200, None)

    def do_GET(self) -> None:
        self._log({})
        if self._path.endswith("/models"):
            one = {"id": "mock-model", "object": "model", "type": "model", "owned_by": "scripted"}
            self._send_whole(200, {"object": "list", "data": [one]})
        elif self._path == "/":
            self._send_whole(200, {"scripted model": THERE_ARE})
        else:
            self._nothing_here()

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        if counter := _format(self._path, COUNTED):
            self._log({})
            self._send_whole(200, counter.counted(len(raw)))
        elif vendor := _format(self._path, ANSWERED):
            try:
                self._answer(vendor, raw)
            except _Dropped:
                self.close_connection = True
        else:
            self._log({})
            self._nothing_here()

    @property
    def _path(self) -> str:
        return self.path.partition("?")[0]

    def _nothing_here(self) -> None:
        self._send_whole(404, {"error": {"message": f"nothing at {self._path}; there are {THERE_ARE}", "code": 404}})

    def _answer(self, vendor: Any, raw: bytes) -> None:
        asked = Asked("", False, "", (), ())
        try:
            asked = vendor.read(json.loads(raw), self._path)
            chosen = choose(asked, self.model.books)
        except ScriptError as error:
            self._refuse(vendor, asked, str(error))
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            self._refuse(vendor, asked, f"not a request of this format: {type(error).__name__}: {error}")
        else:
            self._log(_record(vendor, asked, chosen))
            self._do(vendor, asked, chosen, len(raw))

    def _refuse(self, vendor: Any, asked: Asked, why: str) -> None:
        self._log({**_record(vendor, asked, None), "refused": why})
        self._send_whole(400, vendor.error(Failure(400, why)))

    def _do(self, vendor: Any, asked: Asked, chosen: Chosen, size: int) -> None:
        step = chosen.step
        self._wait(step.sleep)
        if step.hang:
            self._wait(float("inf"))
        if step.failure:
            self._send_whole(step.failure.status, vendor.error(step.failure), step.failure.headers)
            return
        said = answer(asked.model, step, size)
        if asked.stream:
            self._send_events(list(vendor.events(said)), slow=step.slow, drop=step.drop)
        else:
            self._wait(step.slow)
            self._send_whole(200, vendor.whole(said), drop=step.drop)

    def _log(self, more: Mapping[str, Any]) -> None:
        headers = {name.lower(): "…" if name.lower() in KEYS else text for name, text in self.headers.items()}
        record = {"time": time.time(), "method": self.command, "path": self.path, "headers": headers, **more}
        with self.model.lock:
            self.model.log(record)

    def _wait(self, seconds: float) -> None:
        """Say nothing for a while; raises _Dropped where the client does not wait, or the server ends."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if self.model.ending.wait(min(left, LOOK)) or self._has_gone():
                raise _Dropped

    def _has_gone(self) -> bool:
        try:
            readable, _, _ = select.select([self.connection], [], [], 0)
            return bool(readable) and not self.connection.recv(1, socket.MSG_PEEK)
        except OSError:
            return True

    def _send_whole(
        self, status: int, body: Mapping[str, Any] | None, headers: Mapping[str, str] | None = None, drop: bool = False
    ) -> None:
        data = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        for name, text in (headers or {}).items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(data[: len(data) // 2] if drop else data)
        if drop:
            raise _Dropped

    def _send_events(self, events: Sequence[Any], *, slow: float, drop: bool) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        # The last event is never sent where the connection drops: the answer is then known not to be whole.
        for index, (name, data) in enumerate(events[: len(events) // 2] if drop else events):
            if index:
                self._wait(slow)
            text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
            self._send_chunk((f"event: {name}\n" if name else "") + f"data: {text}\n\n")
        if drop:
            raise _Dropped
        self._send_chunk("")

    def _send_chunk(self, text: str) -> None:
        data = text.encode()
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))


def _format(path: str, table: Mapping[str, Any]) -> Any:
    return next((vendor for end, vendor in table.items() if path.endswith(end)), None)


def _record(vendor: Any, asked: Asked, chosen: Chosen | None) -> Record:
    """What is worth knowing of a request: what users said and what tools gave is that since the model's last answer."""
    record: Record = {
        "format": vendor.__name__.rpartition(".")[2],
        "model": asked.model,
        "stream": asked.stream,
        "tools": list(asked.tools),
        "system": asked.system,
        "said": asked.since("user"),
        "got": asked.since("tool"),
    }
    if chosen:
        calls = [_call(call) for call in chosen.step.calls]
        record |= {"step": chosen.index, "text": chosen.step.text, "calls": calls}
    return record


def _call(call: Call) -> dict[str, Any]:
    return {"tool": call.tool, "input": call.input}
