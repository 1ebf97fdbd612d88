"""Type to a program that has a screen, and hear what its hooks write: the wire of runs in a terminal.

The program's hooks append a line to a spool file and write a byte to a FIFO beside it, which this process holds open
for reading and writing: a hook never waits for anybody, and what it says while nobody listens stays in the spool. What
is seen on the screen without a hook, its title and what it shows while it does not get ready, is appended to the same
spool, so that a replay sees it where it was.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from io import FileIO
from pathlib import Path

from agent_orchestrator.model.text import sanitize
from agent_orchestrator.proc import run
from agent_orchestrator.proc.hold import files
from agent_orchestrator.proc.hold.terminal import MESSAGE
from agent_orchestrator.proc.values import Running
from agent_orchestrator.proc.wire import Wire, whole_lines

BELL = "bell"
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
        self._spool = spool
        self._end_program = end
        self._bell_fd = -1
        self._screen = b""
        self._title = ""
        self._timers: list[asyncio.TimerHandle] = []

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
        make_bell(self._spool)
        loop = asyncio.get_running_loop()
        if self._spool.stat().st_size == 0:
            self._timers.append(loop.call_later(SCREEN_AFTER, self._look))
        over = asyncio.create_task(run.wait(self._dir))
        rest, caught_up = bytearray(), False
        spool = self._spool.open("rb", buffering=0)
        try:
            while True:
                ended = over.done()
                self._bell.clear()
                spool = self._mend(spool)
                new = False
                while chunk := spool.read(_CHUNK):
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
            spool.close()
            self._close_bell()
            for timer in self._timers:
                timer.cancel()

    def _mend(self, spool: FileIO) -> FileIO:
        """Make the spool and its bell again where somebody has deleted them; returns the spool to read on from."""
        if not _is(spool.fileno(), self._spool):
            spool = remade(spool, self._spool)
        bell = self._spool.with_name(BELL)
        if self._bell_fd < 0 or not _is(self._bell_fd, bell):
            self._close_bell()
            make_bell(self._spool)
            self._bell_fd = os.open(bell, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
            asyncio.get_running_loop().add_reader(self._bell_fd, self._ring)
        return spool

    def _close_bell(self) -> None:
        if self._bell_fd >= 0:
            asyncio.get_running_loop().remove_reader(self._bell_fd)
            os.close(self._bell_fd)
            self._bell_fd = -1

    _kind = MESSAGE

    async def _greet(self, reader: asyncio.StreamReader) -> None:
        # The holder sends no greeting here: what it sends first is what the screen showed.
        return None

    async def _hear(self, reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(_CHUNK):
                self._screen = (self._screen + data)[-_SEEN:]
                if titles := _TITLES.findall(data):
                    self._titled(titles[-1].decode(errors="replace"))
        self._writer = None

    def _titled(self, title: str) -> None:
        if title == self._title:
            return
        self._title = title
        # What changes its title does something: a look at the spool, should its bell be gone.
        self._bell.set()
        loop = asyncio.get_running_loop()
        self._timers.append(loop.call_later(TITLE_STANDS, self._note_title, title, self._last))

    def _note_title(self, title: str, after: str) -> None:
        # What was typed meanwhile makes of it the title of a moment ago, that of a question that was answered say.
        if title == self._title and after == self._last:
            self._append({TITLE: sanitize(title), AFTER: after})

    def _look(self) -> None:
        """Note what the screen shows, when no hook has said anything."""
        if self._spool.stat().st_size == 0:
            text = sanitize(_MOVES.sub(b"\n", self._screen).decode(errors="replace"))
            self._append({SCREEN: "\n".join(line.rstrip() for line in text.splitlines() if line.strip())[-2000:]})

    def _append(self, what: dict[str, str]) -> None:
        with self._spool.open("a", encoding="utf-8") as spool:
            spool.write(json.dumps(what, ensure_ascii=False) + "\n")
        self._bell.set()

    def _ring(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while os.read(self._bell_fd, 4096):
                continue
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


def make_bell(spool: Path) -> None:
    """Make the spool and its FIFO, where they are not there (or no longer)."""
    spool.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    spool.touch(mode=0o600)
    with contextlib.suppress(FileExistsError):
        os.mkfifo(spool.with_name(BELL), 0o600)


def remade(spool: FileIO, path: Path) -> FileIO:
    """A spool that was deleted, at its place again with all that it held, open where the old one was read to.

    Hooks that ran meanwhile have written to a new file there, which is taken over. Invariant: a spool only grows, for
    what was observed is known by how much came before it.
    """
    at = spool.tell()
    spool.seek(0)
    temporary = path.with_suffix(".tmp")
    with path.open("a+b") as new, temporary.open("wb") as whole:
        temporary.chmod(0o600)
        shutil.copyfileobj(spool, whole)
        new.seek(0)
        shutil.copyfileobj(new, whole)
        whole.flush()
        temporary.replace(path)
        # What a hook wrote to the new file up to now.
        with path.open("ab") as last:
            shutil.copyfileobj(new, last)
    spool.close()
    found = path.open("rb", buffering=0)
    found.seek(at)
    return found


def _is(descriptor: int, path: Path) -> bool:
    """Is this what lies at the path?"""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def hook_command(spool: Path) -> str:
    """The shell command of a hook: append what is on standard input, and ring. Two processes, 2 ms, never waits."""
    # `1<>` opens a FIFO that nobody reads without waiting for a reader.
    place = str(spool).replace("'", "'\\''")
    bell = str(spool.with_name(BELL)).replace("'", "'\\''")
    return f"{{ cat; echo; }} >>'{place}'; [ -p '{bell}' ] && printf . 1<>'{bell}' || :"


def _foreground(pid: int) -> bool:
    """Is the process's own group the one that has its terminal? Where that can not be known it is taken to be so."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return True
    # Fields after the command's name: state, ppid, pgrp, session, tty_nr, tpgid; see proc(5).
    fields = stat.rpartition(")")[2].split()
    return fields[2] == fields[5]
