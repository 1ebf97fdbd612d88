"""The daemon as a process: started once, replaced after a kill, found again, handed over."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from agent_orchestrator import __version__
from agent_orchestrator.cli.client import NoDaemon
from agent_orchestrator.protocol.lockfile import read_holder
from agent_orchestrator.protocol.paths import Paths


def test_a_client_starts_the_daemon_and_the_next_one_finds_it(dial):
    assert dial().pid == dial(start=False).pid


def test_without_a_daemon_a_client_that_must_not_start_one_says_how_to(dial, paths):
    with pytest.raises(NoDaemon, match="ao start"):
        dial(start=False)
    assert not paths.lock.exists()


def test_of_daemons_that_race_one_lives_and_the_losers_exit_0(command, environ, paths, dial, until):
    racers = [subprocess.Popen([*command, "--foreground"], env=environ, stderr=subprocess.PIPE) for _ in range(4)]
    try:
        until(paths.socket.exists)
        winner = dial(start=False)
        losers = [racer for racer in racers if racer.pid != winner.pid]
        assert [(loser.wait(20), b"is the daemon already" in loser.stderr.read()) for loser in losers] == [
            (0, True)
        ] * 3
    finally:
        for racer in racers:
            racer.kill()
            racer.wait()
            racer.stderr.close()


def test_clients_that_race_get_one_daemon(dial):
    with ThreadPoolExecutor(6) as pool:
        assert len({connection.pid for connection in pool.map(lambda _: dial(), range(6))}) == 1


def test_after_kill_9_the_next_client_starts_a_new_one_over_the_stale_socket(dial, paths, until, lives):
    first = dial().pid
    os.kill(first, signal.SIGKILL)
    until(lambda: not lives(first))
    assert paths.socket.exists()
    assert dial().pid != first


def test_a_socket_removed_under_a_living_daemon_is_bound_again_for_the_next_client(dial, paths):
    first = dial().pid
    paths.socket.unlink()
    assert dial().pid == first


def test_a_runtime_folder_removed_under_a_living_daemon_comes_back_with_the_next_client(dial, paths):
    first = dial().pid
    paths.socket.unlink()
    paths.runtime.rmdir()
    assert dial().pid == first


def test_a_client_with_another_runtime_folder_finds_the_daemon_where_it_says_it_is(dial, paths, tmp_path):
    first = dial().pid
    assert dial(paths=Paths(paths.state, tmp_path / "elsewhere", paths.cache, paths.config), start=False).pid == first


def test_a_long_state_folder_has_a_short_socket_that_works(dial, environ, tmp_path):
    from agent_orchestrator.protocol.paths import paths_of

    deep = tmp_path / ("a" * 60) / ("b" * 60)
    environ.update(AO_STATE_DIR=str(deep))
    del environ["AO_RUNTIME_DIR"]
    found = paths_of(environ)
    try:
        connection = dial(paths=found)
        assert (connection.call("daemon").state_dir, str(found.socket)[:5]) == (str(deep), "/tmp/")
        connection.call("shutdown")
    finally:
        found.socket.unlink(missing_ok=True)
        found.runtime.rmdir()


def test_a_newer_client_replaces_the_daemon(dial, until, lives):
    first = dial().pid
    assert dial(version="99.0").pid != first
    until(lambda: not lives(first))


@pytest.mark.parametrize("version", [__version__, "0.0.1", f"{__version__}rc1"])
def test_an_equal_or_older_client_uses_the_daemon_as_it_is(dial, version):
    assert dial().pid == dial(version=version).pid


def test_a_newer_client_that_must_not_start_one_uses_the_older_daemon(dial):
    assert dial().pid == dial(version="99.0", start=False).pid


def test_shutdown_is_answered_and_takes_the_socket_away(dial, paths, until, lives):
    connection = dial()
    assert connection.call("shutdown").message == "ending"
    until(lambda: not lives(connection.pid))
    assert not paths.socket.exists()


def test_sigterm_ends_the_daemon_in_order(dial, paths, until, lives):
    pid = dial().pid
    os.kill(pid, signal.SIGTERM)
    until(lambda: not lives(pid))
    assert not paths.socket.exists()


def test_a_request_that_runs_when_the_daemon_dies_ends_with_a_sentence(dial, until):
    connection = dial()
    waiting = threading.Timer(0.05, lambda: os.kill(connection.pid, signal.SIGKILL))
    waiting.start()
    with pytest.raises(NoDaemon, match=f"process {connection.pid}.*`logs`"):
        connection.call("logs", {"session": "s"})
    waiting.join()


def test_the_daemon_is_no_child_and_has_a_session_of_its_own(dial):
    pid = dial().pid
    parent, session = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1:4:2]
    assert (int(parent) != os.getpid(), int(session) != os.getsid(0)) == (True, True)


def test_the_daemon_holds_no_descriptor_of_who_started_it(dial, tmp_path):
    with open(tmp_path / "mine", "w") as mine:
        os.set_inheritable(mine.fileno(), True)
        pid = dial().pid
        assert str(tmp_path / "mine") not in {str(fd.readlink()) for fd in Path(f"/proc/{pid}/fd").iterdir()}


def test_the_clients_environment_arrives_and_is_not_the_daemons_own(dial, environ):
    connection = dial(environ={**environ, "API_KEY": "k", "GIT_DIR": "/x", "PYTHONPATH": "/nowhere"})
    seen = json.loads(connection.call("prompt", {"session": "s"}).text)
    assert ("API_KEY" in seen["client"], "GIT_DIR" in seen["client"]) == (True, False)
    assert {"API_KEY", "GIT_DIR", "PYTHONPATH"} & set(seen["own"]) == set()


def test_modules_in_the_clients_folder_are_not_imported(dial, environ, tmp_path, monkeypatch):
    (tmp_path / "asyncio.py").write_text("raise SystemExit('the wrong asyncio')")
    monkeypatch.chdir(tmp_path)
    assert dial(environ={**environ, "PYTHONPATH": str(tmp_path)}).call("daemon").running == (str(tmp_path),)


def test_a_daemon_that_can_not_start_says_why_at_once(dial, paths):
    (paths.state / "broken").touch()
    with pytest.raises(NoDaemon, match="the journal is on fire"):
        dial(patience=60)


def test_a_state_folder_that_others_may_enter_is_refused_with_what_to_do(dial, paths):
    paths.state.chmod(0o755)
    with pytest.raises(NoDaemon, match=f"chmod 700 {paths.state}"):
        dial()


def test_a_lock_holder_that_does_not_answer_is_named(dial, paths):
    paths.lock.write_text(f"pid {os.getpid()}\nversion 3.2.1\nsocket {paths.socket}\n")
    with paths.lock.open("r+") as held:
        # The losers nudge the holder by SIGURG, which this process ignores by default.
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(NoDaemon, match=rf"process {os.getpid()} \(version 3\.2\.1\) holds {paths.lock}"):
            dial(patience=0.5)


def test_no_daemon_is_started_from_inside_a_run(dial, environ, paths):
    with pytest.raises(NoDaemon, match="inside an agent"):
        dial(environ={**environ, "AO_RUN": "r1"})
    assert read_holder(paths.lock) is None


def test_a_long_log_is_put_aside_at_start(dial, paths):
    from agent_orchestrator.daemon.spawn import MAX_LOG

    with paths.log.open("wb") as log:
        log.truncate(MAX_LOG + 1)
    dial()
    assert (paths.state / "daemon.log.1").stat().st_size == MAX_LOG + 1


def test_an_unknown_argument_is_refused(command, environ):
    done = subprocess.run([*command, "--port=3"], env=environ, capture_output=True, text=True)
    assert (done.returncode, "--port=3" in done.stderr) == (2, True)
