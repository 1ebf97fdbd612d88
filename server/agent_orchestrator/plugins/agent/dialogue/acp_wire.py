"""The messages of the Agent Client Protocol, version 1, that a client sends: JSON-RPC 2.0, one per line.

See agentclientprotocol.com/protocol. A request's id is its key, so a replay sends the same.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from agent_orchestrator.ports.channel import Send

#: JSON-RPC's number for a method that is not there.
NO_METHOD = -32601
#: A method that no agent has: extensions begin with an underscore, and who does not know one has to say so.
FENCE = "_agent-orchestrator/fence"

#: Neither files nor terminals of ours: a program reads, writes and runs by itself, in the session's worktree.
_CAPABILITIES = {"fs": {"readTextFile": False, "writeTextFile": False}, "terminal": False}
#: What programs take for the beginning of a command of theirs, after any blanks.
_SIGNS = ("/", "$", "!", "?", "#", "@")


def initialize() -> Send:
    """The first request."""
    client = {"name": "agent-orchestrator", "title": "Agent Orchestrator", "version": "1"}
    params = {"protocolVersion": 1, "clientCapabilities": _CAPABILITIES, "clientInfo": client}
    return call("initialize", "initialize", params)


def session(method: str, cwd: str, id: str = "") -> Send:
    """Begin a session in this folder, or go on with the one of this id: `session/new`, `…/resume` or `…/load`."""
    return call("session", f"session/{method}", {"cwd": cwd, "mcpServers": [], **({"sessionId": id} if id else {})})


def prompt(message: str, session: str, words: str) -> Send:
    """Tell it a text. What it would take for a command of its own gets a line before it."""
    # Programs in JavaScript skip a byte order mark as a blank.
    command = words.replace("\ufeff", " ").lstrip()[:1] in _SIGNS
    block = {"type": "text", "text": f"Message:\n{words}" if command else words}
    return call(f"prompt:{message}", "session/prompt", {"sessionId": session, "prompt": [block]})


def fence(key: str) -> Send:
    """A request that is refused at once: then all that was sent before was read."""
    return call(key, FENCE, {})


def cancel(key: str, session: str) -> Send:
    """End what it does."""
    return _line(key, {"method": "session/cancel", "params": {"sessionId": session}})


def call(key: str, method: str, params: Mapping[str, object]) -> Send:
    """A request."""
    return _line(key, {"id": key, "method": method, "params": params})


def chosen(id: Any, option: str) -> Send:
    """The answer to a request for permission: one of its options, or none of them."""
    outcome = {"outcome": "selected", "optionId": option} if option else {"outcome": "cancelled"}
    return _line(_answer(id), {"id": id, "result": {"outcome": outcome}})


def refused(id: Any, method: str) -> Send:
    """The answer to a request for something that we do not have."""
    error = {"code": NO_METHOD, "message": f"Method not found: {method}"[:200]}
    return _line(_answer(id), {"id": id, "error": error})


def _answer(id: Any) -> str:
    return f"answer:{id if isinstance(id, str) else json.dumps(id)}"[:200]


def _line(key: str, message: Mapping[str, object]) -> Send:
    # In ASCII a line is the same in any encoding, and no character of a text ends it.
    return Send(key, json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
