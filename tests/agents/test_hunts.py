"""Whole hunts with the real programs: a failing test becomes a landed commit, and what went wrong is said."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from attrs import frozen

from agent_orchestrator.protocol import types as t

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
WORK = Path("/var/tmp")


def _load(full: str, file: Path) -> ModuleType:
    if full not in sys.modules:
        spec = importlib.util.spec_from_file_location(full, file)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[full] = module
        spec.loader.exec_module(module)
    return sys.modules[full]


_e2e = _load("ao_e2e_conftest", HERE.parent / "e2e" / "conftest.py")
world, h = _e2e.world, _e2e.h

HALF = "def half(a):\n    return a // 2\n"
TEST = "from half import half\n\n\ndef test_half():\n    assert half(3) == 1.5\n"
COMMIT = "git commit -qam 'Halve exactly'"
DONE = "Halves are exact now."
KEY = "sk-dummy-0123456789abcdef0123456789"
PATCH = """apply_patch <<'EOF'
*** Begin Patch
*** Update File: half.py
@@
-    return a // 2
+    return a / 2
*** End Patch
EOF"""

EDIT = "half.py\n```python\n<<<<<<< SEARCH\n    return a // 2\n=======\n    return a / 2\n>>>>>>> REPLACE\n```\n"


@pytest.fixture
def folder() -> Iterator[Path]:
    """Not below /tmp: there codex has no helper for its sandbox."""
    made = Path(tempfile.mkdtemp(prefix="ao-", dir=WORK))
    yield made
    shutil.rmtree(made)


def calls(*steps: tuple[str, Mapping[str, str]]) -> list[dict[str, Any]]:
    return [*({"tool": tool, "input": given} for tool, given in steps), {"text": DONE}]


@frozen
class Program:
    """A program, where it is installed, how it finds the model, and what the model has it do."""

    agent: str
    installed: str
    command: str
    env: Callable[[str, Path], dict[str, str]]
    script: list[dict[str, Any]]
    says_cost: bool = False


def _claude(url: str, home: Path) -> dict[str, str]:
    return {"ANTHROPIC_BASE_URL": url, "ANTHROPIC_AUTH_TOKEN": KEY, "CLAUDE_CODE_MAX_RETRIES": "1"}


def _codex(url: str, home: Path) -> dict[str, str]:
    (home / ".codex").mkdir(parents=True, exist_ok=True)
    (home / ".codex" / "config.toml").write_text(
        'model = "mock-model"\nmodel_provider = "mock"\n[model_providers.mock]\nname = "mock"\n'
        f'base_url = "{url}/v1"\nenv_key = "MOCK_API_KEY"\nwire_api = "responses"\n'
        "request_max_retries = 1\nstream_max_retries = 1\n"
    )
    return {"MOCK_API_KEY": KEY}


def _opencode(url: str, home: Path) -> dict[str, str]:
    config = {
        "model": "mock/mock-model",
        "small_model": "mock/mock-model",
        "provider": {
            "mock": {
                "npm": "@ai-sdk/openai-compatible",
                "name": "Mock",
                "options": {"baseURL": f"{url}/v1", "apiKey": KEY},
                "models": {
                    "mock-model": {"name": "M", "limit": {"context": 200000, "output": 8000}, "tool_call": True}
                },
            }
        },
    }
    (home / ".config" / "opencode").mkdir(parents=True, exist_ok=True)
    (home / ".config" / "opencode" / "opencode.json").write_text(json.dumps(config))
    return {"npm_config_offline": "true", "OPENCODE_DISABLE_MODELS_FETCH": "1"}


def _gemini(url: str, home: Path) -> dict[str, str]:
    (home / ".gemini").mkdir(parents=True, exist_ok=True)
    # Of itself it tries ten times, for minutes.
    settings = {"security": {"auth": {"selectedType": "gemini-api-key"}}, "general": {"maxAttempts": 2}}
    (home / ".gemini" / "settings.json").write_text(json.dumps(settings))
    return {"GEMINI_API_KEY": KEY, "GOOGLE_GEMINI_BASE_URL": url}


def _kimi(url: str, home: Path) -> dict[str, str]:
    (home / ".kimi-code").mkdir(parents=True, exist_ok=True)
    (home / ".kimi-code" / "config.toml").write_text(
        'default_model = "mock"\ntelemetry = false\n[providers.mock]\ntype = "openai"\n'
        f'base_url = "{url}/v1"\napi_key = "{KEY}"\n[models.mock]\nprovider = "mock"\nmodel = "mock-model"\n'
        "max_context_size = 200000\n"
    )
    return {}


def _aider(url: str, home: Path) -> dict[str, str]:
    return {
        "OPENAI_API_BASE": f"{url}/v1",
        "OPENAI_API_KEY": KEY,
        "AIDER_MODEL": "openai/mock-model",
        "AIDER_EDIT_FORMAT": "diff",
    }


CLAUDE = calls(
    ("Read", {"file_path": "$CWD/half.py"}),
    ("Edit", {"file_path": "$CWD/half.py", "old_string": "a // 2", "new_string": "a / 2"}),
    ("Bash", {"command": COMMIT, "description": "Commit"}),
)
PROGRAMS = [
    Program("claude-code", "claude-code-2.1.330", "claude", _claude, CLAUDE, says_cost=True),
    Program("claude-code", "claude-code-2.1.197", "claude", _claude, CLAUDE, says_cost=True),
    Program(
        "codex",
        "codex-0.169.0",
        "codex",
        _codex,
        calls(("exec_command", {"cmd": PATCH}), ("exec_command", {"cmd": COMMIT})),
    ),
    Program(
        "opencode",
        "opencode-1.18.33",
        "opencode",
        _opencode,
        calls(
            ("read", {"filePath": "$CWD/half.py"}),
            ("edit", {"filePath": "$CWD/half.py", "oldString": "a // 2", "newString": "a / 2"}),
            ("bash", {"command": COMMIT, "description": "Commit"}),
        ),
    ),
    Program(
        "gemini",
        "gemini-0.61.0",
        "gemini",
        _gemini,
        calls(
            (
                "replace",
                {"file_path": "$CWD/half.py", "old_string": "a // 2", "new_string": "a / 2", "instruction": "Divide"},
            ),
            ("run_shell_command", {"command": COMMIT, "description": "Commit"}),
        ),
    ),
    Program(
        "kimicode",
        "kimi-2.1.0",
        "kimi",
        _kimi,
        calls(
            ("Read", {"path": "$CWD/half.py"}),
            # Unasked it runs no commands: the product commits.
            ("Edit", {"path": "$CWD/half.py", "old_string": "a // 2", "new_string": "a / 2"}),
        ),
    ),
    Program(
        "aider",
        "aider-0.86.2",
        "aider",
        _aider,
        # A file that it was not given it adds when the answer names it, and asks again.
        [{"text": f"{EDIT}{DONE}"}] * 2,
    ),
]


@pytest.fixture
def scene(world: Any, program: Callable[[str, str], Path]) -> Iterator[Callable[..., Any]]:
    """A red repository, a program as its agent, and a model with a script for what the agent is told."""
    models = []

    async def make(chosen: Program, book: Mapping[str, Any], **settings: Any) -> Any:
        binary = program(chosen.installed, chosen.command)
        seen: list[dict[str, Any]] = []
        books = {pattern: f"MOCK{json.dumps(script)}" for pattern, script in book.items()}
        model = sys.modules["ao_fake_model.server"].Model(log=seen.append, books=books)
        models.append(model)
        model.__enter__()
        home = Path(world.env["HOME"])
        env = chosen.env(model.url, home)
        if node := shutil.which("node"):
            world.env["PATH"] += os.pathsep + str(Path(node).parent)
        agents = {chosen.agent: {"command": [str(binary)], "env": env, **settings}}
        world.make({"half.py": HALF, "tests/test_half.py": TEST}, agents=agents, agent=chosen.agent)
        await world.start()
        world.seen = seen
        return world

    yield make
    for model in models:
        model.__exit__(None, None, None)


@pytest.mark.parametrize("chosen", PROGRAMS, ids=[p.installed for p in PROGRAMS])
async def test_a_failing_test_becomes_a_landed_commit(scene: Any, chosen: Program, h: Any) -> None:
    made = await scene(chosen, {"test_half": chosen.script})
    row = await made.hunt(patience=100.0)
    trouble = json.dumps({"account": made.account(row), "seen": made.seen[-3:]}, indent=1)
    assert row.green, trouble
    assert (made.repo / "half.py").read_text() == HALF.replace("//", "/"), trouble
    assert h.git(made.repo, "status", "--porcelain") == "", trouble
    (session,) = row.sessions
    assert (session.error, session.attempt) == ("", 1), trouble
    assert DONE.split()[0] in session.summary, trouble
    assert session.output_tokens is None or session.output_tokens > 0
    assert session.cost is not None or not chosen.says_cost, trouble


LIMITED = [p for p in PROGRAMS if p.agent in ("claude-code", "codex")]


@pytest.mark.parametrize("chosen", LIMITED, ids=[p.installed for p in LIMITED])
async def test_an_agent_that_reaches_its_limit_rests_and_goes_on_after_it(scene: Any, chosen: Program) -> None:
    end = time.time() + 3600
    limit = {"type": "usage_limit_reached", "plan_type": "plus", "resets_at": int(end), "resets_in_seconds": 3600}
    error = {"error": 429, "message": "You've hit your usage limit.", "body": limit if chosen.agent == "codex" else {}}
    made = await scene(chosen, {"test_half": [error], "limit is over": chosen.script})
    begun = await made.call("hunt", t.HuntParams(checkout="ff"))
    state = await made.until(lambda s: chosen.agent in s.limits, 100.0)
    if chosen.agent == "codex":
        assert abs(state.limits[chosen.agent].until - end) < 60
    state = await made.until(lambda s: all(x.again for x in s.sessions.values()), 30.0)
    await made.call("resume", t.PauseParams())
    row = await made.end_of(begun.hunt.id, 100.0)
    assert row.green, made.account(row)


async def test_a_login_that_is_refused_is_said_at_once(scene: Any) -> None:
    chosen = PROGRAMS[0]
    made = await scene(chosen, {"test_half": [{"error": 401, "message": "invalid x-api-key"}]})
    row = await made.hunt(patience=100.0)
    (session,) = row.sessions
    assert (session.error, session.attempt, row.green) == ("not-logged-in", 1, False), made.account(row)
