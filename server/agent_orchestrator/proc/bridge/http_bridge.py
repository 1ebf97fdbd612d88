"""A bridge to an agent that is an HTTP server with server-sent events: requests are lines of its standard input.

A line in is a request, ``{"id", "method", "path", "body"}``. One is made after another, once the events are heard.
Lines out, as they come:

* ``{"id", "status", "body"}``: the answer to a request; status 0, and why as ``error``, where there was none;
* ``{"event", "at"}``: an event of the server, and when it came, in seconds since 1970;
* ``{"stream": "open" | "broken", "number", "why"}``: what comes from here on are the events of another connection; what
  happened between two of them nobody tells;
* ``{"guests"}``: so many have joined it;
* ``{"failed"}``: the server can not be talked to, in a sentence; the end follows.

The server gets a port and a password of its own, which who joins is told at the ``door``. The end of the standard input
ends the server.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import re
import select
import sys
import threading
import time

from agent_orchestrator.proc.bridge.child import Child
from agent_orchestrator.proc.bridge.http_door import Door
from agent_orchestrator.proc.hold.child import NOT_EXECUTED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from agent_orchestrator.proc.bridge.http_client import Client

#: Seconds that the server has until it listens.
LISTEN_SECONDS = 60.0
#: Seconds for what was asked before the end of the standard input, and for the last events.
REST_SECONDS = 2.0
USER = "opencode"
_LISTENING = re.compile(rb"listening on http://[^\s/]*?:(\d+)\s")
#: Exit codes of a server that was told to end.
_TOLD_TO_END = (0, 128 + 15)
_CHUNK = 64 << 10


def bridge(door: str, wanted: AbstractSet[str], argv: list[str]) -> int:
    """Run the server ``argv`` to its end; return its exit code, 0 where it was told to end.

    ``wanted`` are the types of events that are carried. ``door``: the path of a socket; empty: nobody can join it.
    """
    password = os.urandom(24).hex()
    reading, writing = os.pipe()
    login = {"OPENCODE_SERVER_USERNAME": USER, "OPENCODE_SERVER_PASSWORD": password}
    try:
        child = Child(argv, stdout=writing, env=login)
    except OSError as problem:
        Lines().say({"failed": str(problem)})
        return NOT_EXECUTED
    os.close(writing)
    return _Bridge(door, wanted, argv[0], child, reading, password).run()


class Lines:
    """The standard output: whole lines, from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def say(self, message: dict[str, object]) -> None:
        """Print a message."""
        # In ASCII a line is the same in any encoding, and no character of a text ends it.
        data = json.dumps(message).encode() + b"\n"
        # Nobody reads it any more: then the standard input ends as well.
        with self._lock, contextlib.suppress(OSError):
            while data:
                data = data[os.write(1, data) :]


class _Bridge:
    def __init__(
        self, door: str, wanted: AbstractSet[str], name: str, child: Child, reading: int, password: str
    ) -> None:
        self._path, self._wanted, self._name, self._password = door, wanted, name, password
        self._child, self._reading = child, reading
        self._lines = Lines()
        self._printed = b""
        self._rest = b""
        self._inbox: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._over = threading.Event()
        self._threads: list[threading.Thread] = []
        self._door: Door | None = None
        self._guests = 0
        self._told_to_end = False

    def run(self) -> int:
        """Carry until the server or the input ends; return its exit code."""
        deadline = time.monotonic() + LISTEN_SECONDS
        try:
            while not self._child.stopped and not self._told_to_end:
                if self._child.look():
                    return self._ended(self._child.code or 0)
                rest = deadline - time.monotonic()
                if not self._threads and rest <= 0:
                    self._lines.say({"failed": f"{self._name} did not listen within {LISTEN_SECONDS:.0f} s"})
                    self._child.end()
                    return 1
                self._wait(None if self._threads else rest)
            return self._end()
        finally:
            if self._door is not None:
                self._door.close()

    def _wait(self, seconds: float | None) -> None:
        """Do what there is to do next."""
        poll = select.poll()
        for descriptor in (0, self._child.wake, self._reading):
            if descriptor >= 0:
                poll.register(descriptor, select.POLLIN)
        for descriptor, mask in self._door.interests() if self._door is not None else ():
            poll.register(descriptor, mask)
        for descriptor, _ in poll.poll(None if seconds is None else int(seconds * 1000) + 1):
            if descriptor == self._reading:
                self._hear()
            elif descriptor == 0:
                self._read()
            elif descriptor != self._child.wake and self._door is not None:
                self._door.ready(descriptor)
        if self._door is not None and self._door.guests != self._guests:
            self._guests = self._door.guests
            self._lines.say({"guests": self._guests})

    def _hear(self) -> None:
        """What the server prints is for people, but for where it listens."""
        data = os.read(self._reading, _CHUNK)
        if not data:
            os.close(self._reading)
            self._reading = -1
        with contextlib.suppress(OSError):
            os.write(2, data)
        if not self._threads:
            self._printed = (self._printed + data)[-_CHUNK:]
            if found := _LISTENING.search(self._printed):
                self._listens(int(found[1]))

    def _listens(self, port: int) -> None:
        # Costs a twentieth of a second, which the server's start need not wait for.
        from agent_orchestrator.proc.bridge.http_client import Client
        from agent_orchestrator.proc.bridge.http_events import listen

        client = Client(port, USER, self._password)
        opened = threading.Event()
        for work in (
            lambda: listen(client, self._wanted, self._lines.say, opened, self._over),
            lambda: self._ask(client, opened),
        ):
            self._threads.append(threading.Thread(target=work, daemon=True))
            self._threads[-1].start()
        if self._path:
            told = {"url": f"http://127.0.0.1:{port}", "user": USER, "password": self._password}
            try:
                self._door = Door(self._path, told)
            except OSError as problem:
                print(f"ao: nobody can join: {self._path}: {problem}", file=sys.stderr)

    def _read(self) -> None:
        data = os.read(0, _CHUNK)
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._inbox.put(line)
        if not data:
            self._told_to_end = True

    def _ask(self, client: Client, opened: threading.Event) -> None:
        from agent_orchestrator.proc.bridge.http_client import answer

        opened.wait()
        while (line := self._inbox.get()) is not None:
            self._lines.say(answer(client, line))

    def _ended(self, code: int) -> int:
        """The server has ended by itself: give what it said before."""
        if not self._threads:
            self._lines.say({"failed": f"{self._name} ended with {code} before it listened"})
        self._join()
        return code

    def _end(self) -> int:
        if self._threads and self._told_to_end:
            # What was asked before, as to end what it does.
            self._inbox.put(None)
            self._threads[1].join(REST_SECONDS)
        # That its events end now is nothing to tell.
        self._over.set()
        code = self._child.end()
        self._join()
        return 0 if self._told_to_end and code in _TOLD_TO_END else code

    def _join(self) -> None:
        self._over.set()
        self._inbox.put(None)
        for thread in self._threads:
            thread.join(REST_SECONDS)
