"""Real git in a temporary folder: no network, no configuration but the test's own."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from agent_orchestrator.git.repository import Repository, discover

Sh = Callable[..., str]


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with an identity, and no git variable from outside."""
    home = tmp_path / "home"
    home.mkdir()
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / ".config"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    (home / ".gitconfig").write_text("[user]\n name = Ada\n email = ada@example.org\n[init]\n defaultBranch = main\n")
    return home


@pytest.fixture
def sh() -> Sh:
    """Run git as a person would, in a folder; its stripped standard output."""

    def run(cwd: Path, *args: str, check: bool = True) -> str:
        done = subprocess.run(["git", *args], cwd=cwd, check=check, capture_output=True, text=True)
        return done.stdout.strip()

    return run


@pytest.fixture
def top(tmp_path: Path, sh: Sh) -> Path:
    """A repository with two files on ``main``; ``*.log`` is ignored."""
    path = tmp_path / "repo"
    path.mkdir()
    sh(path, "init", "-q")
    (path / "a.txt").write_text("one\ntwo\nthree\n")
    (path / "b.txt").write_text("b\n")
    (path / ".gitignore").write_text("*.log\nout/\nnode_modules/\n")
    sh(path, "add", ".")
    sh(path, "commit", "-qm", "first")
    return path


@pytest.fixture
async def repo(top: Path) -> Repository:
    found = await discover(top)
    assert isinstance(found, Repository)
    return found


@pytest.fixture
def commit(sh: Sh) -> Callable[..., str]:
    """Write files in a worktree, commit everything, return the commit."""

    def make(path: Path, message: str = "work", **files: str) -> str:
        for name, text in files.items():
            target = path / name.replace("__", "/").replace("_txt", ".txt")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
        sh(path, "add", "-A")
        sh(path, "commit", "-qm", message)
        return sh(path, "rev-parse", "HEAD")

    return make


@pytest.fixture
def until() -> Callable[[Callable[[], bool]], Awaitable[None]]:
    """Wait for a condition, for at most ten seconds."""

    async def wait(condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not condition():  # noqa: ASYNC110 - about another process
                await asyncio.sleep(0.002)

    return wait
