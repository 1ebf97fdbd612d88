"""A real daemon that is killed while an agent works: the agent goes on, and the next daemon takes it up."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from agent_orchestrator.cli.client import Connection, connect
from agent_orchestrator.protocol import types as t
from agent_orchestrator.protocol.paths import paths_of

RUNTIMES = [
    "process",
    pytest.param("tmux", marks=pytest.mark.skipif(not shutil.which("tmux"), reason="tmux is not installed")),
]


class Daemons:
    """Real daemons on one scene, one after the other."""

    def __init__(self, scene: Any) -> None:
        self.scene = scene
        self._connection: Connection | None = None

    def connect(self) -> Connection:
        """A connection to the daemon, started if there is none."""
        self.close()
        self._connection = connect(paths_of(self.scene.environ), start=True, environ=self.scene.environ)
        return self._connection

    def kill(self) -> None:
        """End the daemon as nothing can be prepared for."""
        assert self._connection is not None
        self._end(self._connection.pid, signal.SIGKILL)
        self.close()

    def stop(self) -> None:
        """End the daemon in order."""
        connection = self.connect()
        connection.call("shutdown")
        self._end(connection.pid, 0)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _end(self, pid: int, number: int) -> None:
        os.kill(pid, number)
        wait_until(lambda: pid not in self.scene.processes(), "the daemon ends")


def wait_until(condition: Callable[[], Any], what: str) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, f"not within 30 s: {what}"
        time.sleep(0.01)


@pytest.fixture
def scene(scenes: Any) -> Iterator[Any]:
    with scenes.Scene("a", checked_out=True) as scene:
        yield scene


@pytest.fixture
def daemons(scene: Any) -> Iterator[Daemons]:
    daemons = Daemons(scene)
    yield daemons
    (scene.root / "hold").unlink(missing_ok=True)
    if any("agent_orchestrator" in command and "daemon" in command for command in scene.processes().values()):
        daemons.stop()
    daemons.close()
    _end_tmux(scene)


def _end_tmux(scene: Any) -> None:
    socket = scene.root / "r" / "tmux"
    if socket.exists():
        subprocess.run(["tmux", "-S", str(socket), "kill-server"], capture_output=True, check=False)
        wait_until(lambda: not any("tmux" in command for command in scene.processes().values()), "tmux ends")


@pytest.fixture
def begun(scene: Any, daemons: Daemons) -> Callable[[str], str]:
    """Starts a hunt whose agent waits to be let go; returns the hunt's id once the agent works."""

    def begin(runtime: str) -> str:
        config = scene.repo / "agent-orchestrator.yaml"
        config.write_text(config.read_text().replace("runtime: process", f"runtime: {runtime}"))
        scene.git("commit", "-q", "-a", "--allow-empty", "-m", "configure")
        scene.start = scene.git("rev-parse", "HEAD")
        (scene.root / "hold").touch()
        ao = daemons.connect()
        ao.call("projectAdd", t.AddProjectParams(path=str(scene.repo)))
        ao.call("trust", t.TrustParams(project="repo"))
        started = ao.call("hunt", t.HuntParams(project="repo", checkout="ff", agent="script"))
        wait_until((scene.root / "turns").exists, "the agent works")
        return started.hunt.id

    return begin


def let_go(scene: Any) -> None:
    (scene.root / "hold").unlink()


def finish(scene: Any, daemons: Daemons, hunt: str) -> list[str]:
    """Wait for the hunt's end and for the worktrees to be gone, end the daemon; what is wrong then."""
    ao = daemons.connect()
    wait_until(lambda: ao.call("huntState", t.HuntIdParams(hunt=hunt, revision=-1)).hunt.ended_at, "the hunt ends")
    wait_until(lambda: not ao.call("daemon").running, "nothing is left to do")
    daemons.stop()
    _end_tmux(scene)
    return scene.wrong()


@pytest.mark.slow
@pytest.mark.parametrize("runtime", RUNTIMES)
def test_the_next_daemon_takes_up_the_agent_that_still_works(scene, daemons, begun, runtime):
    hunt = begun(runtime)
    agent = {pid for pid, command in scene.processes().items() if "agent.sh" in command}
    daemons.kill()
    ao = daemons.connect()
    wait_until(lambda: [key for key in ao.call("daemon").running if key.startswith("RunTurn")], "the turn is taken up")
    assert agent <= set(scene.processes())
    let_go(scene)
    assert finish(scene, daemons, hunt) == []


@pytest.mark.slow
@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_turn_that_ended_while_no_daemon_lived_is_not_run_again(scene, daemons, begun, runtime):
    hunt = begun(runtime)
    daemons.kill()
    let_go(scene)
    wait_until(lambda: not any("agent.sh" in command for command in scene.processes().values()), "the agent ends")
    assert finish(scene, daemons, hunt) == []


@pytest.mark.slow
def test_daemons_that_are_killed_again_and_again_do_not_wear_the_session_out(scene, daemons, begun):
    hunt = begun("process")
    for _ in range(4):
        daemons.kill()
        ao = daemons.connect()
        wait_until(lambda ao=ao: ao.call("daemon").running, "the turn is taken up")
    let_go(scene)
    assert finish(scene, daemons, hunt) == []
