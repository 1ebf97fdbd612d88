"""A turn with opencode over the HTTP API and the events of ``opencode serve``, by way of the bridge of ``proc.bridge``.

Facts about this program that are used here and are not in its API's description, measured with 1.18.33:

* ``session.idle`` comes twice where a turn is ended or fails: first before the last message is over, and a prompt that
  is sent between them waits for the second. So a turn is over when it is idle and no message of its is open.
* A service that fails is tried again for ever, with longer and longer pauses; no error comes of it.
* What it asked in a turn that was ended is asked no more, and it does not say so.
* A message while it works joins the turn that runs, and is lost where that is ended.
* To end a turn that has not begun does nothing, and it begins.
* A session works in the folder that it was begun in, wherever the server runs that goes on with it, and what it does
  there is not among the events of the server's folder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from attrs import define, field

from agent_orchestrator.model import activity as a
from agent_orchestrator.model.activity import Fact
from agent_orchestrator.model.text import sanitize
from agent_orchestrator.model.usage import FAILED
from agent_orchestrator.plugins.agent.dialogue import opencode_again as again
from agent_orchestrator.plugins.agent.dialogue import opencode_ends as ends
from agent_orchestrator.plugins.agent.dialogue import opencode_wire as wire
from agent_orchestrator.plugins.agent.dialogue.lines import count, keep, obj, parsed, shown, text, whole
from agent_orchestrator.plugins.agent.dialogue.opencode_asks import Asks
from agent_orchestrator.plugins.agent.dialogue.opencode_said import Said
from agent_orchestrator.plugins.agent.dialogue.opencode_trouble import TRIES, Trouble
from agent_orchestrator.plugins.agent.dialogue.opencode_work import Work
from agent_orchestrator.plugins.agent.output import paragraph
from agent_orchestrator.plugins.agent.trouble import kind_of
from agent_orchestrator.ports.agent import Told
from agent_orchestrator.ports.channel import Step

#: Most characters of its last words that are kept.
_SAID = 4000


@define
class OpencodeDialogue:
    """One turn. ``conversation`` is gone on with; empty: a new one begins, with this title. ``cwd``: without links."""

    cwd: str
    conversation: str = ""
    model: str = ""
    title: str = ""
    #: How often its service may fail before its turn is ended.
    tries: int = TRIES
    steers: bool = False

    _session: str = ""
    _ready: bool = False
    _lasting: str | None = None
    #: When the newest event was made, and when it came.
    _stamp: str = ""
    _at: float = 0.0
    _began: float = 0.0
    _seen: dict[str, bool] = field(factory=dict)
    #: Messages of its session that it writes at the moment, those that are over, and the newest of them in this turn.
    _open: dict[str, bool] = field(factory=dict)
    _closed: set[str] = field(factory=set)
    _last: Mapping[str, Any] = field(factory=dict)
    _busy: bool = False
    #: Its turn is to be ended when it has begun.
    _stop: bool = False
    _over: int = 0
    _heard: Said = field(factory=Said)
    _said: str = ""
    _failed: ends.Error | None = None
    _words: str = ""
    _work: Work = field(init=False)
    _asks: Asks = field(init=False)
    _trouble: Trouble = field(init=False)

    def __attrs_post_init__(self) -> None:
        """It does nothing yet, and asks nothing."""
        self._work, self._asks, self._trouble = Work(self.cwd), Asks(self.cwd), Trouble(self.tries)

    def open(self) -> Iterable[Step]:
        """Begin its session, or look for it."""
        return [wire.session(self.conversation, self.title)]

    def take(self, line: str) -> Iterable[Step]:
        """An event, an answer, or what the bridge has to say."""
        message = parsed(line)
        return [] if message is None else list(self._take(message))

    def say(self, message: str, text: str) -> Iterable[Step]:
        """Prompt it. Nothing that a message begins with is a command here."""
        if not self._ready:
            return []
        self._heard.say(message)
        return [wire.prompt(self._session, self._stamp, message, text, self.model)]

    def answer(self, ask: str, option: str, text: str = "") -> Iterable[Step]:
        """Answer what it asked; the words of a refusal reach the model."""
        return self._asks.answer(ask, option, text)

    def interrupt(self) -> Iterable[Step]:
        """End its turn, and what it asks in it: that would be asked for ever."""
        if not self._busy:
            # What has not begun can not be ended yet.
            self._stop = self._heard.waiting
            return []
        self._stop = False
        return [wire.abort(f"interrupt:{self._over}", self._session), *self._asks.refuse()]

    def told(self, code: int | None) -> Told:
        """What it came to, by the end of its last turn; what it waited for when it was killed."""
        words, error, until = self._words or self._said, "", 0.0
        if self._failed is not None:
            words, error, until = self._failed.words, self._failed.kind, self._failed.until
        elif self._busy and self._trouble.words:
            words, error = self._trouble.words, kind_of(self._trouble.words)
        elif code and (self._busy or self._heard.waiting or not self._ready):
            error = FAILED
        return Told(paragraph(words), self._lasting, error, until, self._work.usage)

    def _take(self, message: Mapping[str, Any]) -> Iterator[Step]:
        if "event" in message:
            at = message.get("at")
            self._at = float(at) if isinstance(at, int | float) and 0 < at < 1 << 40 else self._at
            self._began = self._began or self._at
            yield from self._event(obj(message, "event"))
        elif text(message, "stream") == "open":
            # The first one is open before anything is asked.
            yield from again.questions(self._session, message.get("number")) if self._ready else ()
        elif "guests" in message:
            yield Fact(a.JOINED if count(message, "guests") else a.LEFT)
        elif "failed" in message:
            yield self._fail(ends.Error(FAILED, shown(text(message, "failed"), 400)))
        elif isinstance(message.get("id"), str):
            yield from self._reply(message["id"], message)

    # What it answers

    def _reply(self, id: str, message: Mapping[str, Any]) -> Iterator[Step]:
        status, body = count(message, "status") or 0, message.get("body")
        words = wire.words_of(body, text(message, "error") or f"status {status}")
        kind, _, what = id.partition(":")
        fine = 200 <= status < 300
        if id == "session" and not self._session:
            yield self._begun(body if isinstance(body, dict) else {}) if fine else self._refused(status, words)
        elif kind == "prompt" and not fine and what not in self._heard.accepted:
            self._heard.refused(what)
            yield self._fail(ends.Error(kind_of(words, status) if status else FAILED, words))
        elif kind == "answer" and not fine:
            # It does not ask that any more.
            yield from self._asks.over(what)
        elif fine and id == "models" and isinstance(body, dict):
            yield from self._work.models(body)
        elif fine:
            asks = self._asks.ids(kind[:-1])
            for name, properties in again.told(kind, body, self._session, self._began, asks):
                yield from _HANDLERS[name](self, properties)

    def _begun(self, session: Mapping[str, Any]) -> Step:
        self._session = whole(text(session, "id"))
        if not self._session:
            return self._refused(0, "It gave its session no id.")
        if self.conversation and (folder := text(session, "directory")) and folder != self.cwd:
            return self._refused(404, f"Its conversation belongs to another folder: {shown(folder, 200)}")
        self._ready, self._lasting = True, self._session
        version = text(session, "version") if not self.conversation else ""
        said = ", ".join(filter(None, (f"OpenCode {version}".strip(), self.model)))
        return Fact(a.READY, text=shown(said, 80), conversation=self._session)

    def _refused(self, status: int, words: str) -> Step:
        self._lasting = "" if self.conversation and status in (400, 404) else None
        return self._fail(ends.Error(FAILED, words))

    def _fail(self, error: ends.Error) -> Step:
        self._failed = error
        return Fact(a.FAILED, text=error.words, error=error.kind, until=error.until)

    def _event(self, event: Mapping[str, Any]) -> Iterator[Step]:
        id, kind, properties = text(event, "id"), text(event, "type"), obj(event, "properties")
        if id in self._seen:
            return
        if id:
            keep(self._seen, id, True)
            self._stamp = wire.stamp_of(id) or self._stamp
        if self._ready and kind in _HANDLERS:
            yield from _HANDLERS[kind](self, properties)

    def _main(self, properties: Mapping[str, Any]) -> bool:
        return text(properties, "sessionID") == self._session

    def _ours(self, properties: Mapping[str, Any]) -> bool:
        return self._main(properties) or text(properties, "sessionID") in self._work.below

    # Its events

    def _created(self, properties: Mapping[str, Any]) -> Iterator[Step]:
        info = obj(properties, "info")
        if text(info, "parentID") in (self._session, *self._work.below):
            keep(self._work.below, text(info, "id"), True)
        yield from ()

    def _deleted(self, properties: Mapping[str, Any]) -> Iterator[Step]:
        if text(properties, "info", "id") == self._session or self._main(properties):
            self._lasting, self._busy = "", False
            yield self._fail(ends.Error(FAILED, "Its session was deleted."))

    def _status(self, properties: Mapping[str, Any]) -> Iterator[Step]:
        if not self._ours(properties):
            return
        status = obj(properties, "status")
        if text(status, "type") == "retry":
            self._busy, self._trouble.waits = True, self._trouble.waits or self._main(properties)
            self._work.pause()
            if not self._trouble.over:
                yield self._trouble.retry(status, self._at) or wire.abort(f"give-up:{self._over}", self._session)
        elif text(status, "type") == "busy" and self._main(properties):
            self._busy, self._trouble.waits = True, False
            if not self._trouble.words:
                yield from self._work.thinks()
            if self._stop:
                yield from self.interrupt()

    def _message(self, properties: Mapping[str, Any]) -> Iterator[Step]:
        info = obj(properties, "info")
        id = text(info, "id")
        if self._main(properties) and text(info, "role") == "user":
            self._heard.message(id)
        if not self._main(properties) or text(info, "role") != "assistant" or info.get("summary") is True:
            return
        if id in self._closed:
            return
        self._work.speaker = f"{text(info, 'providerID')}/{text(info, 'modelID')}"
        if count(obj(info, "time"), "completed") is None:
            if id not in self._open:
                self._busy, self._said = True, ""
            keep(self._open, id, True)
        else:
            self._open.pop(id, None)
            self._closed.add(id)
            self._last = info
        yield from ()

    def _part(self, properties: Mapping[str, Any]) -> Iterator[Step]:
        part = obj(properties, "part")
        kind, message = text(part, "type"), text(part, "messageID")
        if not self._ours(part):
            return
        if kind == "text" and self._heard.has(message):
            if fact := self._heard.part(part, self._session):
                self._failed, self._words = None, ""
                yield fact
            return
        if kind == "text" and message in self._open and "end" in obj(part, "time"):
            self._said = text(part, "text")[:_SAID] or self._said
        if kind in ("text", "reasoning", "tool") and (message in self._open or (self._busy and not self._main(part))):
            self._trouble.words = ""
            yield from self._work.part(part)
        elif kind == "step-finish":
            yield from self._work.step(part, own=self._main(part))

    def _asked(self, properties: Mapping[str, Any]) -> Iterator[Step]:
        if self._ours(properties):
            self._work.pause()
            yield from self._asks.asked(properties, self._work.tool_of(text(properties, "tool", "callID")))

    # How its turn ends

    def _failing(self, properties: Mapping[str, Any]) -> Iterator[Step]:
        if self._main(properties):
            self._trouble.named(obj(properties, "error"), self._at)
        yield from ()

    def _idle(self, properties: Mapping[str, Any]) -> Iterator[Step]:
        if not self._main(properties) or not self._busy or self._open:
            return
        error, stopped = self._trouble.end(self._last, self._at)
        self._busy, self._stop, self._last = False, False, {}
        self._over += 1
        self._work.end()
        yield from self._asks.end()
        self._words, self._said = sanitize(whole(self._said)).strip(), ""
        if error:
            yield self._fail(error)
        else:
            yield Fact(a.INTERRUPTED if stopped else a.DONE, text=self._words)


_HANDLERS: dict[str, Callable[[OpencodeDialogue, Mapping[str, Any]], Iterator[Step]]] = {
    "message.part.updated": OpencodeDialogue._part,
    "message.updated": OpencodeDialogue._message,
    "permission.asked": OpencodeDialogue._asked,
    "permission.replied": lambda self, properties: self._asks.replied(properties),
    "question.asked": OpencodeDialogue._asked,
    "question.rejected": lambda self, properties: self._asks.replied(properties),
    "question.replied": lambda self, properties: self._asks.replied(properties),
    "session.created": OpencodeDialogue._created,
    "session.deleted": OpencodeDialogue._deleted,
    "session.error": OpencodeDialogue._failing,
    "session.idle": OpencodeDialogue._idle,
    "session.status": OpencodeDialogue._status,
}
