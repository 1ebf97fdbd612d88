"""A person at a terminal of their own: a tmux server with one pane, read and typed into."""

from __future__ import annotations

import asyncio
import os
import shlex
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

PATIENCE = 60.0
COLUMNS, LINES = 120, 40


class Person:
    """One terminal; ``socket`` is that of its tmux server, a short path. ``close`` ends it with all that runs there."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket

    def run(self, argv: Sequence[str], env: Mapping[str, str], cwd: Path) -> None:
        """Run a command in a new terminal, with nothing but this environment."""
        variables = [f"{name}={value}" for name, value in {**env, "TERM": "screen-256color"}.items()]
        # The shell stays, so that what the command said last can be read.
        command = f"{shlex.join(['env', '-i', *variables, *argv])}; echo; echo ended with $?; exec cat"
        size = ("-x", str(COLUMNS), "-y", str(LINES))
        self._tmux("-f", "/dev/null", "new-session", "-d", "-s", "one", "-c", str(cwd), *size, command)

    def screen(self) -> str:
        """What is shown now."""
        return self._tmux("capture-pane", "-p", "-t", "one")

    async def sees(self, text: str) -> str:
        """The screen, once this text is on it."""
        return await self.waits(lambda screen: text in screen, f"{text!r} is not shown")

    async def sees_no(self, text: str) -> str:
        """The screen, once this text is gone."""
        return await self.waits(lambda screen: text not in screen, f"{text!r} is still shown")

    async def waits(self, condition: Callable[[str], bool], trouble: str) -> str:
        """The screen, once this is true of it."""
        deadline = time.monotonic() + PATIENCE
        while not condition(screen := self.screen()):
            assert time.monotonic() < deadline, f"{trouble}:\n{screen}"
            await asyncio.sleep(0.05)
        return screen

    def key(self, *names: str) -> None:
        """Press keys, by the names that tmux has for them."""
        self._tmux("send-keys", "-t", "one", *names)

    async def types(self, text: str) -> None:
        """Type a line and send it, once it is there."""
        self._tmux("send-keys", "-t", "one", "-l", text)
        # A long one is wrapped: its beginning is enough to know it by.
        await self.sees(text[:40])
        self.key("Enter")

    def close(self) -> None:
        """Close the terminal."""
        subprocess.run(["tmux", "-S", str(self._socket), "kill-server"], capture_output=True, check=False)

    def _tmux(self, *words: str) -> str:
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TERM": "screen-256color"}
        command = ["tmux", "-u", "-S", str(self._socket), *words]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=PATIENCE)
        assert done.returncode == 0, done.stderr
        return done.stdout
