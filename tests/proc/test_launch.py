"""Starting: once, with exactly what was asked, and independent of who started it."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from agent_orchestrator.proc import run
from agent_orchestrator.proc.hold import files, procfs
from agent_orchestrator.proc.values import Finished, Lost, NotStarted, Running

LAUNCHER = """
import asyncio, os, signal, sys
from pathlib import Path
from agent_orchestrator.proc import run
from agent_orchestrator.proc.values import RunSpec
run_dir, work, tag, script, die = sys.argv[1:]
spec = RunSpec(argv=("sh", "-c", script), cwd=Path(work), env={"PATH": "/usr/bin:/bin"}, tag=tag)
asyncio.run(run.launch(Path(run_dir), spec))
if die == "die":
    os.kill(os.getpid(), signal.SIGKILL)
"""


def launcher(runs, script: str, tag: str, *, die: bool) -> subprocess.Popen[bytes]:
    arguments = [str(runs.dir()), str(runs.work), tag, script, "die" if die else "end"]
    package = Path(run.__file__).parents[2]
    return subprocess.Popen([sys.executable, "-c", LAUNCHER, *arguments], env={**runs.env, "PYTHONPATH": str(package)})


def command_lines() -> list[bytes]:
    """Of all processes; those that end meanwhile are passed over."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            lines.append(path.read_bytes())
    return lines


def is_free(path: Path) -> bool:
    return not files.is_locked(str(path))


async def test_spec_is_gone_once_the_run_is_started(runs):
    run_dir, found = await runs.launch(runs.sh("sleep 1000"))
    assert isinstance(found, Running)
    assert not (run_dir / "spec.json").exists()


async def test_files_of_a_run_are_private(runs):
    run_dir, _ = await runs.exit_of(runs.sh("true"))
    assert {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in (run_dir, *run_dir.iterdir())} == {0}


async def test_secrets_are_on_no_command_line_and_not_in_the_holders_environment(runs):
    secret = "s3cr3t-of-the-test"
    _, found = await runs.launch(runs.sh("sleep 1000", env={**runs.env, "TOKEN": secret}))
    assert not any(secret.encode() in line for line in command_lines())
    assert secret.encode() not in Path(f"/proc/{found.pid}/environ").read_bytes()


async def test_environment_is_exactly_the_specs_and_the_tag(runs):
    spec = runs.spec("env", "-0")
    run_dir, _ = await runs.exit_of(spec)
    got = dict(line.split("=", 1) for line in (run_dir / "log").read_text().split("\0") if line)
    assert got == {**spec.env, "AO_RUN": spec.tag}


async def test_child_inherits_no_descriptor(runs):
    run_dir, _ = await runs.exit_of(runs.sh("ls /proc/$$/fd"))
    assert (run_dir / "log").read_text().split() == ["0", "1", "2"]


async def test_umask_is_the_specs(runs):
    run_dir, _ = await runs.exit_of(runs.sh("umask", umask=0o027))
    assert (run_dir / "log").read_text() == "0027\n"


async def test_second_launch_adopts_the_running_one(runs):
    _, first = await runs.launch(runs.sh("sleep 1000"))
    _, second = await runs.launch(runs.sh("echo second >> count"))
    assert first == second


async def test_launch_after_the_end_runs_nothing(runs):
    await runs.exit_of(runs.sh("echo x >> count"))
    _, found = await runs.launch(runs.sh("echo x >> count"))
    assert isinstance(found, Finished)
    assert (runs.work / "count").read_text() == "x\n"


async def test_concurrent_launches_run_once(runs):
    spec = runs.sh("echo x >> count; sleep 0.5")
    found = await asyncio.gather(*(run.launch(runs.dir(), spec) for _ in range(6)))
    assert len(set(found)) == 1
    await run.wait(runs.dir())
    assert (runs.work / "count").read_text() == "x\n"
    assert not (runs.dir() / "spec.json").exists()


async def test_concurrent_launchers_in_other_processes_run_once(runs):
    spec = runs.sh("")
    launchers = [launcher(runs, "echo x >> count", spec.tag, die=False) for _ in range(3)]
    codes = [await asyncio.to_thread(each.wait) for each in launchers]
    await run.wait(runs.dir())
    assert (codes, (runs.work / "count").read_text()) == ([0, 0, 0], "x\n")


async def test_run_outlives_its_launcher_and_another_process_waits_for_it(runs, until):
    spec = runs.sh("")
    killed = launcher(runs, "while ! [ -e go ]; do sleep 0.02; done; exit 5", spec.tag, die=True)
    assert await asyncio.to_thread(killed.wait) == -signal.SIGKILL
    assert isinstance(run.state(runs.dir()), Running)
    (runs.work / "go").touch()
    assert (await run.wait(runs.dir())).exit.code == 5


