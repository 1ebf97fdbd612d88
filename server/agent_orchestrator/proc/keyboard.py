"""Type to a program that has a screen, and hear what its hooks write: the wire of runs in a terminal.

What is seen on the screen without a hook, its title and what it shows while it does not get ready, is appended to the
spool of its hooks, so that a replay sees it where it was.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from agent_orchestrator.model.text import sanitize
from agent_orchestrator.proc import run
from agent_orchestrator.proc.hold import files
from agent_orchestrator.proc.hold.terminal import MESSAGE
from agent_orchestrator.proc.spool import Bell, Spool, append
from agent_orchestrator.proc.values import Running
from agent_orchestrator.proc.wire import Wire, whole_lines

#: Keys of the lines that are written here and not by a hook. ``AFTER`` a title is the key of what was sent last.
TITLE, SCREEN, AFTER = "ao_title", "ao_screen", "ao_after"
#: Seconds that a title has to stand, and that a program without a hook may take until its screen is looked at.
TITLE_STANDS, SCREEN_AFTER = 1.0, 10.0
#: How long a program other than the agent may have the terminal before what is to be typed is given up.
_FOREGROUND_SECONDS = 30.0
_POLL = 0.1
#: Seconds after the last key for which what a person has begun to type is waited for.
DRAFT_SECONDS = 60.0
_CHUNK = 64 << 10
# OSC 0 and 2 set a terminal's title (xterm control sequences); they end with BEL or ST.
_TITLES = re.compile(rb"\x1b\][02];([^\x07\x1b]*)(?:\x07|\x1b\\)")
_MOVES = re.compile(rb"\x1b\[[0-9;]*[A-HJKf]|\r")
#: Bytes of the screen's output that are kept.
_SEEN = 8 << 10


class Keyboard(Wire):
    """The connection to one run in a terminal. ``end`` ends the program, for it has no end of input."""

    def __init__(self, run_dir: Path, spool: Path, end: Callable[[], Awaitable[object]]) -> None:
        super().__init__(run_dir)
        self._path = spool
        self._end_program = end
        self._screen = b""
        self._title = ""
        #: Those of the title and of the look at the screen.
        self._standing: asyncio.TimerHandle | None = None
        self._looking: asyncio.TimerHandle | None = None

    @property
    def drafted_at(self) -> float:
        """When a person typed there last, where that is not sent yet and not long ago."""
        try:
            at = (self._dir / files.DRAFT).stat().st_mtime
        except FileNotFoundError:
            return 0.0
        return at if abs(time.time() - at) < DRAFT_SECONDS else 0.0

    async def end(self) -> None:
        """There is nothing more to type: the program is ended."""
        await self._end_program()

    async def send(self, key: str, data: bytes) -> bool:
        """Type, once, when the agent and nothing that it started has the terminal."""
        if not self.was_sent(key) and not await self._in_front():
            return False
        return await super().send(key, data)

    async def lines(self) -> AsyncIterator[list[str]]:
        """The lines of the spool, from its first one on, until the program has ended."""
        spool, fifo = Spool(self._path), Bell(self._path)
        loop = asyncio.get_running_loop()
        if spool.silent:
            self._looking = loop.call_later(SCREEN_AFTER, self._look, spool)
        over = asyncio.create_task(run.wait(self._dir))
        rest, caught_up = bytearray(), False
        try:
            while True:
                ended = over.done()
                self._bell.clear()
                spool.mend()
                self._hang(fifo)
                new = False
                while chunk := spool.read():
                    new = True
                    if found := whole_lines(rest, chunk):
                        yield found
                if new or not caught_up:
                    caught_up = True
                    yield []
                if ended:
                    return
                if not new:
                    await self._pause(over)
        finally:
            over.cancel()
            for timer in (self._standing, self._looking):
                if timer is not None:
                    timer.cancel()
            spool.close()
            self._take_down(fifo)

    def _hang(self, fifo: Bell) -> None:
        if not fifo.hangs:
            self._take_down(fifo)
            fifo.hang()
            asyncio.get_running_loop().add_reader(fifo.descriptor, self._ring, fifo)

    def _take_down(self, fifo: Bell) -> None:
        if fifo.descriptor >= 0:
            asyncio.get_running_loop().remove_reader(fifo.descriptor)
            fifo.close()

    def _ring(self, fifo: Bell) -> None:
        fifo.clear()
        self._bell.set()

    _kind = MESSAGE

    async def _greet(self, reader: asyncio.StreamReader) -> None:
        # The holder sends no greeting here: what it sends first is what the screen showed.
        return None

    async def _hear(self, reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(_CHUNK):
                self._screen = (self._screen + data)[-_SEEN:]
                for title in _TITLES.findall(data):
                    self._titled(title.decode(errors="replace"))
        self._writer = None

    def _titled(self, title: str) -> None:
        if title == self._title:
            return
        self._title = title
        # What changes its title does something: a look at the spool, should its bell be gone.
        self._bell.set()
        if self._standing is not None:
            # It stands from now on, whenever it was shown before.
            self._standing.cancel()
        self._standing = asyncio.get_running_loop().call_later(TITLE_STANDS, self._note_title, title, self._last)

    def _note_title(self, title: str, after: str) -> None:
        # What was typed meanwhile makes of it the title of a moment ago, that of a question that was answered say.
        if after == self._last:
            self._append({TITLE: sanitize(title), AFTER: after})

    def _look(self, spool: Spool) -> None:
        """Note what the screen shows, when no hook has said anything."""
        if spool.silent:
            text = sanitize(_MOVES.sub(b"\n", self._screen).decode(errors="replace"))
            self._append({SCREEN: "\n".join(line.rstrip() for line in text.splitlines() if line.strip())[-2000:]})

    def _append(self, what: dict[str, str]) -> None:
        append(self._path, json.dumps(what, ensure_ascii=False))
        self._bell.set()

    async def _in_front(self) -> bool:
        """Wait until the agent itself has the terminal: nothing is typed into an editor or a shell that it opened."""
        for _ in range(int(_FOREGROUND_SECONDS / _POLL)):
            found = run.state(self._dir)
            if not isinstance(found, Running):
                return False
            if _foreground(found.child):
                return True
            await asyncio.sleep(_POLL)
        return False


def _foreground(pid: int) -> bool:
    """Is the process's own group the one that has its terminal? Where that can not be known it is taken to be so."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return True
    # Fields after the command's name: state, ppid, pgrp, session, tty_nr, tpgid; see proc(5).
    fields = stat.rpartition(")")[2].split()
    return fields[2] == fields[5]
