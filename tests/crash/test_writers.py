"""A git outlives a killed daemon: whoever comes next can tell, and waits for it."""

from __future__ import annotations

import asyncio
import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent_orchestrator.git.lock import WRITERS_NAME, is_held, released, take

SERVER = Path(__file__).resolve().parents[2] / "server"

#: Stands in for a git that takes its time.
SLOW_GIT = """\
#!/bin/sh
touch "$PLACE/begun"
while ! test -e "$PLACE/go"; do sleep 0.01; done
"""

DAEMON = """
import asyncio, sys
from pathlib import Path
from agent_orchestrator.git.runner import Git
asyncio.run(Git(Path("/"), git_dir=Path(sys.argv[1])).run(*sys.argv[2:]))
"""


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    git = tmp_path / "bin" / "git"
    git.parent.mkdir()
    git.write_text(SLOW_GIT)
    git.chmod(0o700)
    yield tmp_path
    (tmp_path / "go").touch()


def kill_during(place: Path, *command: str) -> None:
    """kill -9 a daemon whose ``git <command>`` is at work."""
    environ = {"PATH": f"{place / 'bin'}:{os.environ['PATH']}", "PYTHONPATH": str(SERVER), "PLACE": str(place)}
    daemon = subprocess.Popen([sys.executable, "-c", DAEMON, str(place), *command], env=environ)
    deadline = time.monotonic() + 20
    while not (place / "begun").exists():
        assert time.monotonic() < deadline
        time.sleep(0.005)
    daemon.kill()
    daemon.wait()


async def test_a_git_that_writes_is_known_after_its_daemon_was_killed(place):
    kill_during(place, "update-ref", "refs/heads/main", "HEAD")
    assert is_held(place / WRITERS_NAME)
    (place / "go").touch()
    assert await released(place / WRITERS_NAME, 20)


async def test_a_git_that_only_reads_is_not_waited_for(place):
    kill_during(place, "rev-parse", "HEAD")
    assert not is_held(place / WRITERS_NAME)


async def test_a_git_that_does_not_end_is_not_waited_for_for_ever(place):
    kill_during(place, "update-ref", "refs/heads/main", "HEAD")
    assert not await released(place / WRITERS_NAME, 0.05)


@pytest.fixture
def locked(tmp_path: Path) -> int:
    """A descriptor that holds ``tmp_path / "lock"``."""
    descriptor = os.open(tmp_path / "lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    return descriptor


async def test_a_lock_that_is_about_to_be_let_go_of_is_waited_for(tmp_path, locked):
    asyncio.get_running_loop().call_later(0.02, os.close, locked)
    taken = await take(tmp_path / "lock", 20)
    assert taken is not None
    os.close(taken)


async def test_a_lock_that_is_kept_is_not_taken(tmp_path, locked):
    assert await take(tmp_path / "lock", 0.02) is None
    os.close(locked)
