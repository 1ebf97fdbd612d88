"""A turn with Claude Code in a terminal: its hooks say what it does, and keys tell it what to do.

Measured with 2.1.330 and 2.1.197:

* No hook tells of an interrupt: the title of its window begins with ``✳`` again, and nothing follows.
* A permission is asked right after its hook has ended; keys that come before that are text. ``1`` allows, Escape denies
  and ends the work, so that the reason is told as a message after it.
* What the person at its screen types is told by the same hook as what is typed from here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

from attrs import define, field

from agent_orchestrator.model import activity as a
from agent_orchestrator.model.activity import Ask, Fact
from agent_orchestrator.model.usage import FAILED
from agent_orchestrator.plugins.agent.dialogue.claude_code_asks import request
from agent_orchestrator.plugins.agent.dialogue.claude_code_outcome import ERRORS
from agent_orchestrator.plugins.agent.dialogue.claude_code_values import a_text, an_object, objects, one_line
from agent_orchestrator.plugins.agent.dialogue.typing import ESCAPE, cleaned, same, typed
from agent_orchestrator.plugins.agent.trouble import kind_of
from agent_orchestrator.ports.agent import Told
from agent_orchestrator.ports.channel import Send, Step
from agent_orchestrator.proc.keyboard import AFTER, SCREEN, TITLE
from agent_orchestrator.proc.spool import hook_command

#: Names that both versions know: one that a version does not know opens a dialog at its start.
_HOOKS = (
    *("SessionStart", "UserPromptSubmit", "PreToolUse", "PostToolUse", "PostToolUseFailure", "PermissionRequest"),
    *("Notification", "Stop", "StopFailure", "PreCompact", "SessionEnd"),
)
_TOOLS = ("PreToolUse", "PostToolUse", "PostToolUseFailure", "PermissionRequest")
_IDLE_TITLE = "✳"
#: Seconds between the hook of a permission and the keys that answer it.
_DIALOG_DRAWN = 0.7
#: Seconds between the hook of the end of its work and the first key: its screen is drawn anew meanwhile, and 2.1.197
#: loses what is typed into that.
_SETTLED = 0.4
_QUESTIONS = ("AskUserQuestion", "ExitPlanMode")
_START = "start"
_SHOWN = ("command", "file_path", "notebook_path", "url", "query", "pattern", "skill", "description")


def hooks(spool: Path) -> dict[str, Any]:
    """The ``hooks`` of its settings that write what happens into the spool."""
    command = {"type": "command", "command": hook_command(spool), "timeout": 10}
    return {name: [{**({"matcher": "*"} if name in _TOOLS else {}), "hooks": [command]}] for name in _HOOKS}


@define
class ClaudeCodeTerminal:
    """One turn. ``prompt`` is what it was started with as an argument; empty: it is typed."""

    prompt: str = ""
    #: What is queued it takes at once or later, and who is at its screen sees it: one is told it when it is done.
    steers: ClassVar[bool] = False

    _ready: bool = field(default=False, init=False)
    _busy: bool = field(default=False, init=False)
    _conversation: str = field(default="", init=False)
    _folder: str = field(default="", init=False)
    _sent: dict[str, str] = field(factory=dict, init=False)
    _asks: dict[str, Ask] = field(factory=dict, init=False)
    _tool: tuple[str, str] = field(default=("", ""), init=False)
    _count: int = field(default=0, init=False)
    _interrupts: int = field(default=0, init=False)
    #: It is being told why something was refused: until it has that, its title is that of one who waits.
    _telling: bool = field(default=False, init=False)
    #: The key of an answer: a title from before it was pressed is that of one who asks.
    _pressed: str = field(default="", init=False)
    _words: str = field(default="", init=False)
    _error: str = field(default="", init=False)

    def open(self) -> Iterable[Step]:
        """Nothing: it says when it is ready."""
        return ()

    def take(self, line: str) -> Iterable[Step]:
        """A line of the spool: what hooks write may stand on one line when two of them wrote at once."""
        steps: list[Step] = []
        for event in _objects(line):
            steps += self._event(event)
        return steps

    def _event(self, event: Mapping[str, Any]) -> Iterator[Step]:
        if TITLE in event:
            yield from self._titled(a_text(event[TITLE]), a_text(event.get(AFTER)))
            return
        if SCREEN in event:
            if not self._ready:
                yield self._asked(Ask(_START, a.DIALOG, a_text(event[SCREEN])))
            return
        self._conversation = a_text(event.get("session_id")) or self._conversation
        self._folder = a_text(event.get("cwd")) or self._folder
        handler = _HANDLERS.get(a_text(event.get("hook_event_name")))
        if handler is not None:
            yield from handler(self, event)

    def _session_start(self, event: Mapping[str, Any]) -> Iterator[Step]:
        if _START in self._asks:
            yield self._answered(_START, "")
        self._ready = True
        yield Fact(a.READY, a.HOOK, text=one_line(a_text(event.get("model"))), conversation=self._conversation)

    def _submitted(self, event: Mapping[str, Any]) -> Iterator[Step]:
        submitted = a_text(event.get("prompt"))
        self._busy, self._telling, self._error = True, False, ""
        message = next((id for id, text in self._sent.items() if same(submitted, text)), "")
        if message:
            del self._sent[message]
            yield Fact(a.ACCEPTED, a.HOOK, message=message, conversation=self._conversation)
        else:
            yield Fact(a.WORKING, a.HOOK, text="told at its screen")

    def _tool_begins(self, event: Mapping[str, Any]) -> Iterator[Step]:
        tool, given = a_text(event.get("tool_name")), an_object(event.get("tool_input"))
        self._busy, self._tool = True, (tool, a_text(event.get("tool_use_id")))
        shown = next((a_text(given[name]) for name in _SHOWN if a_text(given.get(name))), "")
        yield Fact(a.WORKING, a.HOOK, text=one_line(f"{tool}: {shown}" if shown else tool, 80))

    def _tool_ends(self, event: Mapping[str, Any]) -> Iterator[Step]:
        id = a_text(event.get("tool_use_id"))
        if id in self._asks:
            yield self._answered(id, "")
        yield Fact(a.WORKING, a.HOOK, text="thinking")

    def _permission(self, event: Mapping[str, Any]) -> Iterator[Step]:
        tool, id = a_text(event.get("tool_name")), self._tool[1] if self._tool[0] == event.get("tool_name") else ""
        self._count += 1
        id = id or f"permission:{self._count}"
        if tool in _QUESTIONS:
            given = an_object(event.get("tool_input"))
            text = "; ".join(a_text(one.get("question")) for one in objects(given.get("questions"))) or tool
            # How its screen takes an answer to these depends on the question.
            yield self._asked(Ask(id, a.QUESTION, f"{text} (answer it at its screen: `ao attach`)"))
        else:
            asked = {"tool_name": tool, "input": event.get("tool_input")}
            yield self._asked(request(id, asked, self._folder).asks[0])

    def _notification(self, event: Mapping[str, Any]) -> Iterator[Step]:
        if event.get("notification_type") == "agent_needs_input":
            self._count += 1
            yield self._asked(Ask(f"dialog:{self._count}", a.DIALOG, one_line(a_text(event.get("message")))))
        elif event.get("notification_type") == "idle_prompt" and self._busy:
            self._busy = self._telling = False
            yield Fact(a.INTERRUPTED, a.HOOK)

    def _stopped(self, event: Mapping[str, Any]) -> Iterator[Step]:
        self._busy, self._words = False, one_line(a_text(event.get("last_assistant_message")))
        running = [one for one in objects(event.get("background_tasks")) if one.get("status") == "running"]
        self._asks.clear()
        yield Fact(a.DONE, a.HOOK, text=self._words, background=len(running))

    def _failed(self, event: Mapping[str, Any]) -> Iterator[Step]:
        self._busy = False
        self._words = one_line(a_text(event.get("last_assistant_message")) or a_text(event.get("error_details")))
        self._error = ERRORS.get(a_text(event.get("error"))) or kind_of(self._words)
        self._asks.clear()
        yield Fact(a.FAILED, a.HOOK, error=self._error, text=self._words)

    def _titled(self, title: str, after: str) -> Iterator[Step]:
        waits = self._asks or self._telling or self._pressed not in ("", after)
        if title.startswith(_IDLE_TITLE) and self._busy and not waits:
            self._busy = False
            yield Fact(a.INTERRUPTED, a.FILES)

    def _asked(self, ask: Ask) -> Fact:
        self._asks[ask.id] = ask
        return Fact(a.ASKED, a.HOOK, ask=ask)

    def _answered(self, id: str, option: str) -> Fact:
        self._asks.pop(id, None)
        return Fact(a.ANSWERED, a.HOOK, message=id, text=option)

    def say(self, message: str, text: str) -> Iterable[Step]:
        """Type it; of the turn's prompt nothing when the program was started with it."""
        plain = cleaned(text)
        self._sent[message], self._pressed = plain if not self.prompt else text, ""
        if self.prompt:
            self.prompt = ""
            return ()
        return tuple(typed(f"say:{message}", plain, _SETTLED))

    def answer(self, ask: str, option: str, text: str = "") -> Iterable[Step]:
        """Press the key of the answer; a reason is told after the work was ended by the refusal."""
        found = self._asks.get(ask)
        if found is None or found.kind == a.DIALOG:
            return ()
        key = f"answer:{ask}"
        chosen = next((one for one in found.options if one.id == option), None)
        if chosen is not None and chosen.does == a.ALLOW:
            self._pressed = key
            return (Send(key, b"1", _DIALOG_DRAWN), self._answered(ask, option))
        told = tuple(typed(f"{key}:why", cleaned(text), _DIALOG_DRAWN)) if text else ()
        self._busy = self._telling = bool(told)
        end = () if told else (Fact(a.INTERRUPTED, a.HOOK),)
        return (Send(key, ESCAPE, _DIALOG_DRAWN), self._answered(ask, option), *told, *end)

    def interrupt(self) -> Iterable[Step]:
        """Press Escape; nothing is pressed when nothing is done: twice on an empty line it opens a menu."""
        # Counted either way: after a restart it is called for those of before as well.
        self._interrupts += 1
        self._pressed = ""
        if not self._busy:
            return ()
        return (Send(f"interrupt:{self._interrupts}", ESCAPE),)

    def told(self, code: int | None) -> Told:
        """What the turn came to. Its hooks say nothing of what it used."""
        error = self._error or ("" if self._words else FAILED)
        return Told(words=self._words, conversation=self._conversation or None, error=error)


_HANDLERS = {
    "SessionStart": ClaudeCodeTerminal._session_start,
    "UserPromptSubmit": ClaudeCodeTerminal._submitted,
    "PreToolUse": ClaudeCodeTerminal._tool_begins,
    "PostToolUse": ClaudeCodeTerminal._tool_ends,
    "PostToolUseFailure": ClaudeCodeTerminal._tool_ends,
    "PermissionRequest": ClaudeCodeTerminal._permission,
    "Notification": ClaudeCodeTerminal._notification,
    "Stop": ClaudeCodeTerminal._stopped,
    "StopFailure": ClaudeCodeTerminal._failed,
}


def _objects(line: str) -> Iterator[dict[str, Any]]:
    decoder, at = json.JSONDecoder(), 0
    while at < len(line):
        try:
            value, at = decoder.raw_decode(line, at)
        except (ValueError, RecursionError):
            return
        if isinstance(value, dict):
            yield value
        while at < len(line) and line[at] in " \t":
            at += 1
