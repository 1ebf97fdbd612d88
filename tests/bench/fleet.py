"""Eight real claude programs at once, each with a failure of its own: the time and the memory that they need."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
from attrs import evolve

from agent_orchestrator.daemon import compose
from agent_orchestrator.daemon.commands.table import COMMANDS
from agent_orchestrator.daemon.hello import Client
from agent_orchestrator.protocol import types as t
from agent_orchestrator.protocol.paths import Paths

ROOT = Path(__file__).parents[2]
INSTALLED = ROOT / ".cache" / "agents" / "claude-code-2.1.330"
COUNT = 8


def _model() -> Any:
    folder = ROOT / "tests" / "fakes" / "model"
    spec = importlib.util.spec_from_file_location(
        "scripted_model", folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec is not None
    assert spec.loader is not None
    sys.modules["scripted_model"] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return importlib.import_module("scripted_model.server").Model


def _steps(number: int) -> list[dict[str, Any]]:
    path = f"$CWD/half{number}.py"
    return [
        {"tool": "Read", "input": {"file_path": path}},
        {"tool": "Edit", "input": {"file_path": path, "old_string": "a // 2", "new_string": "a / 2"}, "sleep": 3},
        {"tool": "Bash", "input": {"command": "git commit -qam fix", "description": "Commit"}},
        {"text": "Halves are exact now."},
    ]


def _repository(folder: Path, env: dict[str, str]) -> Path:
    repo = folder / "repo"
    (repo / "tests").mkdir(parents=True)
    for number in range(COUNT):
        (repo / f"half{number}.py").write_text("def half(a):\n    return a // 2\n")
        (repo / "tests" / f"test_half{number}.py").write_text(
            f"from half{number} import half\n\n\ndef test_half{number}():\n    assert half(3) == 1.5\n"
        )
    mini = ROOT / "tests" / "e2e" / "minitest.py"
    check = {"command": ["{python}", "-S", str(mini), "{report}"], "format": "junit"}
    check["rerun"] = [*check["command"], "{tests}"]
    config = {
        "projects": {"app": {"path": ".", "checks": {"unit": check}}},
        "agents": {"claude-code": {"command": [str(INSTALLED / "bin" / "claude")], "env": env}},
        "defaults": {"agent": "claude-code", "runtime": "process"},
    }
    (repo / "agent-orchestrator.yaml").write_text(json.dumps(config))
    (repo / ".gitignore").write_text("__pycache__/\n")
    for arguments in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "red"]):
        subprocess.run(["git", "-c", "user.name=A", "-c", "user.email=a@b.invalid", *arguments], cwd=repo, check=True)
    for name, value in (("user.name", "A"), ("user.email", "a@b.invalid")):
        subprocess.run(["git", "config", name, value], cwd=repo, check=True)
    return repo


async def eight(folder: Path, make: Callable[..., Any]) -> list[Any]:
    """A hunt for eight failures with eight agents."""
    seconds = make(f"{COUNT} failures to green by {COUNT} real claude sessions at once", "s", 90.0)
    memory = make(f"memory of {COUNT} real claude programs at once (PSS, peak)", "MB", 2500.0)
    together = make("claude programs that ran at the same time, fewest wanted (negative)", "", -float(COUNT))
    books = {rf"test_half{number}\b": f"MOCK{json.dumps(_steps(number))}" for number in range(COUNT)}
    with _model()(books=books) as model:
        env = {"ANTHROPIC_BASE_URL": model.url, "ANTHROPIC_AUTH_TOKEN": "sk-dummy-0123456789abcdef"}
        repo = _repository(folder, env)
        paths = Paths(folder / "s", folder / "r", folder / "c", folder / "cfg")
        for path in (paths.state, paths.runtime, paths.cache):
            path.mkdir(mode=0o700)
        client = Client("cli", str(repo), {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(folder)}, "0")
        app = compose.build(paths)
        app.limits = evolve(app.limits, agents=COUNT)
        running = await compose.begin(app)
        await COMMANDS["projectAdd"](app, t.AddProjectParams(path="."), client)
        await COMMANDS["trust"](app, t.TrustParams(), client)
        begun = time.monotonic()
        hunt = (await COMMANDS["hunt"](app, t.HuntParams(checkout="ff"), client)).hunt.id
        peak, most = 0, 0
        while True:
            answer = await COMMANDS["huntState"](app, t.HuntIdParams(hunt=hunt), client)
            if answer.hunt.ended_at:
                break
            found = await asyncio.to_thread(_claudes)
            most, peak = max(most, len(found)), max(peak, sum(found))
            await asyncio.sleep(0.5)  # the interval of the measurement
        seconds.samples.append(time.monotonic() - begun)
        await app.engine.close()
        await running
    assert answer.hunt.green, answer.hunt
    memory.samples.append(peak / 1e6)
    together.samples.append(-float(most))
    return [seconds, memory, together]


def _claudes() -> list[int]:
    """The proportional set sizes of the claude programs of this installation."""
    found = []
    for process in psutil.process_iter():
        try:
            if str(INSTALLED) in process.exe() and "claude" in Path(process.exe()).name:
                found.append(process.memory_full_info().pss)
        except psutil.Error:
            continue
    return found
