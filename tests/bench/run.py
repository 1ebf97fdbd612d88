"""The figures that the product is held to: ``make bench`` runs this and writes ``docs/benchmarks.json`` and ``.md``.

Each figure has a target; the run fails only past 1.5 times a target. Times are in milliseconds unless a name says else.
Usage: ``python tests/bench/run.py [--only NAME]… [--write]``.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import fleet
import talking
import vscode
from attrs import define, field

import editors
from agent_orchestrator.daemon import compose
from agent_orchestrator.daemon.app import App
from agent_orchestrator.daemon.bytecode import importing
from agent_orchestrator.daemon.commands.table import COMMANDS
from agent_orchestrator.daemon.hello import Client
from agent_orchestrator.git.problem import Problem
from agent_orchestrator.git.repository import discover
from agent_orchestrator.git.worktree import add
from agent_orchestrator.protocol import types as t
from agent_orchestrator.protocol.paths import Paths

ROOT = Path(__file__).parents[2]
TOLERANCE = 1.5

#: A check that takes next to nothing, and an agent that stamps its first instruction and edits one file.
CONFIG = """projects:
  big:
    path: .
    checks: {{ words: {{ command: [sh, -c, "! grep -n wrong target.txt /dev/null"],
      format: {{ regexp: '^(.+):(\\d+):(.*)$', file: 1, line: 2, message: 3 }} }} }}
agents:
  stamp: {{ command: [sh, -c, 'date +%s.%N >"$HOME/stamp-$AO_SESSION"; echo right >target.txt'] }}
  nothing: {{ command: ["true"] }}
  last: {{ command: [sh, -c, 'echo "$AO_SESSION" >>target.txt; sleep 0.5; date +%s.%N >"$HOME/end-$AO_SESSION"'] }}
defaults: {{ agent: stamp, runtime: process }}
limits: {{ agents: 16 }}
"""


@define
class Figure:
    """One measured figure. ``limit`` is the target in the figure's unit; smaller is better."""

    name: str
    unit: str
    limit: float
    samples: list[float] = field(factory=list)
    note: str = ""
    #: The target is for the P95, not for the median.
    tail: bool = False

    @property
    def median(self) -> float:
        """The middle sample."""
        return statistics.median(self.samples)

    @property
    def p95(self) -> float:
        """The sample that 95 % are at most."""
        return sorted(self.samples)[min(len(self.samples) - 1, int(0.95 * len(self.samples)))]

    @property
    def verdict(self) -> str:
        """``met``, ``missed`` (within the tolerance) or ``failed``."""
        value = self.p95 if self.tail else self.median
        return "met" if value <= self.limit else "missed" if value <= self.limit * TOLERANCE else "failed"


def repository(folder: Path, files: int) -> Path:
    """A repository of ``files`` small files in folders of 100, with one file that is wrong."""
    folder.mkdir()
    for number in range(files):
        path = folder / f"d{number // 100}" / f"f{number}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"file {number}\n" * 20)
    (folder / "target.txt").write_text("wrong\n")
    (folder / "agent-orchestrator.yaml").write_text(CONFIG.format())
    for arguments in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "start"]):
        subprocess.run(
            ["git", "-c", "user.name=A", "-c", "user.email=a@b.invalid", "-C", folder, *arguments], check=True
        )
    return folder


