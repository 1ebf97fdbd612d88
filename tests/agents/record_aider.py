"""What is recorded of aider."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from agent_orchestrator.plugins.agent.aider import AiderAgent

KEY = "sk-dummy-0123456789abcdef0123456789"
PROGRAMS = [("aider-0.86.2", "aider", "aider")]


def with_key(place: Any, program: Path, url: str = "", **more: Any) -> AiderAgent:
    """As somebody with a provider and a key for it uses it."""
    env = {"OPENAI_API_BASE": f"{url or place.url}/v1", "OPENAI_API_KEY": KEY}
    args = ("--edit-format", "diff")
    return AiderAgent(command=(str(program),), args=args, env=env, model="openai/mock-model", **more)


def edit(old: str, new: str) -> str:
    """A text from which it reads an edit of calc.py."""
    return f"calc.py\n```python\n<<<<<<< SEARCH\n    return {old}\n=======\n    return {new}\n>>>>>>> REPLACE\n```\n"


FIX = [{"text": edit("a - b", "a + b") + "Fixed and committed.", "usage": {"input": 1000, "output": 50}}]
FIRST = [{"text": "Looked at it.", "usage": {"input": 1000, "output": 50}}]
AGAIN = [{"text": "Added\n a test.", "usage": {"input": 700, "output": 30, "cached": 200}}]
CASES = {
    "success": (with_key, [FIRST]),
    "edit": (with_key, [FIX]),
    "resume": (with_key, [FIRST, AGAIN]),
    "429": (with_key, [[{"error": 429, "message": "Too many requests"}]]),
    "401": (with_key, [[{"error": 401, "message": "Incorrect API key provided"}]]),
    "400": (with_key, [[{"error": 400, "message": "Unsupported parameter"}]]),
    "500": (with_key, [[{"error": 500, "message": "Internal server error"}]]),
}
