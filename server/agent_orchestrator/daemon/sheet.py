"""The sessions document on disk, for editors that show files and nothing else."""

from __future__ import annotations

import asyncio
import logging
import os

from agent_orchestrator.daemon.app import App
from agent_orchestrator.views.sheet import sheet

log = logging.getLogger(__name__)

SHEET_NAME = "sessions.md"
#: Seconds between two versions of the file; the first change after a rest is written at once.
PACE = 0.2


async def keep_sheet(app: App) -> None:
    """Keep the file up to date. It is written as a whole, and only when it differs."""
    path = app.context.places.state / SHEET_NAME
    changed = asyncio.Event()
    app.engine.listeners.append(changed.set)
    written = None
    try:
        while True:
            text = sheet(app.state).text
            if text != written:
                try:
                    await asyncio.to_thread(_write, path, text)
                    written = text
                except OSError as error:
                    log.warning("the sessions document can not be written: %s", error)
            await asyncio.sleep(PACE)
            await changed.wait()
            changed.clear()
    finally:
        app.engine.listeners.remove(changed.set)


def _write(path: os.PathLike[str], text: str) -> None:
    temporary = f"{os.fspath(path)}.tmp"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as file:
        file.write(text)
    os.replace(temporary, path)
