"""One hunt in a process that may be killed at any boundary; run as a script that forks a process per job.

The parent imports everything once and answers each line of JSON ``{"root", "kill", "children", "environ"}`` with one of
``{"status", "boundaries"}``. ``kill`` is ``[name, n]``, the boundary at which the process kills itself with SIGKILL
the n-th time that it is there, or null; with ``children`` its git processes die with it, as when a machine stops.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
import traceback
from collections import Counter
from pathlib import Path
from typing import Any

from agent_orchestrator.daemon import compose
from agent_orchestrator.daemon.app import App
from agent_orchestrator.daemon.commands.table import COMMANDS
from agent_orchestrator.daemon.hello import Client
from agent_orchestrator.engine import loop
from agent_orchestrator.engine.due import due
from agent_orchestrator.git import runner
from agent_orchestrator.proc import run as runs
from agent_orchestrator.protocol import types as t
from agent_orchestrator.protocol.paths import paths_of
from agent_orchestrator.store import journal

#: Seconds in which a hunt of the fixture must have come to its end.
PATIENCE = 60.0


class Boundaries:
    """Writes each boundary down as it is reached, and dies at the chosen one."""

    def __init__(self, folder: Path, kill: list[Any] | None, *, children: bool) -> None:
        self.kill = kill
        self.children = children
        self.counts: Counter[str] = Counter()
        self.names = (folder / "boundaries").open("w", buffering=1)

    def __call__(self, name: str) -> None:
        self.counts[name] += 1
        self.names.write(f"{name}\n")
        if [name, self.counts[name]] == self.kill:
            for pid in _gits() if self.children else ():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            os.kill(os.getpid(), signal.SIGKILL)

    def install(self) -> None:
        journal.boundary = lambda name: self(f"journal: {name}")
        runner.boundary = lambda name: self(f"git: {name}")
        runs.boundary = lambda name: self(f"run: {name}")
        loop.boundary = lambda name: self(f"effect: {name}")


def _gits() -> list[int]:
    """Our own children that are git: each names us as its parent."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                status = (entry / "status").read_text()
            except OSError:
                continue
            if f"PPid:\t{os.getpid()}\n" in status and status.startswith("Name:\tgit"):
                found.append(int(entry.name))
    return found


async def hunt(root: Path) -> dict[str, Any]:
    """Be the daemon until the hunt is over and nothing is left to do; what was under way is taken up first."""
    paths = paths_of(os.environ)
    for folder in (paths.state, paths.runtime, paths.cache):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    app = compose.build(paths)
    replayed = app.state
    running = await compose.begin(app)
    async with asyncio.timeout(PATIENCE):
        await _ask(app, root)
        while not _is_over(app):
            await app.engine.changed_since(app.state.revision)
    summary = {"state": repr(app.state), "replayed": replayed.revision}
    await app.engine.close()
    await running
    return summary


async def _ask(app: App, root: Path) -> None:
    """What the person does once, and again when it was not recorded: add the project, trust it, start the hunt."""
    client = Client("cli", str(root / "repo"), dict(os.environ), "0")
    if "repo" not in app.state.projects:
        await COMMANDS["projectAdd"](app, t.AddProjectParams(path="."), client)
    if not app.state.projects["repo"].trusted:
        await COMMANDS["trust"](app, t.TrustParams(), client)
    if not app.state.hunts:
        await COMMANDS["hunt"](app, t.HuntParams(checkout="ff", agent="script"), client)


def _is_over(app: App) -> bool:
    ended = all(h.ended_at for h in app.state.hunts.values())
    return ended and not due(app.state) and not app.engine.running


def work(job: dict[str, Any]) -> None:
    """Do a job in this process and end it: 0 when the hunt came to its end, 1 when it did not."""
    root = Path(job["root"])
    os.environ.clear()
    os.environ.update(job["environ"])
    log = os.open(root / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    logging.basicConfig(level=logging.INFO)
    Boundaries(root, job["kill"], children=job["children"]).install()
    try:
        (root / "summary").write_text(json.dumps(asyncio.run(hunt(root))))
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def main() -> None:
    for line in sys.stdin:
        job = json.loads(line)
        pid = os.fork()
        if not pid:
            work(job)
        _, status = os.waitpid(pid, 0)
        names = (Path(job["root"]) / "boundaries").read_text().splitlines()
        print(json.dumps({"status": os.waitstatus_to_exitcode(status), "boundaries": names}), flush=True)


if __name__ == "__main__":
    main()
