"""What runs of a daemon that was killed left, and nothing will take up: ended and removed before anything starts."""

from __future__ import annotations

import shutil
from pathlib import Path

from agent_orchestrator.engine.drive.context import Context
from agent_orchestrator.proc import run

#: Seconds between SIGTERM and SIGKILL for a check that nobody waits for any more.
GRACE = 0.5


async def sweep(context: Context) -> None:
    """Gates whose result is stored, re-runs and checks of the checkout: these begin anew, with a new id."""
    state = context.places.state
    gates = [folder for folder in _folders(state / "gates") if folder.name not in context.state.runs]
    for folder in (*gates, *_folders(state / "reruns"), *_folders(state / "checks")):
        await forget(folder)


async def forget(folder: Path) -> None:
    """End what runs in ``folder`` or right below it, and remove it."""
    for run_dir in (folder, *_folders(folder)):
        await run.stop(run_dir, grace=GRACE)
    shutil.rmtree(folder, ignore_errors=True)


def _folders(folder: Path) -> list[Path]:
    return [entry for entry in folder.iterdir() if entry.is_dir()] if folder.is_dir() else []
