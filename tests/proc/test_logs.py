"""Reading logs, also while they grow and beyond their cap."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_orchestrator.proc import logs, run
from agent_orchestrator.proc.hold.log import CappedLog


async def followed(path: Path) -> bytes:
    return b"".join([chunk async for chunk in logs.follow(path)])


def written(folder: Path, pieces: list[bytes], cap: int) -> tuple[bytes, bool]:
    log = CappedLog(str(folder), cap)
    for piece in pieces:
        log.write(piece)
    truncated = log.finish()
    return (folder / "log").read_bytes(), truncated


def test_log_within_the_cap_is_whole(tmp_path):
    assert written(tmp_path, [b"abcd", b"efgh"], 8) == (b"abcdefgh", False)


def test_log_beyond_the_cap_says_how_much_is_missing(tmp_path):
    assert written(tmp_path, [b"abcd", b"efgh", b"ijkl"], 8) == (b"abcd\n[ao: 4 bytes left out]\nijkl", True)


def test_only_the_log_itself_is_left_at_the_end(tmp_path):
    written(tmp_path, [b"abcd"] * 20, 8)
    assert os.listdir(tmp_path) == ["log"]


@settings(max_examples=60, deadline=None)
@given(pieces=st.lists(st.binary(min_size=1, max_size=40), max_size=30), cap=st.integers(2, 60))
def test_log_keeps_head_and_newest_tail(tmp_path_factory, pieces, cap):
    log, truncated = written(tmp_path_factory.mktemp("log"), pieces, cap)
    whole, half = b"".join(pieces), cap // 2
    assert truncated == (len(whole) > 2 * half)
    if truncated:
        left_out = len(whole) - 2 * half
        assert log == whole[:half] + b"\n[ao: %d bytes left out]\n" % left_out + whole[-half:]
    else:
        assert log == whole


def test_disk_that_is_full_counts_as_left_out(tmp_path):
    (tmp_path / "log").symlink_to("/dev/full")
    log = CappedLog(str(tmp_path), 100)
    log.write(b"lost")
    assert log.finish()


def test_tail_of_no_log_is_empty(tmp_path):
    assert logs.tail(tmp_path / "log", 10) == b""


def test_tail_reaches_back_over_the_files_of_a_growing_log(tmp_path):
    log = CappedLog(str(tmp_path), 8)
    for piece in (b"abcd", b"efgh", b"ij"):
        log.write(piece)
    assert logs.tail(tmp_path / "log", 7) == b"defghij"
    log.finish()


async def test_follower_gets_everything_to_the_end(runs):
    run_dir, _ = await runs.launch(runs.sh("echo 1; echo 2; echo 3"))
    assert await followed(run_dir / "log") == b"1\n2\n3\n"


async def test_follower_gets_output_while_the_run_goes_on(runs):
    run_dir, _ = await runs.launch(runs.sh("echo early; sleep 1000"))
    follower = logs.follow(run_dir / "log")
    assert await anext(follower) == b"early\n"
    await follower.aclose()


async def test_follower_of_a_run_that_is_over_gets_the_log(runs):
    run_dir, _ = await runs.exit_of(runs.sh("echo all"))
    assert await followed(run_dir / "log") == b"all\n"


async def test_follower_that_came_before_the_run_gets_it_all(runs):
    follower = asyncio.create_task(followed(runs.dir() / "log"))
    await asyncio.sleep(0)
    await runs.exit_of(runs.sh("echo all"))
    assert await asyncio.wait_for(follower, 10) == b"all\n"


async def test_follower_sees_new_output_beyond_the_cap(runs):
    run_dir, _ = await runs.launch(runs.sh("head -c 3000 /dev/zero; echo beyond; sleep 1000", log_cap=1000))

    async def reaches() -> bool:
        return any([True async for chunk in logs.follow(run_dir / "log") if b"beyond" in chunk])

    reaching = asyncio.create_task(reaches())
    async for chunk in logs.follow(run_dir / "log"):
        if b"beyond" in chunk:
            break
    await run.stop(run_dir, 0.0)
    assert await asyncio.wait_for(reaching, 10)


async def test_follower_ends_when_the_holder_is_killed(runs):
    run_dir, found = await runs.launch(runs.sh("echo said; sleep 1000"))
    follower = logs.follow(run_dir / "log")
    assert await anext(follower) == b"said\n"
    os.kill(found.pid, 9)
    with pytest.raises(StopAsyncIteration):
        await asyncio.wait_for(anext(follower), 10)


def test_a_log_is_shortened_to_its_beginning_and_its_end(tmp_path):
    path = tmp_path / "log"
    path.write_bytes(b"a" * 500 + b"b" * 500)
    logs.shorten(path, 1000)
    assert path.stat().st_size == 1000
    logs.shorten(path, 100)
    assert path.read_bytes() == b"a" * 50 + b"\n[ao: 900 bytes left out]\n" + b"b" * 50
    assert [each.name for each in tmp_path.iterdir()] == ["log"]
    logs.shorten(tmp_path / "none", 100)
