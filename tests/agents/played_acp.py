"""An agent of the Agent Client Protocol, played by hand."""

from __future__ import annotations

import json
from typing import Any

from agent_orchestrator.model import activity as a
from agent_orchestrator.plugins.agent.dialogue.acp import AcpDialogue
from agent_orchestrator.ports.channel import Send, Step


def spoken(steps: list[Step]) -> list[dict[str, Any]]:
    """What was sent, as messages."""
    return [json.loads(step.data) for step in steps if isinstance(step, Send)]


def seen(steps: list[Step]) -> list[a.Fact]:
    """What was observed."""
    return [step for step in steps if isinstance(step, a.Fact)]


def dumped(**message: Any) -> str:
    return json.dumps({"jsonrpc": "2.0", **message})


def take(dialogue: AcpDialogue, **message: Any) -> list[Step]:
    return [*dialogue.take(dumped(**message))]


def update(dialogue: AcpDialogue, what: str, **more: Any) -> list[Step]:
    return take(dialogue, method="session/update", params={"sessionId": "s", "update": {"sessionUpdate": what, **more}})


def chunk(dialogue: AcpDialogue, text: str) -> list[Step]:
    return update(dialogue, "agent_message_chunk", content={"type": "text", "text": text})


def ready(conversation: str = "", can: Any = None, session: Any = None, **more: Any) -> AcpDialogue:
    """A dialogue with an agent that can load a session, and is ready."""
    dialogue = AcpDialogue("/tree", conversation, **more)
    [*dialogue.open()]
    take(dialogue, id="initialize", result={"agentCapabilities": {"loadSession": True} if can is None else can})
    take(dialogue, id="session", result={"sessionId": "s", **(session or {})})
    return dialogue


def busy(**more: Any) -> AcpDialogue:
    """One that was told something, and has taken it."""
    dialogue = ready(**more)
    [*dialogue.say("m", "Go.")]
    take(dialogue, id="taken:m", error={"code": -32601, "message": ""})
    return dialogue


def asks(dialogue: AcpDialogue, call: dict[str, Any], *kinds: str) -> a.Ask:
    options = [{"optionId": f"o{n}", "name": kind, "kind": kind} for n, kind in enumerate(kinds or ("allow_once",))]
    params = {"sessionId": "s", "toolCall": call, "options": options}
    (fact,) = seen(take(dialogue, id=5, method="session/request_permission", params=params))
    assert fact.ask is not None
    return fact.ask
