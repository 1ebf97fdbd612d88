"""The agent's end of a worker: start it, ask it to run tests under an edit, get results in time."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from .sandbox import Sandbox
from .source import Edit
from .suite import PASS, Result, result_from

HOT, COLD = "hot", "cold"


@dataclass(frozen=True)
class Runner:
    """How the project's tests are collected: ``pytest`` or ``unittest``, and the arguments for it."""

    name: str
    arguments: tuple[str, ...]


@dataclass(frozen=True)
class Run:
    """What came of one request. ``end`` is ``ok``, ``time``, ``died``, ``cold`` (no use swapping) or ``syntax``."""

    end: str
    results: Mapping[str, Result] = field(default_factory=dict)
    note: str = ""

    def outcome(self, test: str) -> str:
        """Return the outcome of a test; ``absent`` when it did not run."""
        return self.results[test].outcome if test in self.results else "absent"

    def all_pass(self, tests: Sequence[str]) -> bool:
        """Return whether every one of these tests ran and passed."""
        return all(self.outcome(test) == PASS for test in tests)


@dataclass(frozen=True)
class Collected:
    """What a worker said when it was ready; ``problems`` holds collection errors, ``foreign`` escaped modules."""

    ids: tuple[str, ...]
    problems: tuple[str, ...]
    foreign: tuple[str, ...] = ()


class Worker:
    """One worker process. Use as a context manager: leaving it ends the process and all it started."""

    def __init__(self, box: Sandbox, environment: Mapping[str, str], mode: str, runner: Runner, wall: float) -> None:
        """Start the process; after ``wall`` seconds without a ready message :attr:`collected` holds a problem."""
        down, self._to = os.pipe()
        self._from, up = os.pipe()
        self._log = box.tmp / f"worker-{mode}.log"
        command = [sys.executable, "-B", str(Path(__file__).parent), "--worker", mode, str(down), str(up)]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [*command, runner.name, *runner.arguments],
                cwd=box.tree,
                env={**environment, "AO_ORIGIN": str(box.origin)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=(down, up),
                start_new_session=True,
            )
        os.close(down)
        os.close(up)
        self._pending = b""
        self.collected = self._ready(wall)

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for descriptor in (self._to, self._from):
            os.close(descriptor)

    def _messages(self, deadline: float) -> Iterator[dict[str, Any]]:
        """Yield messages until the deadline or the worker's end."""
        while True:
            line, found, rest = self._pending.partition(b"\n")
            if found:
                self._pending = rest
                with contextlib.suppress(ValueError):
                    message = json.loads(line)
                    if isinstance(message, dict):
                        yield message
                continue
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self._from], [], [], left)[0]:
                return
            data = os.read(self._from, 1 << 16)
            if not data:
                return
            self._pending += data

    def _ready(self, wall: float) -> Collected:
        for message in self._messages(time.monotonic() + wall):
            if "ids" in message:
                return Collected(tuple(message["ids"]), tuple(message["problems"]), tuple(message["foreign"]))
        how = "ended" if self._process.poll() is not None else f"was not ready after {wall:.0f} s"
        return Collected((), (f"the test process {how}: {self.log_tail()}",))

    def log_tail(self) -> str:
        """Return the end of what the worker printed."""
        return self._log.read_bytes()[-1500:].decode("utf-8", "replace").strip()

    def run(
        self,
        stages: Sequence[Sequence[str]],
        edit: Edit | None = None,
        *,
        stop: int = 0,
        trace: bool = False,
        cpu: float = 10.0,
        wall: float = 20.0,
    ) -> Run:
        """Run the stages under ``edit``: at most ``cpu`` seconds of processor for each test, ``wall`` for all.

        The first ``stop`` stages end the run at the first test that does not pass.
        """
        request = {
            "edit": asdict(edit) if edit else None,
            "stages": [list(ids) for ids in stages],
            "stop": stop,
            "trace": trace,
            "cpu": cpu,
            "wall": wall,
        }
        try:
            data = json.dumps(request).encode() + b"\n"
            while data:
                data = data[os.write(self._to, data) :]
        except OSError as error:
            return Run("died", {}, f"the test process is gone ({error}): {self.log_tail()}")
        results: dict[str, Result] = {}
        end, note = "", ""
        for message in self._messages(time.monotonic() + wall + 5):
            if "outcome" in message:
                result = result_from(message)
                results[result.test] = result
            elif "end" in message:
                end, note = message["end"], message["note"]
            elif "over" in message:
                return Run(end or message["over"], results, note)
        return Run("died", results, f"the test process gave no answer: {self.log_tail()}")
