"""What happened while nobody heard opencode's events: asked for afterwards, and told as if it had been heard."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from agent_orchestrator.plugins.agent.dialogue import opencode_wire as wire
from agent_orchestrator.plugins.agent.dialogue.lines import obj, objs, text
from agent_orchestrator.ports.channel import Send

#: Messages of the conversation that are looked at, the newest.
_MOST = 50
#: An event: its type and properties.
Event = tuple[str, Mapping[str, Any]]


def questions(session: str, number: object) -> list[Send]:
    """What is asked for once the events are heard again, in the order in which the answers are told."""
    return [
        wire.get(f"messages:{number}", f"{wire.session_path(session)}/message?limit={_MOST}"),
        wire.get(f"permissions:{number}", "/permission"),
        wire.get(f"questions:{number}", "/question"),
        wire.get(f"status:{number}", "/session/status"),
    ]


def told(kind: str, body: object, session: str, since: float, open: Iterable[str]) -> Iterator[Event]:
    """The events of an answer. ``since``: when the turn began; ``open``: what is asked, by the ids of its kind."""
    if kind == "messages":
        for one in _list(body):
            info = obj(one, "info")
            if wire.seconds(obj(info, "time"), "created") >= since:
                # Its parts are told of a message that is written.
                started = {**info, "time": {"created": 0}}
                yield "message.updated", {"sessionID": session, "info": started}
                yield from (("message.part.updated", {"part": part}) for part in objs(one, "parts"))
                yield "message.updated", {"sessionID": session, "info": info}
    elif kind in ("permissions", "questions"):
        name = kind[:-1]
        asked = {text(one, "id"): one for one in _list(body)}
        yield from ((f"{name}.asked", one) for one in asked.values())
        yield from ((f"{name}.replied", {"requestID": id}) for id in open if id not in asked)
    elif kind == "status" and isinstance(body, dict):
        status = obj(body, session)
        busy = text(status, "type") in ("busy", "retry")
        about = {"sessionID": session, "status": status}
        yield ("session.status", about) if busy else ("session.idle", about)


def _list(body: object) -> list[dict[str, Any]]:
    return [one for one in body if isinstance(one, dict)] if isinstance(body, list) else []
