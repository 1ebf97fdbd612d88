"""How a run ends, and that nothing is left of it."""

from __future__ import annotations

import signal
import time

from agent_orchestrator.proc import run
from agent_orchestrator.proc.hold import procfs
from agent_orchestrator.proc.values import Finished

ESCAPEE = "(setsid sh -c 'echo $$ > escapee; exec sleep 1000' &)"
AWAIT_ESCAPEE = "while ! [ -s escapee ]; do sleep 0.01; done"


async def test_exit_code_is_the_childs(runs):
    _, ended = await runs.exit_of(runs.sh("exit 3"))
    assert (ended.code, ended.signal) == (3, None)


async def test_death_by_signal_is_told_as_a_signal(runs):
    _, ended = await runs.exit_of(runs.sh("kill -SEGV $$"))
    assert (ended.code, ended.signal) == (None, signal.SIGSEGV)


async def test_command_that_is_not_there_is_an_error_and_no_crash(runs):
    _, ended = await runs.exit_of(runs.spec("no-such-command"))
    assert (ended.code, ended.error) == (
        127,
        f"cannot run 'no-such-command' in '{runs.work}': no such command on the PATH of the run",
    )


async def test_working_directory_that_is_not_there_is_named(runs):
    _, ended = await runs.exit_of(runs.sh("true", cwd=runs.root / "gone"))
    assert str(runs.root / "gone") in ended.error


async def test_standard_input_is_the_file(runs):
    given = runs.root / "input"
    given.write_bytes(b"one\ntwo\n")
    run_dir, _ = await runs.exit_of(runs.spec("cat", stdin=given))
    assert (run_dir / "log").read_bytes() == b"one\ntwo\n"


async def test_standard_input_is_empty_without_a_file(runs):
    _, ended = await runs.exit_of(runs.spec("cat", timeout=10))
    assert (ended.code, ended.timed_out) == (0, False)


async def test_bytes_that_are_no_utf8_are_kept(runs):
    run_dir, _ = await runs.exit_of(runs.sh(r"printf 'a\377\376b\000c'"))
    assert (run_dir / "log").read_bytes() == b"a\xff\xfeb\x00c"


async def test_child_gets_the_default_action_of_sigpipe(runs):
    # Python ignores this one signal; what else the machine's own start-up ignores is not ours to change.
    run_dir, _ = await runs.exit_of(runs.sh("grep SigIgn /proc/self/status"))
    ignored = int((run_dir / "log").read_text().removeprefix("SigIgn:"), 16)
    assert not ignored & 1 << signal.SIGPIPE - 1


async def test_timeout_ends_the_whole_group(runs, lives, pid_in):
    _, ended = await runs.exit_of(runs.sh("sleep 1000 & echo $! > member; wait", timeout=1.0))
    assert (ended.timed_out, lives(await pid_in("member"))) == (True, False)


async def test_timeout_ends_who_left_the_session_by_a_double_fork(runs, lives, pid_in):
    await runs.exit_of(runs.sh(f"{ESCAPEE}; {AWAIT_ESCAPEE}; sleep 1000", timeout=2.0))
    assert not lives(await pid_in("escapee"))


async def test_timeout_ends_an_escapee_that_cleared_its_environment(runs, lives, pid_in):
    script = f"(env -i setsid sh -c 'echo $$ > escapee; exec sleep 1000' &); {AWAIT_ESCAPEE}; sleep 1000"
    await runs.exit_of(runs.sh(script, timeout=1.0))
    assert not lives(await pid_in("escapee"))


async def test_child_that_ignores_sigterm_is_killed_after_the_grace(runs):
    _, ended = await runs.exit_of(runs.sh("trap '' TERM; while :; do sleep 0.05; done", timeout=1.0, grace=0.2))
    assert (ended.timed_out, ended.signal) == (True, signal.SIGKILL)


async def test_child_that_is_stopped_still_ends_at_the_timeout(runs):
    _, ended = await runs.exit_of(runs.sh("kill -STOP $$", timeout=0.3))
    assert ended.timed_out


async def test_child_may_clean_up_on_sigterm(runs):
    await runs.exit_of(runs.sh("trap 'echo clean > done; exit 0' TERM; while :; do sleep 0.05; done", timeout=1.0))
    assert (runs.work / "done").read_text() == "clean\n"


async def test_server_that_a_child_leaves_behind_is_ended(runs, lives, pid_in):
    _, ended = await runs.exit_of(runs.sh(f"{ESCAPEE}; {AWAIT_ESCAPEE}; exit 0"))
    assert (ended.code, lives(await pid_in("escapee"))) == (0, False)


async def test_short_lived_descendant_may_finish(runs):
    await runs.exit_of(runs.sh("(setsid sh -c 'echo late > late' &)"))
    assert (runs.work / "late").read_text() == "late\n"


async def test_processes_that_fork_while_they_are_killed_all_end(runs):
    spec = runs.sh("trap '' TERM; fork() { while :; do (sleep 5 &) ; sleep 0.01; done; }; fork & fork", timeout=0.5)
    await runs.exit_of(spec)
    assert procfs.tagged(spec.tag) == set()


async def test_100_mb_of_output_are_capped_quickly(runs):
    began = time.monotonic()
    run_dir, ended = await runs.exit_of(runs.sh("echo first; head -c 100000000 /dev/zero; echo last", log_cap=1 << 20))
    assert ended.truncated
    log = (run_dir / "log").read_bytes()
    assert (log[:6], log[-5:]) == (b"first\n", b"last\n")
    assert len(log) <= (1 << 20) + 100
    assert time.monotonic() - began < 10


async def test_stop_is_told_as_such(runs):
    run_dir, _ = await runs.launch(runs.sh("sleep 1000"))
    ended = await run.stop(run_dir, 0.5)
    assert (ended.exit.stopped, ended.exit.timed_out) == (True, False)


async def test_stop_reaches_escapees(runs, lives, pid_in):
    run_dir, _ = await runs.launch(runs.sh(f"{ESCAPEE}; sleep 1000"))
    escapee = await pid_in("escapee")
    await run.stop(run_dir, 0.5)
    assert not lives(escapee)


async def test_stop_uses_the_grace_it_is_given(runs, until):
    run_dir, _ = await runs.launch(runs.sh("trap '' TERM; echo ready; while :; do sleep 0.05; done", grace=1000))
    await until(lambda: (run_dir / "log").read_bytes() == b"ready\n")
    ended = await run.stop(run_dir, 0.1)
    assert ended.exit.signal == signal.SIGKILL


async def test_stop_of_a_run_that_is_over_changes_nothing(runs):
    run_dir, ended = await runs.exit_of(runs.sh("exit 4"))
    assert await run.stop(run_dir) == Finished(ended)
