"""A conversation with a real program over its standard input and output, led by its dialogue: without the engine."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psutil

from agent_orchestrator.model.activity import Fact
from agent_orchestrator.ports.agent import Launch
from agent_orchestrator.ports.channel import Dialogue, Send, Step

#: Seconds that a program has for what is waited for.
PATIENCE = 60


class Talk:
    """One running program. ``lines`` is what it printed, ``sent`` what it was sent, ``facts`` what is known of it."""

    def __init__(self, dialogue: Dialogue, process: subprocess.Popen[str]) -> None:
        self.dialogue = dialogue
        self.process = process
        self.lines: list[str] = []
        self.sent: list[Send] = []
        self.facts: list[Fact] = []
        self._seen = 0
        self._read: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._reader, daemon=True).start()
        self.do(dialogue.open())

    def do(self, steps: Iterable[Step]) -> None:
        """Carry out steps of the dialogue."""
        for step in steps:
            if isinstance(step, Fact):
                self.facts.append(step)
                continue
            assert step.key not in {one.key for one in self.sent}, f"sent twice: {step.key}"
            self.sent.append(step)
            assert self.process.stdin is not None
            self.process.stdin.write(step.data.decode())
            self.process.stdin.flush()

    def until(self, *kinds: str, **fields: Any) -> Fact:
        """The next fact of one of these kinds with these fields, among those that were not looked at yet."""
        deadline = time.monotonic() + PATIENCE
        while True:
            while self._seen < len(self.facts):
                self._seen += 1
                fact = self.facts[self._seen - 1]
                if fact.kind in kinds and all(getattr(fact, name) == value for name, value in fields.items()):
                    return fact
            line = self._read.get(timeout=max(deadline - time.monotonic(), 0.01))
            assert line is not None, f"the program ended before {kinds} {fields}: {self.facts}\n{self.lines[-3:]}"
            self._take(line)

    def until_printed(self, text: str) -> None:
        """Take what it prints up to a line with this text in it."""
        deadline = time.monotonic() + PATIENCE
        while not self.lines or text not in self.lines[-1]:
            line = self._read.get(timeout=max(deadline - time.monotonic(), 0.01))
            assert line is not None, f"the program ended before it printed {text!r}: {self.lines[-3:]}"
            self._take(line)

    def say(self, message: str, text: str) -> None:
        """Tell it something."""
        self.do(self.dialogue.say(message, text))

    def answer(self, ask: str, option: str, text: str = "") -> None:
        """Answer what it asked."""
        self.do(self.dialogue.answer(ask, option, text))

    def interrupt(self) -> None:
        """End what it does."""
        self.do(self.dialogue.interrupt())

    def close(self) -> int:
        """End its standard input, take the rest of its output, and wait for it; its exit code."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        while (line := self._read.get(timeout=PATIENCE)) is not None:
            self._take(line)
        return self.process.wait(PATIENCE)

    def kill(self) -> None:
        """Kill it with all that it runs, and take what it has printed."""
        _kill(self.process)
        while (line := self._read.get(timeout=PATIENCE)) is not None:
            self._take(line)

    def _take(self, line: str) -> None:
        self.lines.append(line)
        self.do(self.dialogue.take(line))

    def _reader(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._read.put(line.rstrip("\n"))
        self._read.put(None)


def _kill(process: subprocess.Popen[str]) -> None:
    """Kill a program with all that it runs, in its process group or not."""
    if process.poll() is None:
        below = psutil.Process(process.pid).children(recursive=True)
        os.killpg(process.pid, signal.SIGKILL)
        for one in below:
            with suppress(psutil.NoSuchProcess):
                one.kill()
    process.wait()


@contextmanager
def talk(place: Any, launch: Launch) -> Iterator[Talk]:
    """Start the program of ``launch`` in the place's worktree; it is killed with all of its group at the end."""
    assert launch.dialogue is not None
    for path, text in launch.files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    clean = {"HOME": str(place.home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TERM": "dumb"}
    # By TEST_RUN what it leaves running is found.
    clean |= {"TMPDIR": str(place.home / "tmp"), "TEST_RUN": os.environ["TMPDIR"]}
    with (place.home / "stderr").open("w") as errors:
        process = subprocess.Popen(
            launch.argv,
            cwd=place.tree,
            env={**clean, **launch.env},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
        )
    try:
        yield Talk(launch.dialogue, process)
    finally:
        _kill(process)


def replayed(dialogue: Dialogue, lines: Iterable[str]) -> list[Step]:
    """What a new dialogue makes of lines that were printed before."""
    steps = [*dialogue.open()]
    for line in lines:
        steps += dialogue.take(line)
    return steps
