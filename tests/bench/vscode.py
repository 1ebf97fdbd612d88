"""Figures of the VS Code extension in VS Code itself, in a browser: what ``vscode.mjs`` measures there."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).parents[2]
EDITORS = ROOT / "tests" / "editors"
FILES, EACH = 500, 10
#: A check that finds what stands in a file.
CONFIG = """projects:
  big:
    path: .
    checks: { words: { command: [sh, -c, "cat findings.txt; test ! -s findings.txt"],
      format: { regexp: '^(.+):(\\d+):(.*)$', file: 1, line: 2, message: 3 }, on: manual } }
agents:
  nothing: { command: ["true"] }
defaults: { agent: nothing, runtime: process }
"""


def code_server() -> ModuleType | None:
    """VS Code in a browser; None where it is not installed."""
    spec = importlib.util.spec_from_file_location("ao_editors_code_server", EDITORS / "code_server.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module if module.NODE.exists() else None


def measured(folder: Path, repo: Path, make: Callable[..., Any]) -> list[Any]:
    """Activation, a tree of 200 sessions, and typing with and without 5,000 diagnostics."""
    figures = {
        "activation": make("activation of the VS Code extension", "ms", 150.0),
        "rows": make("rows that VS Code draws again when one of 200 sessions changes", "", 1.0),
        "row": make("one of 200 sessions changes → its row in VS Code, `ao quiet` and all", "ms", float("inf")),
        "bare": make("key → character on the screen in VS Code, no diagnostics", "ms", float("inf")),
        "typing": make("key → character on the screen in VS Code, 5,000 diagnostics", "ms", 100.0),
    }
    server = code_server()
    if server is None:
        print("code-server is not installed: not measured (`make editors-setup`)")
        return []
    vsix = subprocess.run([EDITORS / "make_vsix.sh"], check=True, capture_output=True, text=True).stdout.splitlines()[
        -1
    ]
    ao = Path(sys.executable).with_name("ao")
    env = {
        "PATH": f"{ao.parent}:/usr/bin:/bin",
        "HOME": str(folder / "home"),
        "AO_STATE_DIR": str(folder / "state"),
        "AO_RUNTIME_DIR": tempfile.mkdtemp(prefix="ao-bench-"),
        "LANG": "C.UTF-8",
    }
    prepare(repo)
    (folder / "findings").write_text(findings())
    try:
        subprocess.run([ao, "trust", "--yes"], env=env, cwd=repo, check=True, capture_output=True)
        with server.serving(folder, env, vsix, {}) as code:
            tools = {
                "AO": str(ao),
                "FINDINGS": str(folder / "findings"),
                "PLAYWRIGHT": str(server.INSTALLED / "playwright" / "node_modules"),
            }
            argv = [server.NODE, Path(__file__).with_suffix(".mjs"), code.url, repo]
            done = subprocess.run(argv, env={**os.environ, **env, **tools}, capture_output=True, text=True, timeout=600)
        if done.returncode:
            raise RuntimeError(done.stdout + done.stderr)
    finally:
        subprocess.run([ao, "daemon", "stop"], env=env, check=True, capture_output=True)
        shutil.rmtree(env["AO_RUNTIME_DIR"], ignore_errors=True)
    for line in done.stdout.splitlines():
        told = json.loads(line)
        figures[told["name"]].samples = told["samples"]
    return list(figures.values())


def prepare(repo: Path) -> None:
    """Give the repository its check, and the file that is typed in."""
    (repo / "agent-orchestrator.yaml").write_text(CONFIG)
    (repo / "findings.txt").write_text("")
    subprocess.run(["git", "-C", repo, "add", "-A"], check=True)
    who = ["-c", "user.name=A", "-c", "user.email=a@b.invalid"]
    subprocess.run(["git", *who, "-C", repo, "commit", "-qm", "a check that finds what it is told"], check=True)


def findings() -> str:
    """5,000 findings: 10 in each of 500 files."""
    lines = (f"d{n // 100}/f{n}.txt:{line + 1}:finding {line} of {n}" for n in range(FILES) for line in range(EACH))
    return "".join(f"{line}\n" for line in lines)
