"""A turn with Claude Code over ``--input-format stream-json``: its events, and requests in both directions.

The protocol is that of the program's own development kits and not written down. What is used of it here was measured
with 2.1.330 and 2.1.197:

* The ``uuid`` of a message may be any text. It comes back with the message (``isReplay``): of one that begins work
  with the model's first answer, or the error in its place; of one that was told meanwhile when the model is given it.
  Newer versions say as well, before or after, that they have ``started`` with it. A message whose uuid the conversation
  has is dropped: it comes back at once, without a ``timestamp``, and nothing follows.
* With ``--replay-user-messages`` answers to its requests are printed as well, but for those that came too late.
* Only the last part of a message is looked at for a command (``/compact``), and for files to read into it (``@file``,
  anywhere in the text and anywhere on the machine, unasked).
* What is said while it works is given to the model beside the next result of a tool.
* An interrupt ends what it does at the moment and takes back what it asks; what is queued it begins then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, ClassVar

from attrs import define, field

from agent_orchestrator.model import activity as a
from agent_orchestrator.model.activity import Fact
from agent_orchestrator.model.usage import FAILED, Usage
from agent_orchestrator.plugins.agent.dialogue.claude_code_asks import WITHDRAWN, Request, request
from agent_orchestrator.plugins.agent.dialogue.claude_code_outcome import Outcome
from agent_orchestrator.plugins.agent.dialogue.claude_code_values import (
    a_number,
    a_text,
    an_object,
    objects,
    one_line,
)
from agent_orchestrator.plugins.agent.dialogue.claude_code_wire import call, message_of, parsed, reply
from agent_orchestrator.ports.agent import Told
from agent_orchestrator.ports.channel import Step

#: Arguments that start the program for a dialogue.
DUPLEX = (
    *("-p", "--input-format", "stream-json", "--output-format", "stream-json", "--verbose"),
    *("--permission-prompt-tool", "stdio", "--replay-user-messages"),
)
_INITIALIZE = "initialize"
_INTERRUPT = "interrupt:"
#: Before the id of a message of ours: the program repeats messages of its own as well.
_OURS = "ao:"
_THINKING = "thinking"
_OVER = ("completed", "failed", "killed", "stopped")
#: Of what is open at one time, at most so much is kept.
_OPEN = 256
#: What of a tool's input says in a few words what it does, the first that there is.
_SHOWN = ("command", "file_path", "notebook_path", "url", "query", "pattern", "skill", "description")


@define
class ClaudeCodeDialogue:
    """One turn. ``conversation`` is the one to go on with, empty: a new one; ``model`` is the one that is asked for."""

    conversation: str = ""
    model: str = ""
    steers: ClassVar[bool] = True

    _outcome: Outcome = field(factory=Outcome, init=False)
    _ready: bool = field(default=False, init=False)
    _busy: bool = field(default=False, init=False)
    _folder: str = field(default="", init=False)
    _doing: str = field(default="", init=False)
    _used: Usage | None = field(default=None, init=False)
    #: Messages that were sent and not begun yet; that were accepted by the first of the two events that say so.
    _sent: dict[str, bool] = field(factory=dict, init=False)
    _taken: dict[str, bool] = field(factory=dict, init=False)
    _requests: dict[str, Request] = field(factory=dict, init=False)
    _chosen: dict[str, tuple[str, str]] = field(factory=dict, init=False)
    _background: dict[str, bool] = field(factory=dict, init=False)
    _listed: bool = field(default=False, init=False)
    _interrupts: int = field(default=0, init=False)
    #: An interrupt for the message that was sent and is not begun yet: now it would end nothing.
    _held: list[Step] = field(factory=list, init=False)
    #: The last line that is no event.
    _noise: str = field(default="", init=False)

    def open(self) -> list[Step]:
        """Ask it to begin; it is ready when it has answered."""
        return [call(_INITIALIZE, {"subtype": "initialize", "hooks": None})]

    def take(self, line: str) -> list[Step]:
        """What an event comes to."""
        event = parsed(line)
        if event is None:
            self._noise = one_line(line) or self._noise
            return []
        self._outcome.take(event)
        handler = _HANDLERS.get(a_text(event.get("type")))
        return list(handler(self, event)) if handler else []

    def say(self, message: str, text: str) -> list[Step]:
        """Tell it something: at once when it waits, beside what a tool gives when it works."""
        _keep(self._sent, message, True)
        return [message_of(f"message:{message}", f"{_OURS}{message}", text)]

    def answer(self, ask: str, option: str, text: str = "") -> list[Step]:
        """Answer; several questions of one request go back together, words with a permission as a message before it."""
        found = next((one for one in self._requests.values() if any(known.id == ask for known in one.asks)), None)
        if found is None or ask in self._chosen:
            return []
        asked = next(known for known in found.asks if known.id == ask)
        if not any(one.id == option for one in asked.options) and not (asked.free and text and not option):
            return []
        _keep(self._chosen, ask, (option, text))
        if not all(one.id in self._chosen for one in found.asks):
            return []
        words = text and asked.kind == a.PERMISSION and option != a.DENY
        told: list[Step] = [message_of(f"words:{ask}", f"words:{ask}", text)] if words else []
        return [*told, reply(found.id, {"subtype": "success", "response": found.response(self._chosen)})]

    def interrupt(self) -> list[Step]:
        """End what it does; what was said and is not begun is ended when it begins."""
        self._interrupts += 1
        step = call(f"{_INTERRUPT}{self._interrupts}", {"subtype": "interrupt"})
        if self._sent and not self._busy:
            self._held = [step]
            return []
        return [step]

    def told(self, code: int | None) -> Told:
        """The last words, or the error that ended the turn."""
        return self._outcome.told(code, self._noise)

    # Requests of ours and answers to its own, which it repeats

    def _replied(self, event: dict[str, Any]) -> Iterator[Step]:
        response = an_object(event.get("response"))
        id, given = a_text(response.get("request_id")), an_object(response.get("response"))
        if id == _INITIALIZE and not self._ready:
            if response.get("subtype") == "success":
                self._ready = True
                yield Fact(a.READY, text=self._version(given), conversation=self.conversation)
            else:
                yield Fact(a.FAILED, text=one_line(a_text(response.get("error"))), error=FAILED)
        elif id.startswith(_INTERRUPT) and not self._busy:
            yield Fact(a.INTERRUPTED)
        elif id in self._requests:
            found = self._requests.pop(id)
            for ask, text in found.answers(given):
                self._chosen.pop(ask, None)
                yield Fact(a.ANSWERED, message=ask, text=text)

    def _version(self, given: Mapping[str, Any]) -> str:
        """The version, where it says it before it is told something, and the model."""
        wanted = self.model or "default"
        models = (one.get("resolvedModel") for one in objects(given.get("models")) if one.get("value") == wanted)
        return one_line(f"{a_text(given.get('claude_code_version'))} {a_text(next(models, None)) or self.model}")

    def _asked(self, event: dict[str, Any]) -> Iterator[Step]:
        id, asked = event.get("request_id"), an_object(event.get("request"))
        if not isinstance(id, str) or id != a_text(id) or id in self._requests:
            return
        if asked.get("subtype") != "can_use_tool":
            yield reply(id, {"subtype": "error", "error": f"not supported: {one_line(a_text(asked.get('subtype')))}"})
            return
        found = request(id, asked, self._folder)
        _keep(self._requests, id, found)
        yield from (Fact(a.ASKED, ask=ask) for ask in found.asks)

    def _withdrawn(self, event: dict[str, Any]) -> Iterator[Step]:
        found = self._requests.pop(a_text(event.get("request_id")), None)
        for ask in found.asks if found else ():
            self._chosen.pop(ask.id, None)
            yield Fact(a.ANSWERED, message=ask.id, text=WITHDRAWN)

    # Messages and work

    def _lifecycle(self, event: dict[str, Any]) -> Iterator[Step]:
        uuid = a_text(event.get("command_uuid"))
        if event.get("state") == "started" and uuid.startswith(_OURS):
            yield from self._once_accepted(uuid)
            yield from self._begins()

    def _once_accepted(self, uuid: str) -> Iterator[Step]:
        if self._taken.pop(uuid, None) is None:
            _keep(self._taken, uuid, True)
            yield self._accepted(uuid)

    def _accepted(self, uuid: str) -> Fact:
        message = uuid.removeprefix(_OURS)
        self._sent.pop(message, None)
        return Fact(a.ACCEPTED, message=message, conversation=self._outcome.conversation or "")

    def _begins(self) -> list[Step]:
        self._busy = True
        held, self._held = self._held, []
        return held

    def _user(self, event: dict[str, Any]) -> Iterator[Step]:
        uuid = a_text(event.get("uuid"))
        if event.get("isReplay") and uuid.startswith(_OURS):
            if event.get("timestamp"):
                yield from self._once_accepted(uuid)
            else:
                # It knows the message from before, and does nothing.
                yield self._accepted(uuid)
                yield from () if self._busy else (Fact(a.DONE, background=len(self._background)),)
        parts = objects(an_object(event.get("message")).get("content"))
        if any(part.get("type") == "tool_result" for part in parts):
            yield from self._working(_THINKING)

    def _assistant(self, event: dict[str, Any]) -> Iterator[Step]:
        for part in objects(an_object(event.get("message")).get("content")):
            if part.get("type") == "tool_use":
                given = an_object(part.get("input"))
                does = next((text for key in _SHOWN if (text := a_text(given.get(key)))), "")
                tool = a_text(part.get("name"))
                yield from self._working(f"{tool}: {does.removeprefix(f'{self._folder}/')}" if does else tool)

    def _working(self, text: str) -> Iterator[Step]:
        doing = one_line(text, 80)
        if doing != self._doing:
            self._doing = doing
            yield Fact(a.WORKING, text=doing)

    def _system(self, event: dict[str, Any]) -> Iterator[Step]:
        subtype, task = event.get("subtype"), a_text(event.get("task_id"))
        if subtype == "init":
            self._folder = a_text(event.get("cwd")) or self._folder
            yield from self._begins()
            yield from self._working(_THINKING)
        elif subtype == "api_retry":
            yield Fact(a.RETRYING, text=_retry(event))
        elif subtype == "status" and event.get("status") == "compacting":
            yield from self._working("compacting")
        elif subtype == "background_tasks_changed":
            self._listed, self._background = (
                True,
                {a_text(one.get("task_id")): True for one in objects(event.get("tasks"))},
            )
        elif subtype == "task_started" and not self._listed and event.get("is_backgrounded", True):
            _keep(self._background, task, True)
        elif subtype == "task_notification" or an_object(event.get("patch")).get("status") in _OVER:
            self._background.pop(task, None)

    def _result(self, event: dict[str, Any]) -> Iterator[Step]:
        self._busy, self._doing = False, ""
        outcome, words = self._outcome, one_line(self._outcome.words)
        used = outcome.usage
        if used is not None and used != self._used:
            self._used = used
            yield Fact(a.USED, usage=used)
        if outcome.interrupted:
            yield Fact(a.INTERRUPTED)
        elif outcome.error:
            yield Fact(a.FAILED, text=words, error=outcome.error, until=outcome.until)
        else:
            yield Fact(a.DONE, text=words, background=len(self._background))


_HANDLERS: Mapping[str, Callable[[ClaudeCodeDialogue, dict[str, Any]], Iterable[Step]]] = {
    "control_response": ClaudeCodeDialogue._replied,
    "control_request": ClaudeCodeDialogue._asked,
    "control_cancel_request": ClaudeCodeDialogue._withdrawn,
    "command_lifecycle": ClaudeCodeDialogue._lifecycle,
    "user": ClaudeCodeDialogue._user,
    "assistant": ClaudeCodeDialogue._assistant,
    "system": ClaudeCodeDialogue._system,
    "result": ClaudeCodeDialogue._result,
}


def _keep(known: dict[str, Any], key: str, value: object) -> None:
    known[key] = value
    if len(known) > _OPEN:
        del known[next(iter(known))]


def _retry(event: Mapping[str, Any]) -> str:
    """Why it tries again, and which try it is; it says how long it waits, but not since when."""
    status, error = event.get("error_status"), a_text(event.get("error"))
    why = f"{status} {error}" if isinstance(status, int) else error
    return one_line(f"{why}, try {a_number(event.get('attempt')):.0f} of {a_number(event.get('max_retries')):.0f}")
