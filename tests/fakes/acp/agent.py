"""An agent of the Agent Client Protocol without a model: ``agent.py LOG`` does what it is told, and logs what it heard.

A prompt of ``ask`` asks for permission, of ``fs`` for a file, of ``wait`` works until it is cancelled; any other is
said back. Standard library only.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

CAPABILITIES = {"loadSession": True, "promptCapabilities": {"image": False}}
OPTIONS = [
    {"optionId": "yes", "name": "Yes", "kind": "allow_once"},
    {"optionId": "no", "name": "No", "kind": "reject_once"},
]
CALL = {"toolCallId": "c1", "title": "make all", "kind": "execute", "status": "pending"}
#: What is asked of the client, by the prompt.
ASKS = {
    "ask": ("session/request_permission", {"toolCall": CALL, "options": OPTIONS}),
    "fs": ("fs/read_text_file", {"path": "/etc/hostname"}),
}


def main(log: Path) -> None:
    """Serve the client on standard input until it is closed."""
    prompt: dict[str, Any] = {}
    for line in sys.stdin:
        message = json.loads(line)
        with log.open("a") as file:
            file.write(json.dumps(message) + "\n")
        method, params = message.get("method"), message.get("params", {})
        if method == "initialize":
            info = {"name": "double", "title": "Double", "version": "1.0"}
            reply(message, {"protocolVersion": 1, "agentCapabilities": CAPABILITIES, "agentInfo": info})
        elif method == "session/new":
            reply(message, {"sessionId": "s-1"})
        elif method == "session/load":
            update(params["sessionId"], {"sessionUpdate": "user_message_chunk", "content": text("An old message.")})
            update(params["sessionId"], {"sessionUpdate": "agent_message_chunk", "content": text("An old answer.")})
            reply(message, {})
        elif method == "session/prompt":
            prompt = message
            words = params["prompt"][0]["text"]
            if words in ASKS:
                asked, more = ASKS[words]
                send({"id": 7, "method": asked, "params": {"sessionId": params["sessionId"], **more}})
            elif words == "wait":
                update(params["sessionId"], {"sessionUpdate": "tool_call", **CALL, "status": "in_progress"})
            else:
                update(params["sessionId"], {"sessionUpdate": "agent_message_chunk", "content": text(words)})
                reply(prompt, {"stopReason": "end_turn"})
        elif method == "session/cancel":
            reply(prompt, {"stopReason": "cancelled"})
        elif method is None:
            said = json.dumps(message.get("result", {}).get("outcome") or message.get("error", {}).get("code"))
            session = prompt["params"]["sessionId"]
            update(session, {"sessionUpdate": "agent_message_chunk", "content": text(said)})
            reply(prompt, {"stopReason": "end_turn"})
        else:
            send({"id": message["id"], "error": {"code": -32601, "message": f"Method not found: {method}"}})


def text(words: str) -> dict[str, str]:
    """A block of content."""
    return {"type": "text", "text": words}


def update(session: str, change: dict[str, Any]) -> None:
    """News of a session."""
    send({"method": "session/update", "params": {"sessionId": session, "update": change}})


def reply(to: dict[str, Any], result: dict[str, Any]) -> None:
    """The answer to a request."""
    send({"id": to["id"], "result": result})


def send(message: dict[str, Any]) -> None:
    """One message to the client."""
    print(json.dumps({"jsonrpc": "2.0", **message}), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
