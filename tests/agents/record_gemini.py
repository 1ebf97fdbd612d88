"""What is recorded of the Gemini CLI."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from agent_orchestrator.plugins.agent.gemini import GeminiAgent

KEY = "sk-dummy-0123456789abcdef0123456789"
PROGRAMS = [("gemini-0.61.0", "gemini", "gemini")]
MODEL = "gemini-2.5-flash"


def with_key(place: Any, program: Path, **more: Any) -> GeminiAgent:
    """As somebody with a key uses it. Its ten attempts at what fails take minutes."""
    settings = {"security": {"auth": {"selectedType": "gemini-api-key"}}, "general": {"maxAttempts": 2}}
    place.write(".gemini/settings.json", json.dumps(settings))
    env = {"GEMINI_API_KEY": KEY, "GOOGLE_GEMINI_BASE_URL": place.url, **more.pop("env", {})}
    return GeminiAgent(command=(str(program),), env=env, model=MODEL, **{"channel": "one-shot", **more})


def without_key(place: Any, program: Path, **more: Any) -> GeminiAgent:
    """As somebody uses it who has forgotten the key."""
    return with_key(place, program, env={"GEMINI_API_KEY": ""}, **more)


def unreachable(place: Any, program: Path) -> GeminiAgent:
    """With nothing where the model should be."""
    return with_key(place, program, env={"GOOGLE_GEMINI_BASE_URL": "http://127.0.0.1:1"})


def bash(command: str) -> dict[str, Any]:
    """The call of the tool that runs a command."""
    return {"tool": "run_shell_command", "input": {"command": command, "description": "Run"}}


def edit(old: str, new: str) -> list[dict[str, Any]]:
    """The call of the tool that changes calc.py."""
    given = {"file_path": "$CWD/calc.py", "old_string": old, "new_string": new, "instruction": "Correct it"}
    return [{"tool": "replace", "input": given}]


FIX = [*edit("a - b", "a + b"), bash("git commit -qam 'Fix add'"), {"text": "Fixed and committed."}]
FIRST = [{"text": "Looked at it.", "usage": {"input": 1000, "output": 50}}]
AGAIN = [{"text": "Added\n a test.", "usage": {"input": 700, "output": 30, "cached": 200}}]
CASES = {
    "success": (with_key, [FIRST]),
    "tools": (with_key, [FIX]),
    "refused": (with_key, [[bash("git push origin fix"), {"text": "I may not push."}]]),
    "resume": (with_key, [FIRST, AGAIN]),
    "429": (with_key, [[{"error": 429, "message": "Resource has been exhausted"}]]),
    "401": (with_key, [[{"error": 401, "message": "API key not valid"}]]),
    "400": (with_key, [[{"error": 400, "message": "Unsupported parameter"}]]),
    "500": (with_key, [[{"error": 500, "message": "An internal error has occurred"}]]),
    "no-key": (without_key, [FIRST]),
    "unreachable": (unreachable, [FIRST]),
}
