"""Figures of the language server: through real ``ao lsp`` processes and over a pair of sockets."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import psutil
from attrs import evolve

from agent_orchestrator.daemon.commands.table import COMMANDS
from agent_orchestrator.daemon.viewed import Viewed
from agent_orchestrator.lsp.serve import serve
from agent_orchestrator.model.evidence import CheckResult
from agent_orchestrator.model.report import Finding, Kind
from agent_orchestrator.protocol import types as t
from agent_orchestrator.views.checkouts import Seen

AO = Path(sys.executable).with_name("ao")
MakeFigure = Callable[..., Any]


def _editor() -> ModuleType:
    """The editor of the tests."""
    path = Path(__file__).parents[1] / "lsp" / "editor.py"
    spec = importlib.util.spec_from_file_location("ao_lsp_editor", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def environment(folder: Path) -> dict[str, str]:
    """Folders of its own for a daemon."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "AO_STATE_DIR": str(folder / "state"),
        "AO_RUNTIME_DIR": tempfile.mkdtemp(prefix="ao-bench-"),
        "LANG": "C.UTF-8",
    }


async def started(ed: ModuleType, env: dict[str, str], folder: Path) -> tuple[Any, float]:
    """An editor on a new ``ao lsp`` process, and the milliseconds to the answer to ``initialize``."""
    begun = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        AO, "lsp", cwd=folder, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, limit=1 << 20
    )
    editor = ed.Editor(folder)
    editor.process = process
    editor.use(process.stdout, process.stdin)
    await editor.start()
    return editor, (time.perf_counter() - begun) * 1000


async def left(editor: Any) -> None:
    """End an editor's process."""
    editor.process.stdin.close()
    await editor.process.wait()


def stop(env: dict[str, str]) -> None:
    """End the daemon of an environment."""
    subprocess.run([AO, "daemon", "stop"], env=env, check=True, capture_output=True)
    shutil.rmtree(env["AO_RUNTIME_DIR"])


async def initialize(folder: Path, make: MakeFigure) -> list[Any]:
    """``initialize`` through a new ``ao lsp``: with no daemon, and with a warm one; then plain requests through it."""
    ed = _editor()
    cold = make("initialize through `ao lsp`, no daemon yet", "ms", 900.0)
    warm = make("initialize through `ao lsp`, daemon warm", "ms", 50.0)
    trip = make("request through `ao lsp` over a direct one", "ms", 1.0)
    for number in range(5):
        place = folder / f"cold-{number}"
        place.mkdir()
        env = environment(place)
        editor, took = await started(ed, env, place)
        cold.samples.append(took)
        await left(editor)
        stop(env)
    place = folder / "warm"
    place.mkdir()
    env = environment(place)
    editor, _ = await started(ed, env, place)
    for _ in range(20):
        other, took = await started(ed, env, place)
        warm.samples.append(took)
        await left(other)
    direct = await _trips(await _direct(ed, env, place))
    through = await _trips(editor)
    trip.samples = [a - b for a, b in zip(sorted(through), sorted(direct), strict=True)]
    await left(editor)
    stop(env)
    return [cold, warm, trip]


async def _direct(ed: ModuleType, env: dict[str, str], folder: Path) -> Any:
    """An editor straight on the daemon's socket."""
    (socket,) = Path(env["AO_RUNTIME_DIR"]).glob("*.sock")
    reader, writer = await asyncio.open_unix_connection(str(socket), limit=1 << 20)
    hello = {"ao": 1, "client": "lsp", "version": "0", "cwd": str(folder), "env": env}
    writer.write(json.dumps(hello).encode() + b"\n")
    await reader.readline()
    editor = ed.Editor(folder)
    editor.use(reader, writer)
    await editor.start()
    return editor


async def _trips(editor: Any) -> list[float]:
    samples = []
    params = {"textDocument": {"uri": editor.uri("a.py")}}
    for _ in range(300):
        begun = time.perf_counter()
        await editor.request("textDocument/codeLens", params)
        samples.append((time.perf_counter() - begun) * 1000)
    return samples[50:]


