"""Talk to a run in mode `talk`: messages to its standard input, and the lines that it prints, without polling.

Whoever talks may die and another go on: what was sent is known by its keys, and all that was printed is in the log. See
`hold.wire` for the protocol.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from agent_orchestrator.proc import logs, run
from agent_orchestrator.proc.hold import files
from agent_orchestrator.proc.hold.wire import CLOSED
from agent_orchestrator.proc.values import Running

#: A longer line is left out: no message of a protocol is so long.
LINE_MAX = 16 << 20
_END, _MESSAGE = b"e", b"d"
_HELLO_SECONDS = 10.0
# How often a run is looked at to which there is no connection.
_DEAF_POLL = 1.0


class Wire:
    """The connection to one run. `connected` is false when its socket is gone: then it can only be listened to."""

    def __init__(self, run_dir: Path) -> None:
        self._dir = run_dir
        self._writer: asyncio.StreamWriter | None = None
        self._sent: set[str] = set()
        #: The key of what was sent last.
        self._last = ""
        self._bell = asyncio.Event()
        self._hearing: asyncio.Task[None] | None = None
        #: The run has closed its output; all of it is in the log.
        self.closed = False

    @property
    def connected(self) -> bool:
        """Can something be sent?"""
        return self._writer is not None

    async def open(self) -> None:
        """Connect, taking the place of who talked before; learn what was sent so far."""
        found = run.state(self._dir)
        path = found.wire if isinstance(found, Running) else None
        if path is not None:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, TimeoutError):
                reader, writer = await asyncio.open_unix_connection(path)
                async with asyncio.timeout(_HELLO_SECONDS):
                    await self._greet(reader)
                self._writer = writer
                self._hearing = asyncio.create_task(self._hear(reader))
        known = await asyncio.to_thread(_keys, self._dir / files.SENT)
        self._sent, self._last = set(known), known[-1] if known else ""

    @property
    def drafted_at(self) -> float:
        """When a person typed the last key of a text that is not sent yet, as a time of day; 0: there is none.

        A message would be joined with that text.
        """
        return 0.0

    def was_sent(self, key: str) -> bool:
        """Was a message with this key sent, by whomever?"""
        return _name(key) in self._sent

    async def send(self, key: str, data: bytes) -> bool:
        """Send a message once: not again what was sent with this key. Returns whether it is on its way or was sent."""
        name = _name(key)
        if name in self._sent:
            return True
        if self._writer is None:
            return False
        self._sent.add(name)
        self._last = name
        return await self._write(self._kind, name.encode() + b"\n" + data)

    async def end(self) -> None:
        """There is nothing more to say: the run's standard input ends."""
        await self._write(_END, b"")

    async def lines(self) -> AsyncIterator[list[str]]:
        """Everything that the run prints, from its start to its end, in lists of whole lines, as it comes.

        A list is empty when nothing is new at the moment that everything printed so far was given, and when after that
        the run closed its output.
        """
        reader = logs.Reader(self._dir / files.LOG)
        over = asyncio.create_task(run.wait(self._dir))
        rest = bytearray()
        caught_up = closed = False
        try:
            while True:
                # Asked before the look at the log: what was printed before the end is then surely seen.
                ended = over.done()
                new = closed is not self.closed
                closed = self.closed
                self._bell.clear()
                while chunk := await asyncio.to_thread(reader.read):
                    new = True
                    if found := whole_lines(rest, chunk):
                        yield found
                if new or not caught_up:
                    caught_up = True
                    yield []
                if ended:
                    if rest:
                        yield [rest.decode(errors="replace")]
                    return
                if not new:
                    await self._pause(over)
        finally:
            reader.close()
            over.cancel()

    async def close(self) -> None:
        """Let the run go on without us."""
        if self._hearing is not None:
            self._hearing.cancel()
            self._hearing = None
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    _kind = _MESSAGE

    async def _greet(self, reader: asyncio.StreamReader) -> None:
        await reader.readexactly(1)

    async def _write(self, kind: bytes, payload: bytes) -> bool:
        if self._writer is None:
            return False
        try:
            self._writer.write(kind + len(payload).to_bytes(4, "big") + payload)
            await self._writer.drain()
        except OSError:
            self._writer = None
            return False
        return True

    async def _hear(self, reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(OSError):
            while said := await reader.read(4096):
                self.closed = self.closed or CLOSED in said
                self._bell.set()
        self._writer = None
        self._bell.set()

    async def _pause(self, over: asyncio.Task[object]) -> None:
        bell = asyncio.create_task(self._bell.wait())
        try:
            await asyncio.wait(
                {bell, over}, timeout=None if self.connected else _DEAF_POLL, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            bell.cancel()


def was_talked_to(run_dir: Path) -> bool:
    """Is (or was) the run one in mode `talk`?"""
    return (run_dir / files.SENT).exists()


def _name(key: str) -> str:
    """A key as it is written down: in a line, and in UTF-8."""
    return key.replace("\n", " ").encode(errors="replace").decode()


def _keys(path: Path) -> list[str]:
    try:
        return [key for key in path.read_text(errors="replace").split("\n") if key]
    except FileNotFoundError:
        return []


def whole_lines(rest: bytearray, chunk: bytes) -> list[str]:
    """The whole lines of what was left over and a new chunk; what is left over then stays in ``rest``."""
    *whole, last = chunk.split(b"\n")
    if not whole:
        rest += last
        if len(rest) > LINE_MAX:
            # Only its end will be seen, as a line that is no message.
            rest.clear()
        return []
    whole[0] = bytes(rest) + whole[0]
    rest[:] = last
    return [line.decode(errors="replace").rstrip("\r") for line in whole if line.strip()]
