"""An agent of the Agent Client Protocol that asks before it mends ``half.py``, in which it makes a note first.

``asking.py``, with the standard library only.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

OPTIONS = [
    {"optionId": "yes", "name": "Yes, do it", "kind": "allow_once"},
    {"optionId": "no", "name": "No", "kind": "reject_once"},
]
CALL = {"toolCallId": "c1", "title": "sed -i s,//,/, half.py", "kind": "execute", "status": "pending"}
SESSION = "s-1"
NOTE = "# looking into it\n"


def main() -> None:
    folder, prompt = Path(), {}
    for line in sys.stdin:
        message = json.loads(line)
        method, params = message.get("method"), message.get("params", {})
        if method == "initialize":
            reply(message, {"protocolVersion": 1, "agentCapabilities": {}, "agentInfo": {"name": "a", "version": "1"}})
        elif method == "session/new":
            folder = Path(params["cwd"])
            reply(message, {"sessionId": SESSION})
        elif method == "session/prompt":
            prompt = message
            with (folder / "half.py").open("a") as file:
                file.write(NOTE)
            asked = {"sessionId": SESSION, "toolCall": CALL, "options": OPTIONS}
            send({"id": 7, "method": "session/request_permission", "params": asked})
        elif method is None and message.get("id") == 7:
            if message["result"]["outcome"].get("optionId") == "yes":
                mended = folder / "half.py"
                mended.write_text(mended.read_text().replace("//", "/").replace(NOTE, ""))
            said = {"sessionUpdate": "agent_message_chunk", "content": {"type": "text", "text": "It divides now."}}
            send({"method": "session/update", "params": {"sessionId": SESSION, "update": said}})
            reply(prompt, {"stopReason": "end_turn"})


def reply(request: dict[str, Any], result: dict[str, Any]) -> None:
    send({"id": request["id"], "result": result})


def send(message: dict[str, Any]) -> None:
    print(json.dumps({"jsonrpc": "2.0", **message}), flush=True)


if __name__ == "__main__":
    main()
