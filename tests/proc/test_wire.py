"""A run that is talked to: each message arrives once, whoever talks, and nothing that it prints is missed."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

from agent_orchestrator.proc import run
from agent_orchestrator.proc.values import Finished, Running
from agent_orchestrator.proc.wire import LINE_MAX, Wire

ECHO = 'while IFS= read -r line; do echo "got $line"; done; echo over'


async def talker(run_dir: Path) -> Wire:
    wire = Wire(run_dir)
    await wire.open()
    return wire


async def heard(wire: Wire, count: int) -> list[str]:
    """The first ``count`` lines."""
    found: list[str] = []
    async for lines in wire.lines():
        found += lines
        if len(found) >= count:
            return found
    return found


async def test_what_is_sent_is_read_and_what_is_printed_is_heard(runs):
    run_dir, _ = await runs.launch(runs.sh(ECHO, mode="talk"))
    wire = await talker(run_dir)
    await wire.send("a", b"one\ntwo\n")
    assert await heard(wire, 2) == ["got one", "got two"]
    await wire.end()
    assert await heard(wire, 3) == ["got one", "got two", "over"]
    assert (await run.wait(run_dir)).exit.code == 0
    await wire.close()


async def test_a_message_with_a_known_key_is_sent_once_whoever_sends_it(runs):
    run_dir, _ = await runs.launch(runs.sh(ECHO, mode="talk"))
    first = await talker(run_dir)
    await first.send("a", b"one\n")
    await first.send("a", b"one\n")
    second = await talker(run_dir)
    assert second.was_sent("a")
    await second.send("a", b"one\n")
    await second.send("b", b"two\n")
    await second.end()
    assert await heard(second, 9) == ["got one", "got two", "over"]
    await second.close()
    await first.close()


async def test_a_talker_that_dies_in_the_middle_of_a_message_has_not_sent_it(runs):
    run_dir, found = await runs.launch(runs.sh(ECHO, mode="talk"))
    assert isinstance(found, Running)
    assert found.wire is not None
    with socket.socket(socket.AF_UNIX) as dying:
        dying.connect(str(found.wire))
        whole, half = b"a\none\n", b"b\ntw"
        dying.sendall(b"d" + len(whole).to_bytes(4, "big") + whole)
        dying.sendall(b"d" + (len(half) + 5).to_bytes(4, "big") + half)
    wire = await talker(run_dir)
    assert wire.was_sent("a")
    assert not wire.was_sent("b")
    await wire.send("b", b"two\n")
    await wire.end()
    assert await heard(wire, 9) == ["got one", "got two", "over"]
    await wire.close()


async def test_the_run_goes_on_when_nobody_talks_to_it(runs):
    run_dir, _ = await runs.launch(runs.sh(ECHO, mode="talk"))
    first = await talker(run_dir)
    await first.send("a", b"one\n")
    await heard(first, 1)
    await first.close()
    assert isinstance(run.state(run_dir), Running)
    second = await talker(run_dir)
    await second.send("b", b"two\n")
    assert await heard(second, 2) == ["got one", "got two"]
    await second.close()


async def test_standard_error_is_kept_apart(runs):
    run_dir, _ = await runs.launch(runs.sh("echo out; echo wrong >&2", mode="talk"))
    assert isinstance(await run.wait(run_dir), Finished)
    assert (run_dir / "log").read_text() == "out\n"
    assert (run_dir / "errors").read_text() == "wrong\n"


async def test_messages_larger_than_every_buffer_arrive_whole(runs):
    run_dir, _ = await runs.launch(runs.sh("wc -c", mode="talk"))
    wire = await talker(run_dir)
    for number in range(8):
        await wire.send(str(number), b"x" * (1 << 20))
    await wire.end()
    assert [line.strip() for line in await heard(wire, 1)] == [str(8 << 20)]
    await wire.close()


async def test_a_run_that_does_not_read_does_not_hold_up_its_output(runs):
    run_dir, _ = await runs.launch(runs.sh("echo ready; exec sleep 60", mode="talk"))
    wire = await talker(run_dir)
    await wire.send("big", b"x" * (4 << 20))
    assert await heard(wire, 1) == ["ready"]
    await wire.close()


async def test_lines_that_never_end_are_left_out_and_what_follows_is_heard(runs):
    script = f"head -c {LINE_MAX * 2} /dev/zero | tr '\\0' x; echo; echo after"
    run_dir, _ = await runs.launch(runs.sh(script, mode="talk", log_cap=LINE_MAX * 8))
    wire = await talker(run_dir)
    found = await heard(wire, 99)
    assert found[-1] == "after"
    assert max(map(len, found)) <= LINE_MAX + (1 << 20)
    await wire.close()


async def test_to_a_run_whose_socket_is_gone_nothing_is_sent_and_its_output_is_heard(runs):
    run_dir, found = await runs.launch(runs.sh("sleep 0.2; echo still here", mode="talk"))
    assert isinstance(found, Running)
    assert found.wire is not None
    found.wire.unlink()
    wire = await talker(run_dir)
    assert not await wire.send("a", b"one\n")
    assert await heard(wire, 1) == ["still here"]
    await wire.close()


async def test_that_everything_printed_so_far_was_given_is_told(runs):
    run_dir, _ = await runs.launch(runs.sh("echo one; read x; echo two", mode="talk"))
    wire = await talker(run_dir)
    seen: list[list[str]] = []
    async with asyncio.timeout(20):
        async for lines in wire.lines():
            seen.append(lines)
            if seen[-2:] == [["one"], []]:
                await wire.send("go", b"\n")
    assert [line for lines in seen for line in lines] == ["one", "two"]
    await wire.close()


async def test_that_a_run_closed_its_output_is_told_to_who_talks_and_to_who_comes_later(runs):
    run_dir, _ = await runs.launch(runs.sh("echo said; exec >&-; read line", mode="talk"))
    for _ in range(2):
        wire = await talker(run_dir)
        given = wire.lines()
        said = []
        while not wire.closed:
            said += await anext(given)
        await given.aclose()
        await wire.close()
    assert said in ([], ["said"])
    wire = await talker(run_dir)
    await wire.end()
    assert await heard(wire, 1) == ["said"]


async def test_one_that_ends_has_not_only_closed_its_output(runs):
    run_dir, _ = await runs.launch(runs.sh("read line; echo said", mode="talk"))
    wire = await talker(run_dir)
    assert not wire.closed
    await wire.end()
    assert await heard(wire, 1) == ["said"]


async def test_what_a_run_prints_is_whole_for_who_comes_later_or_the_run_is_ended(runs):
    chatter = "i=0; while :; do i=$((i+1)); echo line $i; done"
    run_dir, _ = await runs.launch(runs.sh(chatter, mode="talk", log_cap=200_000))
    ended = (await run.wait(run_dir)).exit
    assert (ended.truncated, ended.timed_out) == (True, False)
    said = [line async for lines in (await talker(run_dir)).lines() for line in lines]
    assert said[:-1] == [f"line {n}" for n in range(1, len(said))]
    assert 190_000 < (run_dir / "log").stat().st_size <= 200_000


async def test_the_errors_of_a_run_that_is_talked_to_are_cut_and_do_not_end_it(runs):
    run_dir, _ = await runs.launch(runs.sh("yes error | head -c 100000 >&2; echo said", mode="talk", log_cap=20_000))
    assert await heard(await talker(run_dir), 1) == ["said"]
    ended = (await run.wait(run_dir)).exit
    assert (ended.code, ended.truncated) == (0, False)
    assert (run_dir / "errors").stat().st_size < 21_000
