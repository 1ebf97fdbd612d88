"""Lines of Claude Code's ``stream-json``, as they are written and read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from agent_orchestrator.plugins.agent.dialogue.claude_code_values import a_text
from agent_orchestrator.ports.channel import Send

#: The program looks for commands and files in the last part of a message only: this one has none.
_END = "(End of the message.)"


def user_message(text: str, uuid: str = "") -> str:
    """The line that tells it ``text``: exactly, never as a command of its own (``/compact``) and without files.

    It would read ``@file`` into a message, from anywhere in the text and anywhere on the machine, without asking.
    """
    parts = [a_text(text)]
    if text.lstrip().startswith("/") or "@" in text or not text.strip():
        parts.append(_END)
    content = [{"type": "text", "text": part} for part in parts]
    own = {"uuid": uuid} if uuid else {}
    message = {"type": "user", "message": {"role": "user", "content": content}, "parent_tool_use_id": None}
    return f"{json.dumps({**message, 'session_id': '', **own})}\n"


def message_of(key: str, uuid: str, text: str) -> Send:
    """A message, as a step."""
    return Send(key, user_message(text, uuid).encode())


def call(id: str, request: Mapping[str, Any]) -> Send:
    """A request of ours."""
    return _step(id, {"type": "control_request", "request_id": id, "request": request})


def reply(id: str, response: Mapping[str, Any]) -> Send:
    """The answer to a request of the program."""
    return _step(f"answer:{id}", {"type": "control_response", "response": {**response, "request_id": id}})


def parsed(line: str) -> dict[str, Any] | None:
    """The event of a line; None where it is none."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _step(key: str, value: Mapping[str, Any]) -> Send:
    return Send(key, f"{json.dumps(value)}\n".encode())
