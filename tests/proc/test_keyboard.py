"""What a run in a terminal shows by the title of its window."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from agent_orchestrator.proc import keyboard
from agent_orchestrator.proc.keyboard import AFTER, TITLE, Keyboard

# It asks, and is still busy with the answer when the title of its question has stood for long enough.
ASKS = r"printf '\033]2;asks\007'; touch asks; read answer; sleep 0.6; printf '\033]2;rests\007'; read more"

# Its title is that of before again, a moment after it was another one.
AGAIN = (
    r"printf '\033]2;rests\007'; sleep 0.3; printf '\033]2;works\007'; touch again; "
    r"printf '\033]2;rests\007'; read more"
)


async def never() -> None:
    raise AssertionError("nobody ended it")


@pytest.fixture
async def listen(runs: Any) -> AsyncIterator[Any]:
    """Run a script on a screen that is listened to; gives the screen and what is heard."""
    open_ones: list[tuple[Keyboard, asyncio.Task[None]]] = []

    async def begin(script: str) -> tuple[Keyboard, list[str]]:
        run_dir, _ = await runs.launch(runs.sh(script, mode="pty"))
        screen = Keyboard(run_dir, spool_of(runs), never)
        await screen.open()
        heard: list[str] = []

        async def hear() -> None:
            async for lines in screen.lines():
                heard.extend(lines)

        open_ones.append((screen, asyncio.create_task(hear())))
        return screen, heard

    yield begin
    for screen, listening in open_ones:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        await screen.close()


def spool_of(runs: Any) -> Path:
    return Path(runs.root) / "hooks" / "spool"


async def test_a_title_from_before_a_key_is_not_noted(runs: Any, listen: Any, until: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(keyboard, "TITLE_STANDS", 0.3)
    screen, heard = await listen(ASKS)
    await until((runs.work / "asks").exists)
    assert await screen.send("answer", b"yes\r")
    await until(lambda: heard)
    assert [json.loads(line) for line in heard] == [{TITLE: "rests", AFTER: "answer"}]


async def test_a_title_stands_from_when_it_was_shown_last(runs: Any, listen: Any, until: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(keyboard, "TITLE_STANDS", 0.5)
    _, heard = await listen(AGAIN)
    await until(lambda: heard)
    stood = spool_of(runs).stat().st_mtime - (runs.work / "again").stat().st_mtime
    assert stood > 0.45
