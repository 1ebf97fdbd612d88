"""The demo with a real agent program and a scripted model: ``python tests/agents/demo.py claude-code [FOLDER]``.

The program is the one that ``setup.sh`` installs; it gets a home of its own, and no account is needed. The model knows
the demo's bugs and has the agent mend each by its own tools.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agent_orchestrator.demo.bugs import BUGS, LINT, Bug

ROOT = Path(__file__).parents[2]
AGENT = "claude-code"
INSTALLED = ROOT / ".cache" / "agents" / "claude-code-2.1.330"


def steps(bug: Bug) -> list[Mapping[str, Any]]:
    """What the model has the agent do about a bug."""
    path = f"$CWD/{bug.path}"
    edit = {"file_path": path, "old_string": bug.wrong, "new_string": bug.right}
    commit = f"git commit -qam 'Mend {Path(bug.path).name}'"
    return [
        {"tool": "Read", "input": {"file_path": path}, "text": f"I look at {bug.path}."},
        {"tool": "Edit", "input": edit},
        {"tool": "Bash", "input": {"command": commit, "description": "Commit"}},
        {"text": f"{bug.path} had `{bug.wrong}` where `{bug.right}` is right."},
    ]


def books() -> dict[str, str]:
    """The script for each prompt, by what it says of the failure."""
    found = {re.escape(bug.red[0]): bug for bug in BUGS}
    # Of a finding the prompt has the rule, and then the place.
    found |= {rf"\b{bug.red[0]}\n{re.escape(bug.path)}": bug for bug in LINT}
    # What did not merge with what landed meanwhile begins again.
    found |= {rf"(?s)Your earlier change:.*{re.escape(bug.right)}": bug for bug in (*BUGS, *LINT)}
    return {pattern: f"MOCK{json.dumps(steps(bug))}" for pattern, bug in found.items()}


def main(argv: list[str]) -> int:
    """Run the demo; its exit status."""
    if argv[:1] != [AGENT]:
        print(f"demo: the scripted model knows the tools of {AGENT} alone", file=sys.stderr)
        return 2
    if not (INSTALLED / "installed").exists():
        print(f"demo: {INSTALLED.name} is not installed: tests/agents/setup.sh {INSTALLED.name}", file=sys.stderr)
        return 2
    folder = ROOT / "tests" / "fakes" / "model"
    spec = importlib.util.spec_from_file_location(
        "scripted_model", folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec is not None
    assert spec.loader is not None
    sys.modules["scripted_model"] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    server = importlib.import_module("scripted_model.server")
    with tempfile.TemporaryDirectory(prefix="ao-demo-home-") as home, server.Model(books=books()) as model:
        env = {
            **{name: os.environ[name] for name in ("TERM", "LANG", "COLUMNS", "NO_COLOR") if name in os.environ},
            "PATH": f"{INSTALLED / 'bin'}:{os.environ['PATH']}",
            "HOME": home,
            "ANTHROPIC_BASE_URL": model.url,
            "ANTHROPIC_AUTH_TOKEN": "sk-no-account-is-needed-here",
        }
        ao = Path(sys.executable).with_name("ao")
        return subprocess.run([ao, "demo", "--agent", AGENT, *argv[1:]], env=env, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
