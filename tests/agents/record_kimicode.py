"""What is recorded of Kimi Code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from agent_orchestrator.model.config import PermissionsConfig
from agent_orchestrator.plugins.agent.kimicode import KimicodeAgent

KEY = "sk-dummy-0123456789abcdef0123456789"
PROGRAMS = [("kimi-2.1.0", "kimi", "kimicode")]
#: Else it waits longer each time before it tries again.
SOON = {"retry-after": "1"}
SHELL = PermissionsConfig(allow=("Bash",))


def with_key(place: Any, program: Path, url: str = "", **more: Any) -> KimicodeAgent:
    """As somebody with a provider and a key for it uses it, who allows the shell."""
    config = f"""
default_model = "mock"
[providers.mock]
type = "openai"
base_url = "{url or place.url}/v1"
api_key = "{KEY}"
[models.mock]
provider = "mock"
model = "mock-model"
max_context_size = 200000
"""
    place.write(".kimi-code/config.toml", config)
    return KimicodeAgent(command=(str(program),), **{"permissions": SHELL, **more})


def with_two_models(place: Any, program: Path, **more: Any) -> KimicodeAgent:
    """As somebody uses it who has two models."""
    agent = with_key(place, program, **more)
    config = place.home / ".kimi-code" / "config.toml"
    second = '[models.other]\nprovider = "mock"\nmodel = "other-model"\nmax_context_size = 100000\n'
    config.write_text(config.read_text() + second)
    return agent


def without_login(place: Any, program: Path, **more: Any) -> KimicodeAgent:
    """As somebody uses it who has not logged in."""
    return KimicodeAgent(command=(str(program),), **more)


def unreachable(place: Any, program: Path) -> KimicodeAgent:
    """With nothing where the model should be, and little patience."""
    return impatient(place, program, url="http://127.0.0.1:1")


def impatient(place: Any, program: Path, **more: Any) -> KimicodeAgent:
    """As somebody uses it who does not want to wait for a service that fails."""
    agent = with_key(place, program, **more)
    config = place.home / ".kimi-code" / "config.toml"
    config.write_text(config.read_text() + "[loop_control]\nmax_attempts_per_step = 2\nmax_retries_per_step = 2\n")
    return agent


def bash(command: str) -> dict[str, Any]:
    """The call of the tool that runs a command."""
    return {"tool": "Bash", "input": {"command": command}}


def edit(old: str, new: str) -> list[dict[str, Any]]:
    """The calls of the tools that change calc.py."""
    path = "$CWD/calc.py"
    return [
        {"tool": "Read", "input": {"path": path}},
        {"tool": "Edit", "input": {"path": path, "old_string": old, "new_string": new}},
    ]


FIX = [*edit("a - b", "a + b"), bash("git commit -qam 'Fix add'"), {"text": "Fixed and committed."}]
FIRST = [{"text": "Looked at it.", "usage": {"input": 1000, "output": 50}}]
AGAIN = [{"text": "Added\n a test.", "usage": {"input": 700, "output": 30, "cached": 200}}]
CASES = {
    "success": (with_key, [FIRST]),
    "tools": (with_key, [FIX]),
    "half": (with_key, [[*edit("a - b", "a + b"), {"error": 401, "message": "Incorrect API key provided"}]]),
    "resume": (with_key, [FIRST, AGAIN]),
    "429": (with_key, [[{"error": 429, "message": "Too many requests", "headers": SOON}]]),
    "401": (with_key, [[{"error": 401, "message": "Incorrect API key provided"}]]),
    "400": (with_key, [[{"error": 400, "message": "Unsupported parameter"}]]),
    "500": (with_key, [[{"error": 500, "message": "Internal server error", "headers": SOON}]]),
    "credit": (with_key, [[{"error": 402, "message": "Insufficient balance"}]]),
    "no-login": (without_login, [FIRST]),
    "unreachable": (unreachable, [FIRST]),
}
