"""What is said to ``opencode serve``, by way of the bridge, and what its events are called.

Its API is what it serves at ``/doc``. A request's id is its key, so a replay makes the same.
"""

from __future__ import annotations

import json
import os.path
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote

from agent_orchestrator.plugins.agent.dialogue.lines import count, obj, shown, text, whole
from agent_orchestrator.ports.channel import Send

#: The events that are read; the others need not be carried.
EVENTS = (
    "message.part.updated",
    "message.updated",
    "permission.asked",
    "permission.replied",
    "question.asked",
    "question.rejected",
    "question.replied",
    "server.connected",
    "session.created",
    "session.deleted",
    "session.error",
    "session.idle",
    "session.status",
)
#: What it does between its tools, and while it writes.
THINK = "Think"
#: An id of its: what it is, when it was made in 12 digits that grow, and chance.
_STAMP = re.compile(r"[a-z]+_([0-9a-f]{12})")
#: Between the time and the id of a message of ours. Its own ids have no such sign.
_OURS = "ao_"
_VERBS = {"bash": "Run", "edit": "Edit", "write": "Edit", "apply_patch": "Edit", "patch": "Edit", "read": "Read"}
_VERBS |= {"list": "Read", "webfetch": "Fetch", "websearch": "Search", "grep": "Search", "glob": "Search"}
#: Arguments of its tools that say on what they work.
_WHAT = ("command", "filePath", "path", "url", "query", "pattern", "description", "name")


def get(key: str, path: str) -> Send:
    """Ask for something."""
    return _request(key, "GET", path, None)


def post(key: str, path: str, body: Mapping[str, object] | None = None) -> Send:
    """Have something done."""
    return _request(key, "POST", path, body or {})


def session(id: str, title: str) -> Send:
    """Begin a session, or look for the one of this id. One without a title has the model find one."""
    return get("session", session_path(id)) if id else post("session", "/session", {"title": title})


def session_path(id: str) -> str:
    """Where a session is."""
    return f"/session/{_in_path(id)}"


def prompt(session: str, stamp: str, message: str, words: str, model: str) -> Send:
    """Tell it a text. ``stamp`` is that of its newest event: its ids are in the order of time."""
    provider, _, name = model.partition("/")
    chosen = {"model": {"providerID": provider, "modelID": name}} if model else {}
    id = f"msg_{stamp or '0' * 12}{_OURS}{quote(message, safe='')}"
    body = {"messageID": id, "parts": [{"type": "text", "text": whole(words)}], **chosen}
    return post(f"prompt:{message}", f"{session_path(session)}/prompt_async", body)


def abort(key: str, session: str) -> Send:
    """End what it does in a session, and what its subagents do."""
    return post(key, f"{session_path(session)}/abort")


def reply(kind: str, id: str, how: str, body: Mapping[str, object]) -> Send:
    """The answer to something that it asked: ``kind`` is ``permission`` or ``question``."""
    return post(f"answer:{id}", f"/{kind}/{_in_path(id)}/{how}", body)


def stamp_of(id: str) -> str:
    """When this id was made; empty where it does not say."""
    found = _STAMP.match(id)
    return found[1] if found else ""


def ours(id: str) -> str:
    """The message of ours with this id; empty for one that is not."""
    found = _STAMP.match(id)
    rest = id[found.end() :] if found else ""
    return unquote(rest[len(_OURS) :]) if rest.startswith(_OURS) else ""


def work(tool: str, given: Mapping[str, Any], cwd: str) -> str:
    """What a call of a tool does, in a few words."""
    what = next((found for name in _WHAT if (found := text(given, name))), "")
    if what.startswith(f"{cwd}/"):
        what = os.path.relpath(what, cwd)
    return shown(f"{_VERBS.get(tool, tool)}: {what}" if what else tool, 80)


def seconds(value: Mapping[str, Any], name: str) -> float:
    """A time of its, which is in milliseconds; 0 where there is none."""
    return min(count(value, name) or 0, 1 << 50) / 1000


def words_of(body: object, otherwise: str) -> str:
    """What an answer that is an error says."""
    found = body if isinstance(body, dict) else {}
    said = text(found, "data", "message") or text(found, "message") or (body if isinstance(body, str) else "")
    return shown(said or text(obj(found, "data"), "name") or otherwise, 400)


def _in_path(id: str) -> str:
    return quote(whole(id), safe="")


def _request(key: str, method: str, path: str, body: object) -> Send:
    # In ASCII a line is the same in any encoding, and no character of a text ends it.
    return Send(key, json.dumps({"id": key, "method": method, "path": path, "body": body}).encode() + b"\n")
