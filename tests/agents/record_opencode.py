"""What is recorded of opencode."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from agent_orchestrator.plugins.agent.opencode import OpencodeAgent

KEY = "sk-dummy-0123456789abcdef0123456789"
PROGRAMS = [("opencode-1.18.33", "opencode", "opencode")]
#: Else it waits longer each time before it tries again.
SOON = {"retry-after": "1"}


def with_key(place: Any, program: Path, **more: Any) -> OpencodeAgent:
    """As somebody with a provider and a key for it uses it."""
    config = {
        "model": "mock/mock-model",
        "small_model": "mock/mock-model",
        "provider": {
            "mock": {
                "npm": "@ai-sdk/openai-compatible",
                "name": "Mock",
                "options": {"baseURL": f"{more.pop('url', place.url)}/v1", "apiKey": KEY},
                "models": {
                    "mock-model": {
                        "name": "Mock",
                        "limit": {"context": 200000, "output": 8000},
                        "cost": {"input": 2, "output": 10},
                        "tool_call": True,
                    }
                },
            }
        },
    }
    place.write(".config/opencode/opencode.json", json.dumps(config))
    # It would install packages for plugins, 20 MB into each new home.
    env = {"OPENCODE_DISABLE_MODELS_FETCH": "1", "npm_config_offline": "true"}
    return OpencodeAgent(command=(str(program),), env=env, **{"channel": "one-shot", **more})


def unreachable(place: Any, program: Path) -> OpencodeAgent:
    """With nothing where the model should be."""
    return with_key(place, program, url="http://127.0.0.1:1")


def bash(command: str) -> dict[str, Any]:
    """The call of the tool that runs a command."""
    return {"tool": "bash", "input": {"command": command, "description": "Run"}}


def edit(old: str, new: str) -> list[dict[str, Any]]:
    """The calls of the tools that change calc.py."""
    path = "$CWD/calc.py"
    return [
        {"tool": "read", "input": {"filePath": path}},
        {"tool": "edit", "input": {"filePath": path, "oldString": old, "newString": new}},
    ]


FIX = [*edit("a - b", "a + b"), bash("git commit -qam 'Fix add'"), {"text": "Fixed and committed."}]
FIRST = [{"text": "Looked at it.", "usage": {"input": 1000, "output": 50}}]
AGAIN = [{"text": "Added\n a test.", "usage": {"input": 700, "output": 30, "cached": 200}}]
CASES = {
    "success": (with_key, [FIRST]),
    "tools": (with_key, [FIX]),
    "refused": (with_key, [[bash("git push origin fix"), {"text": "I may not push."}]]),
    "resume": (with_key, [FIRST, AGAIN]),
    "429": (with_key, [[{"error": 429, "message": "Too many requests", "headers": SOON}]]),
    "401": (with_key, [[{"error": 401, "message": "Incorrect API key provided"}]]),
    "400": (with_key, [[{"error": 400, "message": "Unsupported parameter"}]]),
    "500": (with_key, [[{"error": 500, "message": "Internal server error", "headers": SOON}]]),
    "credit": (with_key, [[{"error": 402, "message": "Insufficient credits"}]]),
    "unreachable": (unreachable, [FIRST]),
}
