"""The messages of ``codex app-server``, one per line: read without trust, and written."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, TypeVar

from agent_orchestrator import __version__
from agent_orchestrator.model.text import sanitize
from agent_orchestrator.plugins.agent.output import paragraph
from agent_orchestrator.ports.channel import Send

#: What it need not print: parts of what comes whole later, and what nobody here reads.
_UNREAD = (
    "item/agentMessage/delta",
    "item/commandExecution/outputDelta",
    "item/fileChange/outputDelta",
    "item/fileChange/patchUpdated",
    "item/plan/delta",
    "item/reasoning/summaryPartAdded",
    "item/reasoning/summaryTextDelta",
    "item/reasoning/textDelta",
    "remoteControl/status/changed",
    "thread/readState/changed",
    "turn/diff/updated",
)
#: What ``initialize`` says of us.
HELLO = {
    "clientInfo": {"name": "agent-orchestrator", "title": "Agent Orchestrator", "version": __version__},
    # The decisions that may be given are part of what it calls experimental.
    "capabilities": {"experimentalApi": True, "requestAttestation": False, "optOutNotificationMethods": list(_UNREAD)},
}
#: What it does between its tools, and while it writes.
THINK = "Think"
#: Of what is open at one time, at most so much is kept.
_OPEN = 256
_SHELLS = frozenset({"bash", "dash", "sh", "zsh"})
T = TypeVar("T")


def text(value: Mapping[str, Any], name: str) -> str:
    """The text with this name; empty when it is none."""
    found = value.get(name)
    return found if isinstance(found, str) else ""


def obj(value: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The object with this name; empty when it is none."""
    found = value.get(name)
    return found if isinstance(found, dict) else {}


def objs(value: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """The objects of the list with this name; none when it is no list."""
    found = value.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def parsed(line: str) -> dict[str, Any] | None:
    """The message of a line; None when it is none. No text in it has half of a surrogate pair."""
    try:
        value = json.loads(line, parse_constant=_refused)
        if "\\ud" in line.lower() or not _encodable(line):
            value = json.loads(whole(json.dumps(value, ensure_ascii=False)))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def whole(words: str) -> str:
    """A text with a replacement character for each half of a surrogate pair: those are not in UTF-8."""
    return words.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def shown(words: str, limit: int) -> str:
    """A text from outside as one line of at most ``limit`` characters."""
    return paragraph(sanitize(whole(words)), limit)


def call(key: str, method: str, params: Mapping[str, Any]) -> Send:
    """A request, whose id is its key."""
    return line(key, {"id": key, "method": method, "params": params})


def reply(id: int | str, outcome: Mapping[str, object]) -> Send:
    """The answer to a request of the program: ``result`` or ``error``."""
    return line(f"answer:{id}", {"id": id, **outcome})


def line(key: str, message: Mapping[str, object]) -> Send:
    """A message. It leaves out ``jsonrpc``, as the program does."""
    return Send(key, json.dumps(message).encode() + b"\n")


def work(item: Mapping[str, Any]) -> str:
    """What an item of a conversation is, in a few words; empty for what is no work."""
    kind = text(item, "type")
    if kind == "commandExecution":
        return f"Run: {unwrapped(text(item, 'command'))}"
    if kind == "fileChange":
        return "Edit: " + ", ".join(PurePosixPath(path).name for path in paths(item))
    if kind == "mcpToolCall":
        return f"{text(item, 'server')}: {text(item, 'tool')}"
    if kind == "webSearch":
        return f"Search: {text(item, 'query')}"
    if kind == "collabAgentToolCall":
        return f"Agents: {text(item, 'tool')}"
    if kind == "contextCompaction":
        return "Compact the conversation"
    return THINK if kind in ("agentMessage", "plan", "reasoning") else ""


def paths(item: Mapping[str, Any]) -> tuple[str, ...]:
    """The files of an item that changes files."""
    return tuple(path for one in objs(item, "changes") if (path := text(one, "path")))


def unwrapped(command: str) -> str:
    """A line of shell as the model wrote it, without the shell that runs it."""
    try:
        words = shlex.split(command)
    except ValueError:
        return command
    shell = len(words) == 3 and PurePosixPath(words[0]).name in _SHELLS and words[1] in ("-c", "-lc")
    return words[2] if shell else command


def share(part: object, total: object) -> float | None:
    """How much of ``total`` it is, from 0 to 1; None where they do not say."""
    if isinstance(part, int) and isinstance(total, int) and 0 <= part <= total and total > 0:
        return part / total
    return None


def keep(kept: dict[str, T], key: str, value: T) -> None:
    """Keep something that is open, and drop the oldest when they are too many."""
    kept[key] = value
    if len(kept) > _OPEN:
        del kept[next(iter(kept))]


def _refused(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def _encodable(words: str) -> bool:
    try:
        words.encode()
    except UnicodeEncodeError:
        return False
    return True
