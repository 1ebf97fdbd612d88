from __future__ import annotations

import asyncio
import os
import subprocess
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from agent_orchestrator.model.pull import Page, Pull
from agent_orchestrator.proc import run
from agent_orchestrator.proc.hold import procfs
from agent_orchestrator.proc.shim.install import Whose, install, write_snapshot
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


#: A program that says how it was called.
REAL = '#!/bin/sh\necho "real $*"\nexit "${CODE:-0}"\n'


class Shim:
    """A session in a worktree, with programs further down its PATH that say how they were called."""

    def __init__(self, folder: Path, forge: str, pull: Pull) -> None:
        self.forge, self.pull = forge, pull
        self.tree, self.folder, self.real = folder / "a tree", folder / "it's the shim", folder / "real"
        for made in (self.tree, self.folder, self.real, folder / "home"):
            made.mkdir()
        subprocess.run(["git", "init", "-q", "-b", "ao/x", self.tree], check=True)
        for name in ("gh", "glab"):
            self.program(name, REAL)
        self.own = install(self.folder, Whose("acme/shop", "ao/x", self.tree, self.tree / ".git"))
        path = os.pathsep.join([str(self.folder / "bin"), str(self.real), os.environ["PATH"]])
        self.env = {"PATH": path, "HOME": str(folder / "home"), **self.own}

    def program(self, name: str, text: str) -> None:
        (self.real / name).write_text(text)
        (self.real / name).chmod(0o755)

    def __call__(self, *argv: str, cwd: Path | None = None, **env: str) -> tuple[int, str, str]:
        done = subprocess.run(
            argv, cwd=cwd or self.tree, env={**self.env, **env}, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout, done.stderr

    def see(self, pull: Pull | None = None, ago: float = 0.0, page: Page | None = None) -> None:
        write_snapshot(self.folder, self.forge, pull or self.pull, time.time() - ago, page)

    @property
    def calls(self) -> list[list[str]]:
        """What was counted, without the times."""
        return [line.split("\t")[1:] for line in (self.folder / "calls").read_text().splitlines()]


@pytest.fixture
def new_shim(tmp_path: Path) -> Callable[[str, Pull], Shim]:
    """``new_shim("github", pull)``: a session with a pull request at a forge."""
    return lambda forge, pull: Shim(tmp_path, forge, pull)