async def test_holder_is_no_descendant_of_its_launcher(runs):
    _, found = await runs.launch(runs.sh("sleep 1000"))
    assert found.pid not in procfs.descendants({os.getpid()})


async def test_killed_holder_means_lost_and_nothing_tagged_is_left(runs, lives, pid_in):
    spec = runs.sh("(setsid sh -c 'echo $$ > escapee; exec sleep 1000' &); sleep 1000")
    run_dir, found = await runs.launch(spec)
    escapee = await pid_in("escapee")
    os.kill(found.pid, signal.SIGKILL)
    assert await run.wait(run_dir) == Lost(spec.tag)
    assert not lives(escapee)
    assert procfs.tagged(spec.tag) == set()


async def test_holder_killed_while_someone_waits_means_lost(runs):
    spec = runs.sh("sleep 1000")
    run_dir, found = await runs.launch(spec)
    waiting = asyncio.create_task(run.wait(run_dir))
    await asyncio.sleep(0)
    os.kill(found.pid, signal.SIGKILL)
    assert await waiting == Lost(spec.tag)


async def test_lost_run_is_not_started_again(runs, until):
    run_dir, found = await runs.launch(runs.sh("echo x >> count; sleep 1000"))
    # Before that its processes may not be known by their tag yet.
    await until((runs.work / "count").exists)
    os.kill(found.pid, signal.SIGKILL)
    await run.wait(run_dir)
    _, again = await runs.launch(runs.sh("echo x >> count"))
    assert isinstance(again, Lost)


async def test_kill_tagged_spares_what_is_tagged_otherwise(runs, lives):
    _, one = await runs.launch(runs.sh("sleep 1000"), "one")
    other = runs.sh("sleep 1000")
    await runs.launch(other, "other")
    await asyncio.to_thread(run.kill_tagged, other.tag)
    assert lives(one.child)


async def test_process_that_got_the_holders_number_is_not_taken_for_it(runs):
    run_dir, _ = await runs.exit_of(runs.sh("true"))
    started = json.loads((run_dir / "started").read_text())
    (run_dir / "exit").unlink()
    files.write_atomically(str(run_dir / "started"), {**started, "pid": os.getpid()})
    assert isinstance(run.state(run_dir), Lost)


async def test_waiting_for_nothing_returns_at_once(runs):
    assert await run.wait(runs.root / "never") == NotStarted()


async def test_state_that_cannot_be_read_is_no_answer(runs):
    run_dir = runs.root / "broken"
    run_dir.mkdir()
    (run_dir / "started").write_text("[]")
    with pytest.raises(ValueError, match="expected a JSON object"):
        run.state(run_dir)


async def test_run_directory_that_cannot_be_made_is_a_reason(runs):
    (runs.root / "file").write_text("")
    found = await run.launch(runs.root / "file" / "run", runs.sh("true"))
    assert isinstance(found, NotStarted)
    assert str(runs.root / "file") in found.reason


async def test_lock_is_held_until_the_last_descendant_ended(runs, until):
    lock = runs.root / "slot.lock"
    script = "(setsid sh -c 'trap \"\" TERM; touch up; while :; do sleep 0.02; done' &); exit 0"
    run_dir, _ = await runs.launch(runs.sh(script, lock=lock, grace=1.0))
    child = json.loads((run_dir / "started").read_text())["child"]
    await until(lambda: (runs.work / "up").exists() and procfs.start_ticks(child) is None)
    assert not is_free(lock)
    await run.wait(run_dir)
    assert is_free(lock)


async def test_lock_that_another_holds_is_an_error_after_the_wait(runs):
    lock = runs.root / "slot.lock"
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        _, ended = await runs.exit_of(runs.sh("touch ran", lock=lock, lock_wait=0.1))
    assert str(lock) in ended.error
    assert not (runs.work / "ran").exists()


async def test_lock_of_the_launcher_passes_to_the_holder(runs):
    lock = runs.root / "slot.lock"
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        run_dir, _ = await runs.launch(runs.sh("sleep 1000", lock_fd=file.fileno()))
    assert not is_free(lock)
    await run.stop(run_dir, 0.0)
    assert is_free(lock)


async def test_boundary_is_called_around_launch_and_stop(runs, monkeypatch):
    points: list[str] = []
    monkeypatch.setattr(run, "boundary", points.append)
    run_dir, _ = await runs.launch(runs.sh("sleep 1000"))
    await run.stop(run_dir, 0.0)
    assert points == ["launch:before", "launch:after", "stop:before", "stop:after"]


async def test_launch_and_wait_leak_no_descriptor(runs, open_descriptors):
    await runs.exit_of(runs.sh("true"), "first")
    before = open_descriptors()
    await runs.exit_of(runs.sh("true"), "second")
    assert open_descriptors() == before
