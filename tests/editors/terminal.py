"""A program on a real screen of tmux: keys in, text out."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path


class Screen:
    """A tmux server of its own with one window."""

    def __init__(self, socket: Path, argv: Sequence[str], cwd: Path, env: Mapping[str, str]) -> None:
        self._tmux = ("tmux", "-S", str(socket), "-f", "/dev/null")
        self._env = dict(env)
        self._run("new-session", "-d", "-s", "x", "-x", "150", "-y", "40", "-c", str(cwd), "--", *argv)

    def _run(self, *words: str) -> str:
        return subprocess.run([*self._tmux, *words], env=self._env, check=True, capture_output=True, text=True).stdout

    @property
    def text(self) -> str:
        """What is on the screen."""
        return self._run("capture-pane", "-p", "-t", "x")

    def type(self, text: str, *keys: str) -> None:
        """Type a text, and then keys by their names."""
        if text:
            self._run("send-keys", "-t", "x", "-l", text)
        if keys:
            self._run("send-keys", "-t", "x", *keys)

    def until(self, condition: Callable[[str], object], what: str, seconds: float = 60) -> str:
        """Wait until the screen is as it should be; returns it."""
        deadline = time.monotonic() + seconds
        while not condition(text := self.text):
            if time.monotonic() > deadline:
                raise AssertionError(f"no {what} on the screen:\n{text}")
            time.sleep(0.05)
        return text

    def shows(self, *parts: str) -> str:
        """Wait for texts to be on the screen at the same time."""
        return self.until(lambda text: all(part in text for part in parts), " and ".join(map(repr, parts)))

    def close(self) -> None:
        """End the program and its server."""
        subprocess.run([*self._tmux, "kill-server"], env=self._env, check=False, capture_output=True)