async def thirty_cold_clients(folder: Path, make: MakeFigure) -> list[Any]:
    """30 editors at once where no daemon is: how many daemons there are beside the one."""
    ed = _editor()
    figure = make("daemons beside one after 30 cold clients at once", "", 0.0)
    env = environment(folder)
    editors = await asyncio.gather(*(started(ed, env, folder) for _ in range(30)))
    pids = set()
    for editor, _ in editors:
        findings = (await editor.command("ao.doctor"))["findings"]
        pids.add(findings[0]["found"].rpartition(" ")[2])
    figure.samples.append(float(len(pids) - 1))
    for editor, _ in editors:
        await left(editor)
    stop(env)
    return [figure]


async def diagnostics(folder: Path, app: Any, client: Any, make: MakeFigure) -> list[Any]:
    """5,000 diagnostics over 500 files: from the check's result to the last of them in the editor, another process."""
    figure = make("5,000 diagnostics over 500 files, end to end", "ms", 120.0)
    core = Viewed(app)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await serve(core, reader, writer, evolve(client, kind="lsp"))
        writer.close()

    server = await asyncio.start_unix_server(connected, folder / "socket", limit=1 << 20)
    editor = await asyncio.create_subprocess_exec(
        sys.executable, __file__, str(folder / "socket"), str(folder / "big"), "10", stdout=subprocess.PIPE
    )
    assert editor.stdout is not None
    await editor.stdout.readline()
    for number in range(10):
        await asyncio.sleep(0.3)  # the pace of updates: a rest before each
        found = tuple(
            Finding(
                key=f"E{n % 10}@d{n // 1000}/f{n // 10}.txt",
                kind=Kind.LINT,
                message=f"round {number}: finding {n}",
                rule=f"E{n % 10}",
                path=f"d{n // 1000}/f{n // 10}.txt",
                line=n % 10 + 1,
                signature=f"{n}",
            )
            for n in range(5000)
        )
        begun = time.time()
        app.checkouts.put(Seen("big", CheckResult("words", findings=found), time.time()))
        figure.samples.append((float(await editor.stdout.readline()) - begun) * 1000)
    await editor.wait()
    server.close()
    return [figure]


async def see_rounds(socket: str, root: Path, rounds: int) -> None:
    """Be the editor of :func:`diagnostics`: say when the last file of each round is shown."""
    editor = _editor().Editor(root)
    editor.use(*await asyncio.open_unix_connection(socket, limit=1 << 20))
    editor.answers["window/showMessageRequest"] = None
    await editor.start()
    await editor.idle()
    print("ready", flush=True)
    last = editor.uri("d4/f499.txt")

    def shown(number: int) -> bool:
        return any(d["message"].startswith(f"round {number}:") for d in editor.diagnostics.get(last, ()))

    for number in range(rounds):
        await editor.until(lambda number=number: shown(number))
        print(time.time(), flush=True)
    await editor.stop()


async def noticed(folder: Path, app: Any, client: Any, make: MakeFigure) -> list[Any]:
    """From the exit of a process-runtime agent to ``ao/changed`` in the editor."""
    ed = _editor()
    figure = make("agent's exit → `ao/changed` in the editor", "ms", 50.0)
    editor = ed.Editor(folder / "big")
    await editor.connect(Viewed(app), evolve(client, kind="lsp"))
    editor.answers["window/showMessageRequest"] = None
    await editor.start()
    for number in range(12):
        wish = t.NewParams(task=f"task {number}", project="big", agent="last")
        made = (await COMMANDS["new"](app, wish, client)).id
        exited = await app.engine.wait_for(lambda s, made=made: bool(turn(s, made) and turn(s, made).exited_at))
        # The editor has seen it when it was told of a revision that holds it.
        await editor.until(lambda revision=exited.revision: editor.changed[-1]["revision"] >= revision)
        seen = time.time()
        figure.samples.append((seen - float((folder / f"end-{made}").read_text())) * 1000)
        await COMMANDS["stop"](app, t.StopParams(session=made), client)
    await editor.stop()
    return [figure]


