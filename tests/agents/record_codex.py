"""What is recorded of Codex, run once per turn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from agent_orchestrator.plugins.agent.codex import CodexAgent

KEY = "sk-dummy-0123456789abcdef0123456789"
PROGRAMS = [("codex-0.169.0", "codex", "codex")]
#: In seconds since 1970: the 2nd of January 2100, 03:04:05 UTC. Far away, since a limit that is over is no limit.
RESETS_AT = 4102542245
PATCH = """apply_patch <<'EOF'
*** Begin Patch
*** Update File: calc.py
@@
-    return a - b
+    return a + b
*** End Patch
EOF"""


def env(place: Any) -> dict[str, str]:
    """The user's own home of the program, with a provider for the model and its key."""
    settings = f"""
model = "mock-model"
model_provider = "mock"
[model_providers.mock]
name = "mock"
base_url = "{place.url}/v1"
env_key = "MOCK_API_KEY"
wire_api = "responses"
request_max_retries = 1
stream_max_retries = 1
"""
    place.write(".codex/config.toml", settings)
    return {"MOCK_API_KEY": KEY, "TZ": "UTC"}


def with_key(place: Any, program: Path, **more: Any) -> CodexAgent:
    """As somebody with a key uses it."""
    return CodexAgent(command=(str(program),), env=env(place), **{"channel": "one-shot", **more})


def without_key(place: Any, program: Path) -> CodexAgent:
    """As somebody uses it who has forgotten the key."""
    env(place)
    return CodexAgent(command=(str(program),), channel="one-shot")


def run(command: str, **more: Any) -> dict[str, Any]:
    """The call of the tool that runs a command."""
    return {"tool": "exec_command", "input": {"cmd": command, **more}}


def limit(**more: Any) -> list[dict[str, Any]]:
    """The answer of a service whose usage limit is reached."""
    return [
        {"error": 429, "message": "The usage limit has been reached", "body": {"type": "usage_limit_reached", **more}}
    ]


FIX = [run(PATCH), run("git commit -qam 'Fix add'"), {"text": "Fixed and committed."}]
FIRST = [{"text": "Looked at it.", "usage": {"input": 1000, "output": 50}}]
AGAIN = [{"text": "Added\n a test.", "usage": {"input": 700, "output": 30, "cached": 200}}]
CASES = {
    "success": (with_key, [FIRST]),
    "tools": (with_key, [FIX]),
    "refused": (with_key, [[run("touch /root/outside"), run("git config a.b c"), {"text": "I may not."}]]),
    "resume": (with_key, [FIRST, AGAIN]),
    "limit": (with_key, [limit(resets_at=RESETS_AT, plan_type="pro")]),
    "limit-unknown": (with_key, [limit(plan_type="team")]),
    "429": (with_key, [[{"error": 429, "message": "Too many requests"}]]),
    "401": (with_key, [[{"error": 401, "message": "Incorrect API key provided"}]]),
    "400": (with_key, [[{"error": 400, "message": "Unsupported parameter"}]]),
    "500": (with_key, [[{"error": 500, "message": "Internal server error"}]]),
    "quota": (
        with_key,
        [[{"error": 429, "message": "No quota", "body": {"type": "insufficient_quota", "code": "insufficient_quota"}}]],
    ),
    "full": (with_key, [[{"error": 400, "message": "too long", "body": {"code": "context_length_exceeded"}}]]),
    "drop": (with_key, [[{"drop": True, "text": "half"}]]),
    "no-key": (without_key, [FIRST]),
}
