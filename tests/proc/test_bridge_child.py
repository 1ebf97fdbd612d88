"""The program behind a bridge: its exit code is the bridge's, and it never outlives the bridge."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from agent_orchestrator.proc import run
from agent_orchestrator.proc.bridge import child
from agent_orchestrator.proc.values import Running

ROOT = Path(child.__file__).parents[3]
#: A bridge that carries nothing: it waits for the end of its child, of its standard input, or for a signal.
BRIDGE = f"""
import os, select, sys
sys.path.append({str(ROOT)!r})
from agent_orchestrator.proc.bridge.child import Child
try:
    child = Child(sys.argv[2:], env={{"MORE": "more"}})
except OSError as problem:
    sys.exit(f"bridge: {{problem}}")
while not child.look() and not child.stopped:
    if 0 in select.select([child.wake, 0], [], [])[0]:
        break
code = child.end(float(sys.argv[1]))
sys.stderr.flush()
os._exit(code)
"""
STUBBORN = "trap '' TERM; echo $$ > pid; while :; do sleep 1000; done"


def bridge(runs, script: str, grace: float = 20.0, **fields):
    return runs.spec("python3", "-I", "-S", "-c", BRIDGE, str(grace), "sh", "-c", script, mode="talk", **fields)


async def closed(run_dir: Path) -> None:
    """Close the standard input of a run."""
    from agent_orchestrator.proc.wire import Wire

    wire = Wire(run_dir)
    await wire.open()
    await wire.end()
    await wire.close()


async def test_the_exit_code_of_the_child_is_that_of_the_bridge(runs):
    _, ended = await runs.exit_of(bridge(runs, "exit 7"))
    assert ended.code == 7


async def test_a_child_that_a_signal_ended_is_128_more(runs):
    _, ended = await runs.exit_of(bridge(runs, "kill -KILL $$"))
    assert ended.code == 128 + signal.SIGKILL


async def test_what_the_child_prints_is_no_line_of_the_protocol(runs):
    run_dir, _ = await runs.exit_of(bridge(runs, "echo out; echo err >&2; echo $MORE"))
    assert (run_dir / "log").read_text() == ""
    assert (run_dir / "errors").read_text() == "out\nerr\nmore\n"


async def test_the_child_reads_nothing_of_what_the_bridge_is_told(runs):
    run_dir, _ = await runs.exit_of(bridge(runs, "cat; grep SigIgn /proc/self/status"))
    ignored = int((run_dir / "errors").read_text().removeprefix("SigIgn:"), 16)
    assert not ignored & 1 << signal.SIGPIPE - 1


async def test_a_program_that_is_not_there_is_said(runs):
    spec = runs.spec("python3", "-I", "-S", "-c", BRIDGE, "1", "no-such-command", mode="talk")
    run_dir, ended = await runs.exit_of(spec)
    assert ended.code == 1
    said = (run_dir / "errors").read_text()
    assert said == "bridge: cannot run 'no-such-command': no such command on the PATH of the run\n"


async def test_the_end_of_the_input_ends_the_child_gently(runs, pid_in, lives):
    script = "trap 'echo bye; exit 3' TERM; echo $$ > pid; while :; do sleep 0.01; done"
    run_dir, _ = await runs.launch(bridge(runs, script))
    pid = await pid_in("pid")
    await closed(run_dir)
    ended = await run.wait(run_dir)
    assert (ended.exit.code, (run_dir / "errors").read_text()) == (3, "bye\n")
    assert not lives(pid)


async def test_a_child_that_waits_for_its_work_is_told_again(runs, pid_in):
    script = "trap 'trap \"exit 4\" TERM' TERM; echo $$ > pid; while :; do sleep 0.01; done"
    run_dir, _ = await runs.launch(bridge(runs, script))
    await pid_in("pid")
    await closed(run_dir)
    assert (await run.wait(run_dir)).exit.code == 4


async def test_a_child_that_does_not_end_is_killed(runs, pid_in, lives):
    run_dir, _ = await runs.launch(bridge(runs, STUBBORN, grace=0.1))
    pid = await pid_in("pid")
    await closed(run_dir)
    assert (await run.wait(run_dir)).exit.code == 128 + signal.SIGKILL
    assert not lives(pid)


async def test_a_child_does_not_outlive_a_bridge_that_is_killed(runs, pid_in, lives, until):
    # The run may take its time: not the holder ends it here.
    run_dir, found = await runs.launch(bridge(runs, STUBBORN, grace=0.1))
    assert isinstance(found, Running)
    pid = await pid_in("pid")
    os.kill(found.pid, signal.SIGSTOP)
    os.kill(found.child, signal.SIGKILL)
    await until(lambda: not lives(pid))
    os.kill(found.pid, signal.SIGCONT)
    assert (await run.wait(run_dir)).exit.signal == signal.SIGKILL


async def test_a_signal_to_the_bridge_ends_the_child(runs, pid_in, lives):
    run_dir, found = await runs.launch(bridge(runs, STUBBORN, grace=0.1))
    assert isinstance(found, Running)
    pid = await pid_in("pid")
    os.kill(found.child, signal.SIGTERM)
    assert (await run.wait(run_dir)).exit.code == 128 + signal.SIGKILL
    assert not lives(pid)
