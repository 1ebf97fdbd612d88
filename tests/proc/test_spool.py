"""What hooks write is read once and in order, whatever is done to the file that they write to."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from agent_orchestrator.proc.spool import BELL, Bell, Spool, append, hook_command


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "hooks" / "hooks-1.jsonl"


def told(spool: Spool) -> list[str]:
    """What is new in it."""
    return b"".join(iter(spool.read, b"")).decode().splitlines()


def test_what_hooks_append_is_read_once(path: Path):
    spool = Spool(path)
    assert (spool.silent, told(spool)) == (True, [])
    append(path, "first")
    assert (spool.silent, told(spool), told(spool)) == (False, ["first"], [])
    append(path, "second")
    assert told(spool) == ["second"]
    assert path.stat().st_mode & 0o077 == 0


def test_a_deleted_spool_is_read_to_its_end_and_then_the_new_one(path: Path):
    spool = Spool(path)
    append(path, "read")
    assert told(spool) == ["read"]
    append(path, "not read yet")
    path.unlink()
    append(path, "after it was deleted")
    spool.mend()
    assert told(spool) == ["not read yet", "after it was deleted"]


def test_a_hook_that_has_opened_the_new_spool_is_heard_when_it_writes_after_the_mending(path: Path):
    spool = Spool(path)
    append(path, "before")
    path.unlink()
    with path.open("a") as hook:
        spool.mend()
        hook.write("late\n")
    assert told(spool) == ["before", "late"]


def test_who_reads_from_the_start_reads_what_deleted_spools_held(path: Path):
    spool = Spool(path)
    for word in ("one", "two", "three"):
        append(path, word)
        told(spool)
        path.unlink()
        spool.mend()
    append(path, "four")
    assert told(Spool(path)) == ["one", "two", "three", "four"]


def test_what_nobody_who_starts_again_could_read_is_not_read(path: Path):
    spool = Spool(path)
    with path.open("a") as hook:
        path.unlink()
        spool.mend()
        hook.write("to the deleted one\n")
    append(path, "to the new one")
    assert told(spool) == told(Spool(path)) == ["to the new one"]


def test_its_whole_folder_can_be_deleted(path: Path):
    spool = Spool(path)
    append(path, "kept")
    for file in path.parent.iterdir():
        file.unlink()
    path.parent.rmdir()
    spool.mend()
    append(path, "new")
    assert told(spool) == ["kept", "new"]


def test_a_bell_that_is_deleted_hangs_no_more_until_it_is_hung_again(path: Path):
    bell = Bell(path)
    bell.hang()
    assert bell.hangs
    path.with_name(BELL).unlink()
    assert not bell.hangs
    bell.close()
    bell.hang()
    assert bell.hangs
    bell.close()


def test_a_hook_writes_and_rings(path: Path):
    spool, bell = Spool(path), Bell(path)
    bell.hang()
    subprocess.run(["/bin/sh", "-c", hook_command(path)], input=b"a line", check=True)
    with open(bell.descriptor, "rb", buffering=0, closefd=False) as fifo:
        assert fifo.read(10) == b"."
    assert told(spool) == ["a line"]
    bell.close()