@asynccontextmanager
async def running(folder: Path, repo: Path) -> AsyncIterator[tuple[App, Client]]:
    """An engine in this process, with its own folders, that drives and trusts ``repo``."""
    paths = Paths(state=folder / "s", runtime=folder / "r", cache=folder / "c", config=folder / "cfg")
    for path in (paths.state, paths.runtime, paths.cache):
        path.mkdir(parents=True, mode=0o700)
    app = compose.build(paths)
    client = Client("cli", str(repo), {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8"}, "0")
    loop = asyncio.create_task(app.engine.run())
    try:
        await COMMANDS["projectAdd"](app, t.AddProjectParams(path=str(repo)), client)
        await COMMANDS["trust"](app, t.TrustParams(project="big"), client)
        yield app, client
    finally:
        await app.engine.close()
        await loop


async def session_ready(folder: Path) -> list[Figure]:
    """From ``ao new`` to the agent's first instruction on 10,000 files, against a bare ``git worktree add``."""
    repo = repository(folder / "big", 10_000)
    ratio = Figure("session ready on 10,000 files / bare `git worktree add`", "×", 1.3)
    ready = Figure("session ready on 10,000 files", "ms", float("inf"), note="for the ratio above")
    bare = Figure("bare `git worktree add` on 10,000 files", "ms", float("inf"), note="for the ratio above")
    async with running(folder, repo) as (app, client):
        for number in range(7):
            path = folder / f"bare-{number}"
            begun = time.perf_counter()
            subprocess.run(["git", "-C", repo, "worktree", "add", "-q", "-b", f"bare-{number}", path], check=True)
            bare.samples.append((time.perf_counter() - begun) * 1000)
            started = time.time()
            made = await COMMANDS["new"](app, t.NewParams(task=f"task {number}", project="big"), client)
            stamp = folder / f"stamp-{made.id}"
            await app.engine.wait_for(lambda s, id=made.id: bool(s.sessions[id].turns) and not s.sessions[id].running)
            ready.samples.append((float(stamp.read_text()) - started) * 1000)
            await COMMANDS["stop"](app, t.StopParams(session=made.id), client)
            subprocess.run(["git", "-C", repo, "worktree", "remove", "--force", path], check=True)
    ratio.samples = [a / b for a, b in zip(ready.samples, bare.samples, strict=True)]
    return [ratio, ready, bare]


async def concurrent_spawns(folder: Path) -> list[Figure]:
    """25 rounds of 8 worktrees made at the same time: how many could not be made."""
    repo = repository(folder / "big", 500)
    opened = await discover(repo)
    assert not isinstance(opened, Problem)
    failed = Figure("failures in 25 rounds of 8 concurrent spawns", "", 0.0)
    for round in range(25):
        names = [f"r{round}-{n}" for n in range(8)]
        made = await asyncio.gather(
            *(add(opened, repo / ".worktrees" / name, f"ao/{name}", opened.head) for name in names)
        )
        failed.samples.append(float(sum(isinstance(answer, Problem) for answer in made)))
        for name in names:
            subprocess.run(["git", "-C", repo, "worktree", "unlock", repo / ".worktrees" / name], check=True)
            subprocess.run(["git", "-C", repo, "worktree", "remove", "--force", repo / ".worktrees" / name], check=True)
    return [failed]


async def pooled_slot(folder: Path) -> list[Figure]:
    """A slot that is used again for a commit with 10 changed files, on 10,000 files."""
    repo = repository(folder / "big", 10_000)
    figure = Figure("pooled slot ready on 10,000 files, 10 changed", "ms", 100.0)
    opened = await discover(repo)
    assert not isinstance(opened, Problem)
    commits = [opened.head]
    for number in range(10):
        (repo / f"d{number}" / f"f{number * 100}.txt").write_text("changed\n")
    subprocess.run(
        ["git", "-c", "user.name=A", "-c", "user.email=a@b.invalid", "-C", repo, "commit", "-qam", "ten"], check=True
    )
    commits.append(
        subprocess.run(["git", "-C", repo, "rev-parse", "HEAD"], capture_output=True, text=True).stdout.strip()
    )
    async with running(folder, repo) as (app, _):
        async with app.pool.slot(opened, commits[0]):
            pass
        for number in range(21):
            begun = time.perf_counter()
            async with app.pool.slot(opened, commits[(number + 1) % 2]) as slot:
                figure.samples.append((time.perf_counter() - begun) * 1000)
                assert slot.lineage == "reused"
    return [figure]


async def landing(folder: Path) -> list[Figure]:
    """From the session's own proof to the moved target, main not moved: no gate run."""
    figure = Figure("landing when main has not moved", "ms", 100.0)
    gates = Figure("gate runs at landing when main has not moved", "", 0.0)
    for number in range(11):
        place = folder / str(number)
        place.mkdir()
        repo = repository(place / "big", 1_000)
        async with running(place, repo) as (app, client):
            await COMMANDS["hunt"](app, t.HuntParams(project="big", checkout="ff"), client)
            queued = await app.engine.wait_for(lambda s: any(x.queued_at for x in s.sessions.values()))
            before = len(queued.evidence)
            done = await app.engine.wait_for(lambda s: any(x.landed_at for x in s.landings.values()))
            at = next(x.queued_at for x in queued.sessions.values() if x.queued_at)
            landed = next(iter(done.landings.values()))
            figure.samples.append((landed.landed_at - at) * 1000)
            gates.samples.append(float(len(done.evidence) - before + len(done.runs)))
            await app.engine.wait_for(lambda s: all(h.ended_at for h in s.hunts.values()))
        shutil.rmtree(place)
    return [figure, gates]


async def warm_list(folder: Path) -> list[Figure]:
    """``ao list`` against a warm daemon, whole processes."""
    figure = Figure("`ao list` on a warm daemon", "ms", 150.0)
    ao, env = _daemon(folder)
    try:
        for _ in range(30):
            begun = time.perf_counter()
            subprocess.run([*ao, "list"], env=env, check=True, capture_output=True)
            figure.samples.append((time.perf_counter() - begun) * 1000)
    finally:
        subprocess.run([*ao, "daemon", "stop"], env=env, check=True, capture_output=True)
        shutil.rmtree(env["AO_RUNTIME_DIR"], ignore_errors=True)
    return [figure]


async def idle_daemon(folder: Path) -> list[Figure]:
    """Processes that an idle daemon starts in 60 s, counted by the kernel's own process counter of its children."""
    figure = Figure("processes started by an idle daemon in 60 s", "", 0.0)
    busy = Figure("processor time of an idle daemon in 60 s", "ms", 300.0)
    ao, env = _daemon(folder)
    try:
        pid = json.loads(subprocess.run([*ao, "daemon", "status", "--json"], env=env, capture_output=True).stdout)[
            "pid"
        ]
        before = _times(pid)
        seen: set[int] = set()
        end = time.monotonic() + 60
        while time.monotonic() < end:
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            seen |= {int(child) for child in children}
            await asyncio.sleep(0.02)
        after = _times(pid)
        figure.samples.append(float(len(seen)) + (after[1] - before[1]))
        busy.samples.append((after[0] - before[0]) * 1000 / os.sysconf("SC_CLK_TCK"))
    finally:
        subprocess.run([*ao, "daemon", "stop"], env=env, check=True, capture_output=True)
        shutil.rmtree(env["AO_RUNTIME_DIR"], ignore_errors=True)
    return [figure, busy]


def _times(pid: int) -> tuple[int, int]:
    """(own processor ticks, ticks of waited-for children) from ``/proc/<pid>/stat`` (proc(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12]), int(fields[13]) + int(fields[14])


def _daemon(folder: Path) -> tuple[list[str], dict[str, str]]:
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "AO_STATE_DIR": str(folder / "state"),
        "AO_RUNTIME_DIR": tempfile.mkdtemp(prefix="ao-bench-"),
        "LANG": "C.UTF-8",
    }
    ao = [str(Path(sys.executable).with_name("ao"))]
    subprocess.run([*ao, "daemon", "start"], env=env, check=True, capture_output=True)
    return ao, env


async def lsp_start(folder: Path) -> list[Figure]:
    """Starting through ``ao lsp``."""
    return await editors.initialize(folder, Figure)


async def lsp_race(folder: Path) -> list[Figure]:
    """30 editors and no daemon."""
    return await editors.thirty_cold_clients(folder, Figure)


async def lsp_news(folder: Path) -> list[Figure]:
    """How fast editors see what is new."""
    repo = repository(folder / "big", 1_000)
    async with running(folder, repo) as (app, client):
        return [
            *await editors.noticed(folder, app, client, Figure),
            *await editors.diagnostics(folder, app, client, Figure),
        ]


async def lsp_idle(folder: Path) -> list[Figure]:
    """A daemon with editors that do nothing."""
    return await editors.idle_with_editors(folder, repository(folder / "big", 100), Figure)


async def lsp_together(folder: Path) -> list[Figure]:
    """One change in several views."""
    return await editors.together(folder, repository(folder / "big", 100), Figure)


async def agents_talking(folder: Path) -> list[Figure]:
    """Many agents that are talked to."""
    repo = repository(folder / "big", 100)
    async with running(folder, repo) as (app, client):
        return await talking.heard(folder, app, client, Figure)


async def fleet_of_claudes(folder: Path) -> list[Figure]:
    """Real agent programs, where they are installed (`make agents-setup`)."""
    if not fleet.INSTALLED.exists():
        print(f"{fleet.INSTALLED.name} is not installed: not measured (`make agents-setup`)")
        return []
    return await fleet.eight(folder, Figure)


async def vs_code(folder: Path) -> list[Figure]:
    """The extension in VS Code itself, where that is installed."""
    return vscode.measured(folder, repository(folder / "big", vscode.FILES), Figure)


BENCHES: dict[str, Callable[[Path], Awaitable[list[Figure]]]] = {
    "session": session_ready,
    "spawns": concurrent_spawns,
    "slot": pooled_slot,
    "landing": landing,
    "list": warm_list,
    "idle": idle_daemon,
    "lsp-start": lsp_start,
    "lsp-race": lsp_race,
    "lsp-news": lsp_news,
    "lsp-together": lsp_together,
    "lsp-idle": lsp_idle,
    "talking": agents_talking,
    "fleet": fleet_of_claudes,
    "vscode": vs_code,
}


def main() -> int:
    """Measure, print, and with ``--write`` store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", choices=list(BENCHES), default=[])
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with importing("bench"):
        pass  # the collector is set here as in the daemon, once its modules are there
    figures: list[Figure] = []
    for name, bench in BENCHES.items():
        if args.only and name not in args.only:
            continue
        with tempfile.TemporaryDirectory(prefix="ao-bench-") as folder:
            for figure in asyncio.run(bench(Path(folder))):
                figures.append(figure)
                print(said(figure))
    if args.write:
        store(figures)
    return 1 if any(figure.verdict == "failed" for figure in figures) else 0


def said(figure: Figure) -> str:
    """One line for a person."""
    numbers = f"median {figure.median:.2f} P95 {figure.p95:.2f} {figure.unit} n={len(figure.samples)}"
    held = "" if figure.limit == float("inf") else f" (target {figure.limit:g}, {figure.verdict})"
    return f"{figure.name}: {numbers}{held}"


def store(figures: list[Figure]) -> None:
    """Write the figures with machine and commit; figures that were not measured now keep their last values."""
    path = ROOT / "docs" / "benchmarks.json"
    known = {row["name"]: row for row in (json.loads(path.read_text()) if path.exists() else [])}
    commit = subprocess.run(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    for figure in figures:
        known[figure.name] = {
            "name": figure.name,
            "unit": figure.unit,
            "target": None if figure.limit == float("inf") else figure.limit,
            "median": round(figure.median, 2),
            "p95": round(figure.p95, 2),
            "n": len(figure.samples),
            "verdict": "" if figure.limit == float("inf") else figure.verdict,
            "machine": machine,
            "commit": commit.strip(),
            "date": datetime.now(UTC).date().isoformat(),
        }
    path.write_text(json.dumps(list(known.values()), indent=1, ensure_ascii=False) + "\n")
    heads = ("name", "target", "median", "p95", "unit", "n", "verdict", "commit")
    lines = ["| " + " | ".join(heads) + " |", "| " + " | ".join("---" for _ in heads) + " |"]
    lines += ["| " + " | ".join(str(row[head] or "" if head == "target" else row[head]) for head in heads) + " |"
              for row in known.values()]  # fmt: skip
    head = f"# Benchmarks\n\nWritten by `make bench`, on {machine}. A median past 1.5 times its target fails.\n"
    head += "\nOf their own: [looking at a forge](forge-benchmark.md), [logs of CI](ci-logs-benchmark.md).\n"
    (ROOT / "docs" / "benchmarks.md").write_text(head + "\n" + "\n".join(lines) + "\n")


if __name__ == "__main__":
    sys.exit(main())
