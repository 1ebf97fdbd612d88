"""Figures of agents that are talked to: how fast an editor hears of what they do."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from attrs import define, evolve, frozen

import editors
from agent_orchestrator.daemon.commands.table import COMMANDS
from agent_orchestrator.daemon.viewed import Viewed
from agent_orchestrator.model import activity as a
from agent_orchestrator.model.activity import Fact
from agent_orchestrator.ports.agent import Bench, Launch, Task, Told
from agent_orchestrator.ports.channel import Send, Step
from agent_orchestrator.protocol import types as t

#: How many agents work at once, and for how many seconds; each says something every second.
AGENTS, SECONDS = 50, 20

#: Says the time of each thing that it does.
_PROGRAM = """
import json, sys, time
print(json.dumps({"ready": 1}), flush=True)
message = json.loads(sys.stdin.readline())
print(json.dumps({"accepted": message["say"]}), flush=True)
sys.stdin.readline()
while True:
    time.sleep(1)
    print(json.dumps({"did": time.time()}), flush=True)
"""


@define
class _Dialogue:
    steers: bool = True

    def open(self) -> Iterable[Step]:
        return ()

    def take(self, line: str) -> Iterable[Step]:
        said = json.loads(line)
        if "ready" in said:
            yield Fact(a.READY)
        if "accepted" in said:
            yield Fact(a.ACCEPTED, message=said["accepted"])
        if "did" in said:
            yield Fact(a.RETRYING, text=str(said["did"]))

    def say(self, message: str, text: str) -> Iterable[Step]:
        yield Send(f"say:{message}", json.dumps({"say": message}).encode() + b"\n")

    def answer(self, ask: str, option: str, text: str = "") -> Iterable[Step]:
        return ()

    def interrupt(self) -> Iterable[Step]:
        yield Send("go", b"go\n")

    def told(self, code: int | None) -> Told:
        return Told()


@frozen
class _Agent:
    name: str = "busy"
    free_text: bool = True

    def unavailable(self, environ: Any) -> str | None:
        return None

    def launch(self, task: Task, bench: Bench, task_file: Path) -> Launch:
        return Launch((sys.executable, "-I", "-S", "-c", _PROGRAM), dialogue=_Dialogue())

    def told(self, output: str, code: int | None) -> Told:
        return Told()


async def heard(folder: Path, app: Any, client: Any, make: Callable[..., Any]) -> list[Any]:
    """From a line that an agent prints to ``ao/changed`` in the editor, with 50 agents that all work."""
    figure = make(f"agent's event → `ao/changed` in the editor, {AGENTS} agents at work", "ms", 50.0)
    load = make(f"processor share of the daemon with {AGENTS} agents at work, an event each second", "%", 50.0)
    figure.tail = True
    app.context.agents = {**app.context.agents, "busy": lambda _: _Agent()}
    ed = editors._editor()
    editor = ed.Editor(folder / "big")
    await editor.connect(Viewed(app), evolve(client, kind="lsp"))
    editor.answers["window/showMessageRequest"] = None
    await editor.start()
    ids = []
    for number in range(AGENTS):
        made = await COMMANDS["new"](app, t.NewParams(task=f"task {number}", project="big", agent="busy"), client)
        ids.append(made.id)
    await app.engine.wait_for(
        lambda state: all(any(f.kind == a.ACCEPTED for f in state.sessions[id].facts) for id in ids)
    )
    for id in ids:
        await COMMANDS["interrupt"](app, t.SessionParams(session=id), client)
    seen: set[tuple[str, str]] = set()
    before, end = time.process_time(), time.monotonic() + SECONDS
    while time.monotonic() < end:
        count = len(editor.changed)
        await editor.until(lambda count=count: len(editor.changed) > count)
        now = time.time()
        # The state is at least as new as what the editor was told of: what is newer counts for less than it took.
        if app.state.revision != editor.changed[-1]["revision"]:
            continue
        for id in ids:
            for fact in app.state.sessions[id].facts:
                if fact.kind == a.RETRYING and (id, fact.text) not in seen:
                    seen.add((id, fact.text))
                    figure.samples.append((now - float(fact.text)) * 1000)
    load.samples.append((time.process_time() - before) / SECONDS * 100)
    await asyncio.gather(*(COMMANDS["stop"](app, t.StopParams(session=id), client) for id in ids))
    await editor.stop()
    assert len(figure.samples) > AGENTS * SECONDS / 4, f"only {len(figure.samples)} events were seen; {os.getloadavg()}"
    return [figure, load]
