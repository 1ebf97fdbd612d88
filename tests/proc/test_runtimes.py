"""The two runtimes, by their one shape, and what is special to tmux."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent_orchestrator.plugins.runtime.choose import choose
from agent_orchestrator.plugins.runtime.process import ProcessRuntime
from agent_orchestrator.plugins.runtime.tmux import KEEP_ALIVE, TmuxRuntime
from agent_orchestrator.proc import run
from agent_orchestrator.proc.hold import procfs
from agent_orchestrator.proc.values import Finished, NotStarted, Running

needs_tmux = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")


@pytest.fixture
def tmux(tmp_path_factory) -> Iterator[TmuxRuntime]:
    runtime = TmuxRuntime(tmp_path_factory.mktemp("t") / "tmux.sock")
    yield runtime
    subprocess.run(["tmux", "-N", "-S", str(runtime.socket), "kill-server"], capture_output=True, check=False)


@pytest.fixture(params=["process", pytest.param("tmux", marks=needs_tmux)])
def runtime(request) -> Any:
    return ProcessRuntime() if request.param == "process" else request.getfixturevalue("tmux")


def ask(tmux: TmuxRuntime, *words: str) -> str:
    return subprocess.run(["tmux", "-S", str(tmux.socket), *words], capture_output=True, text=True, check=True).stdout


def sessions(tmux: TmuxRuntime) -> set[str]:
    return set(ask(tmux, "list-sessions", "-F", "#{session_name}").split()) - {KEEP_ALIVE}


async def test_runtime_runs_the_agent_in_a_terminal_and_keeps_its_output(runtime, runs):
    run_dir = runs.dir()
    await runtime.start(run_dir, runs.sh("test -t 0 && test -t 1 && echo shown; exit 7"), "ao-a-1")
    ended = await run.wait(run_dir)
    assert (ended.exit.code, (run_dir / "log").read_bytes()) == (7, b"shown\r\n")


async def test_runtime_says_what_is_alive(runtime, runs):
    run_dir = runs.dir()
    await runtime.start(run_dir, runs.sh("sleep 1000"), "ao-a-1")
    before = await runtime.alive(run_dir, "ao-a-1")
    await runtime.stop(run_dir, "ao-a-1", 0.0)
    assert (before, await runtime.alive(run_dir, "ao-a-1")) == (True, False)


async def test_runtime_takes_no_failed_probe_for_a_death(runtime, runs):
    run_dir = runs.root / "broken"
    run_dir.mkdir()
    (run_dir / "started").write_text("no json")
    assert await runtime.alive(run_dir, "ao-a-1") is None


async def test_runtime_adopts_what_runs(runtime, runs):
    first = await runtime.start(runs.dir(), runs.sh("sleep 1000"), "ao-a-1")
    second = await runtime.start(runs.dir(), runs.sh("sleep 1000"), "ao-a-1")
    assert isinstance(first, Running)
    assert first == second


async def test_runtime_does_not_start_a_finished_agent_again(runtime, runs):
    run_dir = runs.dir()
    await runtime.start(run_dir, runs.sh("echo x >> count"), "ao-a-1")
    await run.wait(run_dir)
    assert isinstance(await runtime.start(run_dir, runs.sh("echo x >> count"), "ao-a-1"), Finished)
    assert (runs.work / "count").read_text() == "x\n"


async def test_runtime_starts_concurrently_once(runtime, runs, until):
    spec = runs.sh("echo x >> count; sleep 1000")
    found = await asyncio.gather(*(runtime.start(runs.dir(), spec, "ao-a-1") for _ in range(3)))
    assert len(set(found)) == 1
    # It is started before its shell has begun.
    await until(lambda: (runs.work / "count").exists())
    await runtime.stop(runs.dir(), "ao-a-1", 0.0)
    assert (runs.work / "count").read_text() == "x\n"


async def test_runtime_stop_ends_escapees(runtime, runs, lives, pid_in):
    run_dir = runs.dir()
    await runtime.start(run_dir, runs.sh("(setsid sh -c 'echo $$ > escapee; exec sleep 1000' &); sleep 1000"), "ao-a-1")
    escapee = await pid_in("escapee")
    await runtime.stop(run_dir, "ao-a-1", 0.2)
    assert not lives(escapee)


@needs_tmux
async def test_tmux_names_that_are_prefixes_do_not_mix(tmux, runs):
    await tmux.start(runs.dir("long"), runs.sh("sleep 1000"), "a-b")
    assert await tmux.alive(runs.dir("none"), "a") is False
    await tmux.start(runs.dir("short"), runs.sh("sleep 1000"), "a")
    await tmux.stop(runs.dir("short"), "a", 0.0)
    assert await tmux.alive(runs.dir("long"), "a-b") is True
    assert sessions(tmux) == {"a-b"}


@needs_tmux
async def test_tmux_gives_each_session_its_own_environment_only(tmux, runs, monkeypatch):
    monkeypatch.setenv("OF_THE_DAEMON", "1")
    first = runs.sh("sleep 1000", env={**runs.env, "OF_THE_FIRST": "1"})
    await tmux.start(runs.dir("first"), first, "first")
    second = runs.spec("env", "-0", env={**runs.env, "OF_THE_SECOND": "1"})
    await tmux.start(runs.dir("second"), second, "second")
    await run.wait(runs.dir("second"))
    got = dict(line.split("=", 1) for line in (runs.dir("second") / "log").read_text().split("\0") if line)
    assert got == {**runs.env, "OF_THE_SECOND": "1", "AO_RUN": second.tag, "TERM": "screen-256color"}


@needs_tmux
async def test_tmux_server_knows_nothing_of_who_started_it(tmux, runs, monkeypatch):
    monkeypatch.setenv("OF_THE_DAEMON", "1")
    await tmux.start(runs.dir(), runs.sh("sleep 1000"), "a")
    server = int(ask(tmux, "display-message", "-p", "#{pid}"))
    assert b"OF_THE_DAEMON" not in Path(f"/proc/{server}/environ").read_bytes()
    assert "OF_THE_DAEMON" not in ask(tmux, "show-environment", "-g")


@needs_tmux
async def test_tmux_server_inherits_no_descriptor(tmux, runs):
    secret = runs.root / "secret"
    with secret.open("w") as file:
        os.set_inheritable(file.fileno(), True)
        await tmux.start(runs.dir(), runs.sh("sleep 1000"), "a")
        server = ask(tmux, "display-message", "-p", "#{pid}").strip()
        opened = {os.readlink(link) for link in Path(f"/proc/{server}/fd").iterdir()}
    assert str(secret) not in opened


@needs_tmux
async def test_tmux_server_stays_when_the_last_session_ends(tmux, runs):
    await tmux.start(runs.dir(), runs.sh("true"), "a")
    await run.wait(runs.dir())
    assert KEEP_ALIVE in ask(tmux, "list-sessions")


@needs_tmux
async def test_tmux_passes_keys_to_the_agent(tmux, runs):
    await tmux.start(runs.dir(), runs.sh("read line; echo got:$line"), "a")
    ask(tmux, "send-keys", "-t", "=a:", "hello", "Enter")
    await run.wait(runs.dir())
    assert b"got:hello" in (runs.dir() / "log").read_bytes()


@needs_tmux
async def test_tmux_window_size_reaches_the_agent(tmux, runs, until):
    script = "trap 'stty size' WINCH; echo ready; while :; do sleep 0.02; done"
    await tmux.start(runs.dir(), runs.sh(script), "a")
    await until(lambda: b"ready" in (runs.dir() / "log").read_bytes())
    ask(tmux, "resize-window", "-t", "=a:", "-x", "88", "-y", "44")
    await until(lambda: b"44 88" in (runs.dir() / "log").read_bytes())
    assert run.state(runs.dir()).pid in procfs.descendants({int(ask(tmux, "display-message", "-p", "#{pid}"))})


@needs_tmux
async def test_tmux_session_that_a_person_kills_ends_the_agent(tmux, runs):
    await tmux.start(runs.dir(), runs.sh("sleep 1000"), "a")
    ask(tmux, "kill-session", "-t", "=a")
    ended = await asyncio.wait_for(run.wait(runs.dir()), 20)
    assert ended.exit.stopped


@needs_tmux
async def test_tmux_attach_command_joins_the_session(tmux, runs, until):
    await tmux.start(runs.dir(), runs.sh("sleep 1000"), "a")
    master, slave = os.openpty()
    environment = {**runs.env, "TERM": "xterm", "TMUX": "/tmp/other,1,0"}
    argv = tmux.attach_argv(runs.dir(), "a")
    client = await asyncio.create_subprocess_exec(*argv, stdin=slave, stdout=slave, stderr=slave, env=environment)
    try:
        assert await until(lambda: ask(tmux, "list-clients", "-F", "#{session_name}").split()) == ["a"]
    finally:
        client.kill()
        await client.wait()
        os.close(master)
        os.close(slave)


@needs_tmux
async def test_tmux_that_fails_is_a_reason(runs):
    too_long = runs.root / ("x" * 120)
    found = await TmuxRuntime(too_long).start(runs.dir(), runs.sh("true"), "a")
    assert isinstance(found, NotStarted)
    assert str(too_long) in found.reason
    assert not (runs.dir() / "spec.json").exists()


async def test_tmux_that_is_not_installed_gives_no_answer(runs, monkeypatch):
    monkeypatch.setenv("PATH", str(runs.root))
    runtime = TmuxRuntime(runs.root / "socket")
    assert (await runtime.alive(runs.dir(), "a"), runtime.available()) == (None, "tmux is not installed")


def test_requested_runtime_is_taken_without_a_word():
    assert choose("tmux", {"tmux": None, "process": None}) == ("tmux", None)


def test_without_tmux_process_is_taken_with_one_line():
    unavailable = {"tmux": "tmux is not installed", "process": None}
    assert choose("tmux", unavailable) == ("process", "tmux is not installed: using the process runtime")


def test_runtime_that_is_not_known_is_named_with_those_that_are():
    assert choose("tmx", {"tmux": None, "process": None}) == (
        "process",
        "runtime 'tmx' is not known (known: process, tmux): using process",
    )


@needs_tmux
async def test_started_names_no_socket_under_tmux(tmux, runs):
    await tmux.start(runs.dir(), runs.sh("sleep 1000"), "a")
    assert json.loads((runs.dir() / "started").read_text())["socket"] is None


@needs_tmux
async def test_a_server_at_rest_ends_when_no_agent_is_left_in_it(tmux, runs, until):
    await tmux.start(runs.dir(), runs.sh("sleep 1000"), "a")
    await tmux.rest()
    assert sessions(tmux) == {"a"}
    await tmux.stop(runs.dirs[0], "a", 0.0)
    await tmux.rest()
    ended = await until(lambda: subprocess.run(["tmux", "-N", "-S", tmux.socket, "ls"], capture_output=True).returncode)
    assert ended == 1
