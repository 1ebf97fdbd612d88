"""What a run in a terminal shows by the title of its window."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from agent_orchestrator.proc import keyboard
from agent_orchestrator.proc.keyboard import AFTER, TITLE, Keyboard

# It asks, and is still busy with the answer when the title of its question has stood for long enough.
ASKS = r"printf '\033]2;asks\007'; touch asks; read answer; sleep 0.6; printf '\033]2;rests\007'; read more"


async def never() -> None:
    raise AssertionError("nobody ended it")


async def test_a_title_from_before_a_key_is_not_noted(runs: Any, until: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(keyboard, "TITLE_STANDS", 0.3)
    run_dir, _ = await runs.launch(runs.sh(ASKS, mode="pty"))
    spool = Path(runs.root) / "hooks" / "spool"
    screen = Keyboard(run_dir, spool, never)
    await screen.open()
    heard: list[str] = []

    async def hear() -> None:
        async for lines in screen.lines():
            heard.extend(lines)

    listening = asyncio.create_task(hear())
    await until((runs.work / "asks").exists)
    assert await screen.send("answer", b"yes\r")
    await until(lambda: heard)
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    await screen.close()
    assert [json.loads(line) for line in heard] == [{TITLE: "rests", AFTER: "answer"}]
