"""What is recorded of Claude Code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from agent_orchestrator.plugins.agent.claude_code import ClaudeCodeAgent

KEY = "sk-dummy-0123456789abcdef0123456789"
PROGRAMS = [
    ("claude-code-2.1.330", "claude", "claude-code/2.1.330"),
    ("claude-code-2.1.197", "claude", "claude-code/2.1.197"),
]
#: In seconds since 1970. Far away, since a limit that is over is no limit.
RESETS_AT = 4102444800
LIMIT = {
    "anthropic-ratelimit-unified-status": "rejected",
    "anthropic-ratelimit-unified-reset": str(RESETS_AT),
    "anthropic-ratelimit-unified-representative-claim": "five_hour",
}


def env(place: Any) -> dict[str, str]:
    """The user's own settings: where the model is, and a key for it."""
    return {
        "ANTHROPIC_BASE_URL": place.url,
        "ANTHROPIC_API_KEY": KEY,
        "CLAUDE_CODE_TMPDIR": f"{place.home}/tmp",
        "CLAUDE_CODE_MAX_RETRIES": "1",
        "IS_SANDBOX": "1",
    }


def with_key(place: Any, program: Path, **more: Any) -> ClaudeCodeAgent:
    """As somebody with a key uses it."""
    return ClaudeCodeAgent(command=(str(program),), env=env(place), **{"channel": "one-shot", **more})


def with_login(place: Any, program: Path, **more: Any) -> ClaudeCodeAgent:
    """As somebody with a subscription uses it."""
    own = {name: value for name, value in env(place).items() if name != "ANTHROPIC_API_KEY"}
    env_of = {**own, "CLAUDE_CODE_OAUTH_TOKEN": KEY}
    return ClaudeCodeAgent(command=(str(program),), env=env_of, **{"channel": "one-shot", **more})


def without_login(place: Any, program: Path, **more: Any) -> ClaudeCodeAgent:
    """As somebody uses it who has neither."""
    env_of = {**env(place), "ANTHROPIC_API_KEY": ""}
    return ClaudeCodeAgent(command=(str(program),), env=env_of, **{"channel": "one-shot", **more})


def unreachable(place: Any, program: Path, **more: Any) -> ClaudeCodeAgent:
    """With nothing where the model should be."""
    env_of = {**env(place), "ANTHROPIC_BASE_URL": "http://127.0.0.1:1"}
    return ClaudeCodeAgent(command=(str(program),), env=env_of, **{"channel": "one-shot", **more})


def bash(command: str) -> dict[str, Any]:
    """The call of the tool that runs a command."""
    return {"tool": "Bash", "input": {"command": command, "description": "Run"}}


def edit(old: str, new: str) -> list[dict[str, Any]]:
    """The calls of the tools that change calc.py."""
    path = "$CWD/calc.py"
    return [
        {"tool": "Read", "input": {"file_path": path}},
        {"tool": "Edit", "input": {"file_path": path, "old_string": old, "new_string": new}},
    ]


FIX = [*edit("a - b", "a + b"), bash("git commit -qam 'Fix add'"), {"text": "Fixed and committed."}]
FIRST = [{"text": "Looked at it.", "usage": {"input": 1000, "output": 50}}]
AGAIN = [{"text": "Added\n a test.", "usage": {"input": 700, "output": 30, "cached": 200}}]
CASES = {
    "success": (with_key, [FIRST]),
    "tools": (with_key, [FIX]),
    "refused": (with_key, [[bash("git push origin fix"), {"text": "I may not push."}]]),
    "resume": (with_key, [FIRST, AGAIN]),
    "limit": (with_login, [[{"error": 429, "message": "limit", "headers": LIMIT}]]),
    "429": (with_key, [[{"error": 429, "message": "Too many requests"}]]),
    "401": (with_key, [[{"error": 401, "message": "invalid x-api-key"}]]),
    "400": (with_key, [[{"error": 400, "message": "messages: at least one"}]]),
    "500": (with_key, [[{"error": 500, "message": "Internal server error"}]]),
    "credit": (with_key, [[{"error": 400, "message": "Your credit balance is too low to access the API."}]]),
    "no-login": (without_login, [FIRST]),
    "unreachable": (unreachable, [FIRST]),
}
