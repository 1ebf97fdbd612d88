"""Requests to a server on this machine, and its stream of events (whatwg.org: server-sent events)."""

from __future__ import annotations

import base64
import http.client
import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

#: Seconds that a request has, each time it is made. The first after a start may hang, so one that may be repeated is.
TRIES = {"GET": (1.0, 1.0, 3.0, 15.0)}
ONCE = (60.0,)
#: A stream on which nothing came for so long, not even a heartbeat, is broken.
SILENCE_SECONDS = 45.0
#: A longer line or answer is none.
MOST = 15 << 20
_WORDS = 2000


class RefusedError(OSError):
    """The server does not have what it is asked for, or not for us."""


class Client:
    """A server on a port of this machine that wants a password."""

    def __init__(self, port: int, user: str, password: str) -> None:
        self._port = port
        login = base64.b64encode(f"{user}:{password}".encode()).decode()
        self._headers = {"Authorization": f"Basic {login}", "Content-Type": "application/json"}

    def call(self, method: str, path: str, body: object, seconds: float) -> tuple[int, object]:
        """The status and the body of an answer, parsed where it is JSON. Raises OSError or HTTPException."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=seconds)
        try:
            connection.request(method, path, None if body is None else json.dumps(body), self._headers)
            response = connection.getresponse()
            data = response.read(MOST + 1)
        finally:
            connection.close()
        if len(data) > MOST:
            raise OSError("the answer is too long")
        if response.length:
            raise OSError("the answer was cut")
        return response.status, _parsed(data)

    def events(self, path: str, seconds: float) -> Iterator[str | None]:
        """The data of each event; None once the stream is open, for which it has ``seconds``.

        Ends with the stream. Raises OSError or HTTPException when that breaks or can not be opened, RefusedError when
        the server has none for us.
        """
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=seconds)
        try:
            connection.request("GET", path, headers={**self._headers, "Accept": "text/event-stream"})
            sock = connection.sock
            response = connection.getresponse()
            if response.status != 200:
                problem = RefusedError if response.status < 500 else OSError
                raise problem(f"GET {path}: status {response.status}")
            sock.settimeout(SILENCE_SECONDS)
            yield None
            yield from _data(response)
        finally:
            connection.close()


def answer(client: Client, line: bytes) -> dict[str, object]:
    """What is said to a request that is a line."""
    id: object = None
    try:
        wanted = json.loads(line)
        id = wanted["id"]
        method, path, body = wanted["method"], wanted["path"], wanted.get("body")
        tries = TRIES.get(method, ONCE)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as problem:
        return {"id": id, "status": 0, "error": f"not a request: {type(problem).__name__}: {problem}"[:_WORDS]}
    for number, seconds in enumerate(tries, 1):
        try:
            status, said = client.call(method, path, body, seconds)
            return {"id": id, "status": status, "body": said}
        except (OSError, ValueError, http.client.HTTPException) as problem:
            if number == len(tries):
                return {"id": id, "status": 0, "error": f"{method} {path}: {_why(problem)}"[:_WORDS]}
    raise AssertionError("no tries")


def _why(problem: Exception) -> str:
    return str(problem) or type(problem).__name__


def _parsed(data: bytes) -> object:
    try:
        return json.loads(data) if data else None
    except (ValueError, RecursionError):
        return data.decode(errors="replace")[:_WORDS]


def _data(response: http.client.HTTPResponse) -> Iterator[str]:
    lines: list[bytes] = []
    size = 0
    while raw := response.readline(MOST):
        line = raw.rstrip(b"\r\n")
        size += len(line)
        if line.startswith(b"data:") and size <= MOST:
            lines.append(line[5:].removeprefix(b" "))
        elif not line:
            if lines and size <= MOST:
                yield b"\n".join(lines).decode(errors="replace")
            lines, size = [], 0