def turn(state: Any, session: str) -> Any:
    """A session's newest turn."""
    return state.sessions[session].turn


async def fleet(folder: Path, repo: Path, editors: int) -> tuple[dict[str, str], list[Any]]:
    """A daemon process of its own that drives and trusts ``repo``, and so many editors on it."""
    ed = _editor()
    env = environment(folder)
    opened = []
    for _ in range(editors):
        editor, _ = await started(ed, env, repo)
        editor.answers["window/showMessageRequest"] = None
        opened.append(editor)
    assert await opened[0].command("ao.trust"), "the daemon did not answer"
    return env, opened


async def together(folder: Path, repo: Path, make: MakeFigure) -> list[Any]:
    """How far apart two editors and a command line see one change."""
    figure = make("two editors and the CLI see a change, first to last", "ms", 100.0)
    env, (one, two) = await fleet(folder, repo, 2)
    await one.command("ao.pause")
    hunt = (await one.command("ao.hunt", checkout="never"))["hunt"]["id"]
    for _ in range(40):
        await asyncio.sleep(0.2)  # the pace of updates: a rest before each
        revision = one.changed[-1]["revision"]
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", _WATCH, hunt, str(revision), env=env, cwd=repo, stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        await process.stdout.readline()
        await asyncio.sleep(0.1)  # its request is on the way
        seen: list[float] = []

        async def sees(editor: Any, revision: int = revision, seen: list[float] = seen) -> None:
            await editor.until(lambda: editor.changed[-1]["revision"] > revision)
            seen.append(time.time())

        watching = [asyncio.create_task(sees(editor)) for editor in (one, two)]
        await two.command("ao.pause")  # what is paused already changes by its revision alone
        await asyncio.gather(*watching)
        seen.append(float(await process.stdout.readline()))
        await process.wait()
        figure.samples.append((max(seen) - min(seen)) * 1000)
    for editor in (one, two):
        await left(editor)
    stop(env)
    return [figure]


#: A command line that waits for news of a hunt, as ``ao hunt`` does, and says when they came.
_WATCH = """
import os, sys, time
from agent_orchestrator.cli.client import connect
from agent_orchestrator.protocol.paths import paths_of
with connect(paths_of(os.environ), start=False) as daemon:
    print("ready", flush=True)
    daemon.call("huntState", {"hunt": sys.argv[1], "revision": int(sys.argv[2])}, light=True)
    print(time.time(), flush=True)
"""


async def idle_with_editors(folder: Path, repo: Path, make: MakeFigure) -> list[Any]:
    """A daemon with 3 editors and 50 sessions that do nothing, for 60 s: processes, processor time and memory."""
    processes = make("processes started by an idle daemon with 3 editors and 50 sessions in 60 s", "", 0.0)
    share = make("processor share of an idle daemon with 3 editors and 50 sessions", "%", 0.5)
    memory = make("memory of an idle daemon with 3 editors and 50 sessions", "MB", 120.0)
    env, editors = await fleet(folder, repo, 3)
    for number in range(50):
        await editors[0].command("ao.spawn", task=f"task {number}", agent="nothing")
    await editors[0].request("ao/idle", {}, timeout=300)
    rows = (await editors[0].command("ao.sessions"))["sessions"]
    assert [row["state"] for row in rows] == ["idle"] * 50, rows
    findings = (await editors[0].command("ao.doctor"))["findings"]
    daemon = psutil.Process(int(findings[0]["found"].rpartition(" ")[2]))
    before = daemon.cpu_times()
    seen: set[int] = set()
    end = time.monotonic() + 60
    while time.monotonic() < end:
        seen |= {child.pid for child in daemon.children()}
        await asyncio.sleep(0.05)
    after = daemon.cpu_times()
    processes.samples.append(float(len(seen)))
    share.samples.append((after.user + after.system - before.user - before.system) / 60 * 100)
    memory.samples.append(daemon.memory_info().rss / 1e6)
    for editor in editors:
        await left(editor)
    stop(env)
    return [processes, share, memory]


if __name__ == "__main__":
    asyncio.run(see_rounds(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])))
