"""The program ``talker.py`` with more that can go wrong: ``python -S troubled.py``.

Steps beside the talker's: ``flood megabytes`` (prints so much, binary and in long lines) · ``chatter megabytes``
(tells so much of what it works on) · ``shut`` (closes its output
and stays) · ``deafen`` (reads no more of its input) · ``stubborn`` (does not end when it is asked to) · ``fork path``
(leaves a process behind that has nothing to do with it any more, and writes its number).

It is ready when the file exists that ``TALKER_READY_WHEN`` names.
"""

from __future__ import annotations

import os
import signal
import sys
import time

import talker


class Troubled(talker.Talker):
    """The program."""

    deafened = False

    def run(self) -> None:
        if path := os.environ.get("TALKER_READY_WHEN"):
            talker.tell(starting=True)
            while not os.path.exists(path):
                time.sleep(0.02)
        super().run()

    def take(self, kind: str) -> dict:
        while self.deafened:
            time.sleep(0.05)
        return super().take(kind)

    def step_flood(self, megabytes: int) -> None:
        binary = os.urandom(1 << 16).replace(b"\n", b"\xff") + b"\n"
        sys.stdout.flush()
        for number in range(megabytes):
            piece = b"x" * (1 << 20) if number % 3 else binary * 16
            while piece:
                piece = piece[os.write(1, piece) :]
        os.write(1, b"\n")

    def step_chatter(self, megabytes: float) -> None:
        for number in range(int(megabytes * 64)):
            talker.tell(working=f"{number} {'x' * (16 << 10)}")

    def step_shut(self) -> None:
        os.close(1)
        while True:
            time.sleep(1)

    def step_deafen(self) -> None:
        self.deafened = True
        # The thread that reads has the end of its input from now on.
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        while True:
            time.sleep(1)

    def step_stubborn(self) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)

    def step_fork(self, path: str) -> None:
        if os.fork() == 0:
            os.setsid()
            if os.fork():
                os._exit(0)
            null = os.open(os.devnull, os.O_RDWR)
            for descriptor in range(3):
                os.dup2(null, descriptor)
            with open(f"{path}.new", "w", encoding="utf-8") as file:
                file.write(str(os.getpid()))
            os.rename(f"{path}.new", path)
            time.sleep(1000)
            os._exit(0)


if __name__ == "__main__":
    Troubled().run()
