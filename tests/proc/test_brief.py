"""Programs that are asked something: what they say is bounded, and nothing of them stays."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from agent_orchestrator.proc.brief import MOST, asked

ENV = {"PATH": "/usr/bin:/bin"}
#: A helper of a program's own, which has its output open, and outlives it.
HELPER = "sleep 600 & echo $! >pid.new && mv pid.new pid"


def script(folder: Path, text: str) -> tuple[str, ...]:
    return ("/bin/sh", "-c", f"cd '{folder}'; {text}")


@pytest.fixture
def work(runs: Any) -> Path:
    return runs.work


async def test_what_it_prints_is_the_answer(work: Path) -> None:
    assert await asked(script(work, "echo hello"), ENV) == b"hello\n"


@pytest.mark.parametrize("text", ["echo hello; exit 3", "kill -9 $$"])
async def test_what_fails_says_nothing(work: Path, text: str) -> None:
    assert await asked(script(work, text), ENV) is None


async def test_a_program_that_is_not_there_says_nothing() -> None:
    assert await asked(("/nowhere/program",), ENV) is None


async def test_what_takes_too_long_is_ended_with_all_that_it_began(
    work: Path, until: Any, pid_in: Any, lives: Any
) -> None:
    assert await asked(script(work, f"{HELPER}; wait"), ENV, patience=1.0) is None
    helper = await pid_in("pid")
    await until(lambda: not lives(helper))


async def test_what_it_leaves_behind_does_not_outlive_its_answer(
    work: Path, until: Any, pid_in: Any, lives: Any
) -> None:
    assert await asked(script(work, f"{{ {HELPER}; }} >&2; echo hello"), ENV) == b"hello\n"
    helper = await pid_in("pid")
    await until(lambda: not lives(helper))


async def test_when_nobody_wants_to_know_any_more_it_is_ended(work: Path, until: Any, pid_in: Any, lives: Any) -> None:
    asking = asyncio.create_task(asked(script(work, f"{HELPER}; wait"), ENV, patience=600.0))
    helper = await pid_in("pid")
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await until(lambda: not lives(helper))


async def test_an_answer_without_an_end_is_none() -> None:
    endless = (sys.executable, "-c", "import sys\nwhile True: sys.stdout.write('y' * 4096)")
    assert await asked(endless, {}, patience=600.0) is None
    exact = (sys.executable, "-c", f"print('y' * {MOST}, end='')")
    assert await asked(exact, {}) == b"y" * MOST


async def test_what_left_its_group_keeps_nobody_waiting(work: Path, pid_in: Any) -> None:
    try:
        assert (
            await asked(script(work, "setsid sleep 600 & echo $! >pid.new && mv pid.new pid; wait"), ENV, patience=1.0)
            is None
        )
    finally:
        os.kill(await pid_in("pid"), signal.SIGKILL)
