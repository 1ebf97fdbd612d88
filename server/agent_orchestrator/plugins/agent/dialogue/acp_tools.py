"""What an agent of the Agent Client Protocol does with its tools, and what it asks before."""

from __future__ import annotations

import os.path
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from attrs import evolve, frozen

from agent_orchestrator.model import activity as a
from agent_orchestrator.model.text import sanitize
from agent_orchestrator.plugins.agent.dialogue.acp_traits import Traits
from agent_orchestrator.plugins.agent.dialogue.lines import obj, objs, parsed, shown, text, whole

#: What it does between its tools, and while it writes.
THINK = "Think"
#: States of calls that are over.
ENDED = ("completed", "failed")
#: Most characters of what is asked.
_CAP = 2000

_ACTIONS = {"execute": "run", "edit": "edit", "delete": "edit", "move": "edit", "fetch": "fetch"}
_ACTIONS |= {"read": "read", "search": "read"}
#: Kinds of tools of which nothing but their names is told, as those of Kimi Code's subagents.
_NAMED = {"bash": "execute", "edit": "edit", "write": "edit", "read": "read", "fetchurl": "fetch"}
_VERBS = {"execute": "Run", "edit": "Edit", "delete": "Delete", "move": "Move", "fetch": "Fetch", "read": "Read"}
_DOES = {"allow_once": a.ALLOW, "allow_always": a.ALLOW_ALWAYS, "reject_once": a.DENY, "reject_always": a.DENY_ALWAYS}

#: Arguments of tools that are files. Each program has its own names.
_FILES = ("file_path", "filePath", "filepath", "path", "absolute_path", "notebook_path")
#: Of a command that is not told as one.
_UNSURE = "(That is how it puts it. The command itself it does not tell; this may be a part of it.)"
_NAME = re.compile(r"[A-Za-z][\w.-]{0,60}")
#: How Gemini numbers its calls.
_NUMBERED = re.compile(r"(?P<name>\w+?)__(?P=name)_\d")


@frozen
class Tool:
    """One call of a tool, as far as it is known: a call is told in pieces."""

    name: str = ""
    kind: str = ""
    title: str = ""
    command: str = ""
    url: str = ""
    paths: tuple[str, ...] = ()

    @property
    def action(self) -> str:
        """What it is, in the terms of :class:`~agent_orchestrator.model.activity.Ask`."""
        return _ACTIONS.get(self.kind, "other")


def told_of(tool: Tool, update: Mapping[str, Any], traits: Traits) -> Tool:
    """The call with what one more message says of it."""
    given = obj(update, "rawInput")
    if not given and traits.spelled and text(update, "status") not in ENDED:
        given = next(filter(None, map(parsed, _texts(update))), {})
    title = text(update, "title")
    numbered = _NUMBERED.match(text(update, "toolCallId"))
    meta = text(update, "_meta", "claudeCode", "toolName")
    name = tool.name or meta or (numbered["name"] if numbered else title if _NAME.fullmatch(title) else "")
    kind = text(update, "kind") or tool.kind or _NAMED.get(name.lower(), "")
    return evolve(
        tool,
        name=whole(name),
        kind=kind,
        title=whole(title) or tool.title,
        command=whole(_command(given) or (title if traits.titled and kind == "execute" else "")) or tool.command,
        url=whole(text(given, "url")) or tool.url,
        paths=tuple(map(whole, dict.fromkeys(_paths(update, given)))) or tool.paths,
    )


def work(tool: Tool, cwd: str, limit: int = 80) -> str:
    """What a call is, in at most ``limit`` characters; empty where only its kind is known so far."""
    what = tool.command or tool.url
    if not what and tool.action in ("edit", "read") and tool.paths:
        what = ", ".join(os.path.relpath(path, cwd) if path.startswith(f"{cwd}/") else path for path in tool.paths)
    if not what and tool.title != tool.name:
        what = tool.title
    verb = _VERBS.get(tool.kind) or tool.name
    return shown(f"{verb}: {what}" if verb else what, limit) if what else ""


def asked(id: str, params: Mapping[str, Any], tool: Tool, cwd: str) -> a.Ask:
    """What a request for permission asks. ``tool`` is its call, with what the request says of it."""
    options = [
        a.Option(
            whole(option_id), shown(text(option, "name") or option_id, 200), _DOES.get(text(option, "kind"), a.CHOICE)
        )
        for option in objs(params, "options")
        if (option_id := text(option, "optionId"))
    ]
    said = sanitize(whole("\n".join(_texts(obj(params, "toolCall")))))[:_CAP].strip()
    # There are no questions in the protocol: who asks one offers several ways to allow it.
    if sum(option.does == a.ALLOW for option in options) > 1:
        options = [evolve(option, does=a.CHOICE) if option.does == a.ALLOW else option for option in options]
        return a.Ask(id, a.QUESTION, said or shown(tool.title, _CAP), tuple(options), tool.name)
    words = work(tool, cwd, _CAP) or said or shown(tool.title, _CAP)
    if tool.action == "run" and not tool.command:
        words = f"{words}\n{_UNSURE}"
    return a.Ask(id, a.PERMISSION, words, tuple(options), tool.name, tool.action, _subjects(tool, cwd))


def _subjects(tool: Tool, cwd: str) -> tuple[str, ...]:
    if tool.action == "run":
        return (tool.command,) if tool.command else ()
    if tool.action == "fetch":
        return (tool.url,) if tool.url else ()
    return tuple(os.path.normpath(os.path.join(cwd, path)) for path in tool.paths)


def _command(given: Mapping[str, Any]) -> str:
    words = given.get("command")
    if isinstance(words, list) and all(isinstance(word, str) for word in words):
        return shlex.join(words)
    return text(given, "command") or text(given, "cmd")


def _paths(update: Mapping[str, Any], given: Mapping[str, Any]) -> Iterator[str]:
    places: Iterable[Mapping[str, Any]] = (*objs(update, "locations"), *objs(update, "content"))
    yield from filter(None, (text(place, "path") for place in places))
    yield from filter(None, (text(given, name) for name in _FILES))


def _texts(update: Mapping[str, Any]) -> list[str]:
    return [words for one in objs(update, "content") if (words := text(one, "content", "text"))]
