from __future__ import annotations

import asyncio
import os
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from agent_orchestrator.proc import run
from agent_orchestrator.proc.hold import procfs
from agent_orchestrator.proc.values import RunSpec, State

DEADLINE = 20.0


class Runs:
    """Makes specs and run directories in one test's folder and ends whatever is left of them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.work = root / "work"
        self.work.mkdir()
        self.env = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(root), "LC_ALL": "C.UTF-8"}
        self.dirs: list[Path] = []
        self.tags: list[str] = []

    def spec(self, *argv: str, **fields: Any) -> RunSpec:
        self.tags.append(f"test-{uuid.uuid4().hex[:12]}")
        return RunSpec(argv=argv, **({"cwd": self.work, "env": self.env, "tag": self.tags[-1], "grace": 0.5} | fields))

    def sh(self, script: str, **fields: Any) -> RunSpec:
        return self.spec("sh", "-c", script, **fields)

    def dir(self, name: str = "run") -> Path:
        self.dirs.append(self.root / name)
        return self.dirs[-1]

    async def launch(self, spec: RunSpec, name: str = "run") -> tuple[Path, State]:
        run_dir = self.dir(name)
        return run_dir, await run.launch(run_dir, spec)

    async def exit_of(self, spec: RunSpec, name: str = "run") -> tuple[Path, Any]:
        run_dir, _ = await self.launch(spec, name)
        ended = await run.wait(run_dir)
        return run_dir, ended.exit  # type: ignore[union-attr]


@pytest.fixture
async def runs(tmp_path: Path) -> AsyncIterator[Runs]:
    made = Runs(tmp_path)
    yield made
    for run_dir in made.dirs:
        await run.stop(run_dir, 0.0)
    for tag in made.tags:
        procfs.kill_tagged(tag)


@pytest.fixture
def until() -> Callable[[Callable[[], Any]], Awaitable[Any]]:
    """Wait for a condition; return its first true value, fail at the deadline."""

    async def wait_for(condition: Callable[[], Any]) -> Any:
        deadline = time.monotonic() + DEADLINE
        while not (value := condition()):
            assert time.monotonic() < deadline, f"did not come true within {DEADLINE:g} s"
            await asyncio.sleep(0.01)
        return value

    return wait_for


@pytest.fixture
def pid_in(runs: Runs, until: Any) -> Callable[[str], Awaitable[int]]:
    """The process id that a script wrote to a file in the working directory."""

    async def read(name: str) -> int:
        path = runs.work / name
        return int(await until(lambda: path.read_text().strip() if path.exists() else ""))

    return read


@pytest.fixture
def lives() -> Callable[[int], bool]:
    return lambda pid: procfs.start_ticks(pid) is not None


@pytest.fixture
def open_descriptors() -> Callable[[], int]:
    return lambda: len(os.listdir("/proc/self/fd"))
