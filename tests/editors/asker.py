"""An agent of the Agent Client Protocol that asks before it mends ``half.py``. Standard library only."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

OPTIONS = [
    {"optionId": "yes", "name": "Yes", "kind": "allow_once"},
    {"optionId": "no", "name": "No", "kind": "reject_once"},
]
CALL = {"toolCallId": "c1", "title": "make half", "kind": "execute", "status": "pending"}


def main() -> None:
    """Serve the client on standard input until it is closed."""
    folder, prompt = Path(), {}
    for line in sys.stdin:
        message = json.loads(line)
        method, params = message.get("method"), message.get("params", {})
        if method == "initialize":
            info = {"name": "asker", "title": "Asker", "version": "1.0"}
            reply(message, {"protocolVersion": 1, "agentCapabilities": {}, "agentInfo": info})
        elif method == "session/new":
            folder = Path(params["cwd"])
            reply(message, {"sessionId": "s-1"})
        elif method == "session/prompt":
            prompt = message
            asked = {"sessionId": "s-1", "toolCall": CALL, "options": OPTIONS}
            send({"id": 7, "method": "session/request_permission", "params": asked})
        elif method == "session/cancel":
            reply(prompt, {"stopReason": "cancelled"})
        elif method is None:
            if message.get("result", {}).get("outcome", {}).get("optionId") == "yes":
                file = folder / "half.py"
                file.write_text(file.read_text().replace("a // 2", "a / 2"))
            words = {"sessionUpdate": "agent_message_chunk", "content": {"type": "text", "text": "It is done."}}
            send({"method": "session/update", "params": {"sessionId": "s-1", "update": words}})
            reply(prompt, {"stopReason": "end_turn"})


def reply(to: dict[str, Any], result: dict[str, Any]) -> None:
    """The answer to a request."""
    send({"id": to["id"], "result": result})


def send(message: dict[str, Any]) -> None:
    """One message to the client."""
    print(json.dumps({"jsonrpc": "2.0", **message}), flush=True)


if __name__ == "__main__":
    main()
