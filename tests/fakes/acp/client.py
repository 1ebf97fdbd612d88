"""The same conversations with the agent double as the tests have, by somebody else's client: ``client.py LOG FOLDER``.

It needs the package agent-client-protocol, whose models say what is valid: ``client.py --check`` reads requests that a
client sent, one JSON-RPC message per line, from standard input, and ends with an error at the first that is not.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import acp
from acp import schema

AGENT = Path(__file__).with_name("agent.py")
MODELS = {
    "initialize": schema.InitializeRequest,
    "authenticate": schema.AuthenticateRequest,
    "session/new": schema.NewSessionRequest,
    "session/load": schema.LoadSessionRequest,
    "session/resume": schema.ResumeSessionRequest,
    "session/prompt": schema.PromptRequest,
    "session/cancel": schema.CancelNotification,
    "session/set_mode": schema.SetSessionModeRequest,
    "session/set_config_option": schema.SetSessionConfigOptionSelectRequest,
}


class Client(acp.Client):
    """Answers yes, has no files, and notes when the agent begins to work."""

    def __init__(self) -> None:
        self.works = asyncio.Event()

    async def request_permission(self, session_id: str, tool_call: Any, options: Any, **_: Any) -> Any:
        """Yes."""
        outcome = schema.AllowedOutcome(outcome="selected", option_id="yes")
        return acp.RequestPermissionResponse(outcome=outcome)

    async def session_update(self, session_id: str, update: Any, **_: Any) -> None:
        """Does it work?"""
        if update.session_update == "tool_call":
            self.works.set()

    async def read_text_file(self, session_id: str, path: str, **_: Any) -> Any:
        """No."""
        raise acp.RequestError.method_not_found("fs/read_text_file")


async def main(log: str, folder: str) -> None:
    """Hold the conversations, one process each."""
    for words in ("hello", "ask", "fs", "wait"):
        client = Client()
        async with acp.spawn_agent_process(client, sys.executable, str(AGENT), log, cwd=folder) as (agent, _):
            await agent.initialize(acp.PROTOCOL_VERSION, schema.ClientCapabilities())
            session = (await agent.new_session(folder, mcp_servers=[])).session_id
            prompted = asyncio.create_task(agent.prompt(session, [acp.text_block(words)]))
            if words == "wait":
                await client.works.wait()
                await agent.cancel(session)
            print(words, (await prompted).stop_reason)
    async with acp.spawn_agent_process(Client(), sys.executable, str(AGENT), log, cwd=folder) as (agent, _):
        await agent.initialize(acp.PROTOCOL_VERSION, schema.ClientCapabilities())
        await agent.load_session(folder, "s-1", mcp_servers=[])
        print("more", (await agent.prompt("s-1", [acp.text_block("more")])).stop_reason)


def check() -> None:
    """Is every message valid?"""
    for line in sys.stdin:
        message = json.loads(line)
        if message.get("method") in MODELS:
            MODELS[message["method"]].model_validate(message["params"])
        elif "result" in message:
            acp.RequestPermissionResponse.model_validate(message["result"])


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        check()
    else:
        asyncio.run(main(sys.argv[1], sys.argv[2]))
