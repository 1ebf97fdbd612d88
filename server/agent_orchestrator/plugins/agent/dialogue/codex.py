"""A turn with Codex over ``codex app-server``: JSON-RPC without its version, one message per line, requests both ways.

The protocol is what ``codex app-server generate-json-schema`` writes. Facts about this program that are used here and
are not in its schema, measured with 0.169.0:

* ``turn/start`` while a turn runs adds to that turn as ``turn/steer`` does, whichever turn it is by then.
* A conversation can be resumed only once it was told something.
* A command that runs when its turn is interrupted goes on; ``thread/backgroundTerminals/clean`` ends it.
* Half a surrogate pair makes it drop the whole message, without a word.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from attrs import define, field

from agent_orchestrator.model import activity as a
from agent_orchestrator.model.activity import Fact
from agent_orchestrator.model.usage import RATE_LIMITED, Usage
from agent_orchestrator.plugins.agent.dialogue import codex_wire as wire
from agent_orchestrator.plugins.agent.dialogue.codex_asks import Requests
from agent_orchestrator.plugins.agent.dialogue.codex_company import Company
from agent_orchestrator.plugins.agent.dialogue.codex_errors import kind_of, resets_at, usage_of, words_of
from agent_orchestrator.plugins.agent.output import paragraph
from agent_orchestrator.ports.agent import Told
from agent_orchestrator.ports.channel import Send, Step


@define
class CodexDialogue:
    """One turn. ``settings`` are those of ``thread/start``; ``conversation`` is gone on with, empty: a new one.

    The worktree is the program's working folder and not among the settings: given a folder to write in, it would note
    in the user's own settings that the repository is trusted.
    """

    settings: Mapping[str, Any]
    conversation: str = ""
    steers: ClassVar[bool] = True

    _version: str = field(default="", init=False)
    _model: str = field(default="", init=False)
    _cwd: str = field(default="", init=False)
    _thread: str = field(default="", init=False)
    #: The turn that runs; empty: none does.
    _turn: str = field(default="", init=False)
    _interrupted: str = field(default="", init=False)
    #: The newest message that was sent, of which a turn may begin.
    _said: str = field(default="", init=False)
    _asks: Requests = field(factory=Requests, init=False)
    _edits: dict[str, tuple[str, ...]] = field(factory=dict, init=False)
    _commands: dict[str, bool] = field(factory=dict, init=False)
    #: Conversations of agents below ours that work.
    _below: dict[str, bool] = field(factory=dict, init=False)
    _company: Company = field(factory=Company, init=False)
    _doing: str = field(default="", init=False)
    _words: str = field(default="", init=False)
    _trouble: str = field(default="", init=False)
    _limits_end: float = field(default=0.0, init=False)
    _usage: Usage | None = field(default=None, init=False)
    _failed: Fact | None = field(default=None, init=False)
    #: What a later turn goes on with, as :attr:`Told.conversation`.
    _lasting: str | None = field(default=None, init=False)
    #: The newest turn came to its end without an error.
    _ended: bool = field(default=False, init=False)
    #: The last line that is not of the protocol.
    _noise: str = field(default="", init=False)

    def open(self) -> list[Step]:
        """Say who we are; the conversation follows when it has answered."""
        return [wire.call("initialize", "initialize", wire.HELLO)]

    def take(self, line: str) -> list[Step]:
        """What a line comes to: an answer to a request of ours, a request of its own or a notification."""
        message = wire.parsed(line)
        if message is None:
            self._noise = wire.shown(line, 400) or self._noise
            return []
        method, id, params = message.get("method"), message.get("id"), wire.obj(message, "params")
        if not isinstance(method, str):
            return self._replied(str(id), message)
        if "id" in message:
            return self._asked(method, id, params)
        sent = message.get("emittedAtMs")
        at = sent / 1000 if type(sent) is int and 0 < sent < 1 << 50 else 0.0
        return _HANDLERS[method](self, params, at) if method in _HANDLERS else []

    def say(self, message: str, text: str) -> list[Step]:
        """Begin a turn with it, or add it to the one that runs. No beginning of a message is a command here."""
        if not self._thread:
            return []
        self._said = message
        return [self._start(f"say:{message}", text, clientUserMessageId=message)]

    def answer(self, ask: str, option: str, text: str = "") -> list[Step]:
        """Answer; the words of a permission go to the model as a message before it."""
        found = self._asks.answer(ask, option, text)
        if found is None:
            return []
        apart = text and found.words_apart(option) and found.thread == self._thread
        told = [self._start(f"words:{ask}", text)] if apart else []
        return [*told, wire.reply(found.id, {"result": found.result(option, text)})]

    def interrupt(self) -> list[Step]:
        """End the turn that runs, or the one that a message just begins: that one has no id yet."""
        key = self._turn or self._said
        if key in ("", self._interrupted):
            return []
        self._interrupted = key
        return [wire.call(f"interrupt:{key}", "turn/interrupt", {"threadId": self._thread, "turnId": self._turn})]

    def told(self, code: int | None) -> Told:
        """The last words, or the error that ended the turn; what it waited for when it was killed."""
        failure = self._failed.text if self._failed else self._trouble if self._turn else ""
        if not failure and code and not self._ended:
            failure = self._noise or f"ended with {code}"
        error = self._failed.error if self._failed else kind_of(failure) if failure else ""
        return Told(
            words=paragraph(failure or self._words),
            conversation=self._lasting,
            error=error,
            resets_at=self._failed.until if self._failed else 0.0,
            usage=self._usage,
        )

    def _start(self, key: str, text: str, **more: str) -> Send:
        params = {"threadId": self._thread, "input": [{"type": "text", "text": wire.whole(text)}], **more}
        return wire.call(key, "turn/start", params)

    # What it answers to requests of ours

    def _replied(self, id: str, message: Mapping[str, Any]) -> list[Step]:
        result, error = wire.obj(message, "result"), wire.obj(message, "error")
        if id == "initialize" and not self._version and not error:
            found = re.search(r"/(\S+)", wire.text(result, "userAgent"))
            self._version = found[1] if found else "?"
            return [wire.line("initialized", {"method": "initialized"}), self._conversation()]
        if id == "thread" and not self._thread and not error:
            return self._ready(result)
        if id in ("initialize", "thread") and not self._thread:
            self._lasting = "" if self.conversation else None
            return self._fail(wire.text(error, "message") or "it has no conversation", None, 0.0)
        if id.startswith("say:") and error:
            return [] if self._turn else self._fail(wire.text(error, "message"), "badRequest", 0.0)
        return self._company.replied(id.removeprefix("say:"), self._thread) if id.startswith("say:") else []

    def _conversation(self) -> Send:
        if not self.conversation:
            return wire.call("thread", "thread/start", self.settings)
        # Its past is not to be printed again.
        params = {**self.settings, "threadId": self.conversation, "excludeTurns": True}
        return wire.call("thread", "thread/resume", params)

    def _ready(self, result: Mapping[str, Any]) -> list[Step]:
        self._thread = wire.text(wire.obj(result, "thread"), "id")
        if not self._thread:
            return []
        self._below.clear()
        self._model, self._cwd = wire.text(result, "model"), wire.text(result, "cwd")
        self._lasting = self._thread if self.conversation else None
        text = wire.shown(f"codex {self._version}, {self._model}", 80)
        return [Fact(a.READY, text=text, conversation=self._lasting or "")]

    # What it asks

    def _asked(self, method: str, id: object, params: Mapping[str, Any]) -> list[Step]:
        edited = self._edits.get(wire.text(params, "itemId"), ())
        step = self._asks.take(method, id, params, self._cwd, edited)
        if isinstance(step, Fact):
            self._doing = ""
        return [step] if step else []

    def _resolved(self, params: Mapping[str, Any], at: float) -> list[Step]:
        fact = self._asks.resolved(str(params.get("requestId")))
        return [fact] if fact else []

    # What it does

    def _turn_started(self, params: Mapping[str, Any], at: float) -> list[Step]:
        if params.get("threadId") != self._thread:
            return []
        self._turn = wire.text(wire.obj(params, "turn"), "id")
        self._lasting = self._thread
        self._words, self._trouble, self._failed, self._doing, self._ended = "", "", None, "", False
        return self._works(wire.THINK)

    def _item_started(self, params: Mapping[str, Any], at: float) -> list[Step]:
        item = wire.obj(params, "item")
        kind, id = wire.text(item, "type"), wire.text(item, "id")
        if kind == "fileChange":
            wire.keep(self._edits, id, wire.paths(item))
        if params.get("threadId") != self._thread:
            return []
        self._trouble = ""
        if kind == "userMessage":
            return self._company.heard(item, self._thread)
        if kind == "commandExecution":
            wire.keep(self._commands, id, True)
        return self._works(wire.work(item))

    def _item_completed(self, params: Mapping[str, Any], at: float) -> list[Step]:
        item = wire.obj(params, "item")
        kind, id = wire.text(item, "type"), wire.text(item, "id")
        if params.get("threadId") != self._thread:
            return []
        self._commands.pop(id, None)
        if kind == "agentMessage":
            self._words = wire.shown(wire.text(item, "text"), 400) or self._words
        return self._works(wire.THINK) if self._turn and wire.work(item) else []

    def _works(self, text: str) -> list[Step]:
        text = wire.shown(text, 80)
        if text in ("", self._doing):
            return []
        self._doing = text
        return [Fact(a.WORKING, text=text)]

    def _status(self, params: Mapping[str, Any], at: float) -> list[Step]:
        thread, active = wire.text(params, "threadId"), wire.text(wire.obj(params, "status"), "type") == "active"
        if active and thread != self._thread and not self._company.is_aside(thread):
            wire.keep(self._below, thread, True)
        else:
            self._below.pop(thread, None)
        return []

    def _used(self, params: Mapping[str, Any], at: float) -> list[Step]:
        if params.get("threadId") != self._thread:
            return []
        used = wire.obj(params, "tokenUsage")
        last, window = wire.obj(used, "last").get("totalTokens"), used.get("modelContextWindow")
        usage = usage_of(wire.obj(used, "total"), self._model, wire.share(last, window))
        if usage == self._usage:
            return []
        self._usage = usage
        return [Fact(a.USED, usage=usage)]

    # How it ends

    def _limits(self, params: Mapping[str, Any], at: float) -> list[Step]:
        limits = wire.obj(params, "rateLimits")
        windows = [wire.obj(limits, name) for name in ("primary", "secondary")]
        full = [window for window in windows if window.get("usedPercent") == 100]
        ends = [end for window in full if type(end := window.get("resetsAt")) is int and 0 < end < 1 << 40]
        self._limits_end = float(max(ends, default=0))
        return []

    def _error(self, params: Mapping[str, Any], at: float) -> list[Step]:
        # One that is not tried again ends the turn, which says it once more.
        if params.get("threadId") != self._thread or params.get("willRetry") is not True:
            return []
        error = wire.obj(params, "error")
        self._trouble = wire.shown(wire.text(error, "additionalDetails") or wire.text(error, "message"), 400)
        self._doing = ""
        return [Fact(a.RETRYING, text=self._trouble)]

    def _turn_completed(self, params: Mapping[str, Any], at: float) -> list[Step]:
        turn = wire.obj(params, "turn")
        status, id = wire.text(turn, "status"), wire.text(turn, "id")
        if params.get("threadId") != self._thread or status not in ("completed", "interrupted", "failed"):
            return []
        # A message that it did not come to is lost with the turn.
        self._turn, self._said, self._doing = "", "", ""
        # What it asked for this turn is not asked any more. An agent below may wait still.
        self._asks.forget(self._thread)
        if status == "failed":
            error = wire.obj(turn, "error")
            return self._fail(words_of(wire.text(error, "message")), error.get("codexErrorInfo"), at)
        self._ended = True
        if status == "completed":
            return [Fact(a.DONE, text=self._words, background=len(self._commands) + len(self._below))]
        ended = Fact(a.INTERRUPTED, text=self._words)
        if not self._commands:
            return [ended]
        return [ended, wire.call(f"clean:{id}", "thread/backgroundTerminals/clean", {"threadId": self._thread})]

    def _fail(self, words: str, info: object, at: float) -> list[Step]:
        text = wire.shown(words, 400) or "it does not say why"
        error = kind_of(text, info)
        until = (self._limits_end or (resets_at(text, at) if at else 0.0)) if error == RATE_LIMITED else 0.0
        self._failed = Fact(a.FAILED, text=text, error=error, until=until)
        return [self._failed]


_HANDLERS: dict[str, Callable[[CodexDialogue, Mapping[str, Any], float], list[Step]]] = {
    "account/rateLimits/updated": CodexDialogue._limits,
    # Of the bridge that carries the lines: how many have joined.
    "bridge/joined": lambda self, params, at: self._company.joined(params),
    "error": CodexDialogue._error,
    "item/completed": CodexDialogue._item_completed,
    "item/started": CodexDialogue._item_started,
    "serverRequest/resolved": CodexDialogue._resolved,
    "thread/started": lambda self, params, at: self._company.began(params),
    "thread/status/changed": CodexDialogue._status,
    "thread/tokenUsage/updated": CodexDialogue._used,
    "turn/completed": CodexDialogue._turn_completed,
    "turn/started": CodexDialogue._turn_started,
}
