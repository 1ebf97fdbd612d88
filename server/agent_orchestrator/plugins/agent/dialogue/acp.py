"""A conversation in the Agent Client Protocol: JSON-RPC 2.0, one message per line, with any agent that speaks it.

See agentclientprotocol.com. What differs between agents is in :mod:`.acp_traits`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from attrs import define, field

from agent_orchestrator.model import activity as a
from agent_orchestrator.model.activity import Ask, Fact
from agent_orchestrator.model.text import sanitize
from agent_orchestrator.model.usage import FAILED, REFUSED, Usage
from agent_orchestrator.plugins.agent.dialogue import acp_ends as ends
from agent_orchestrator.plugins.agent.dialogue import acp_wire as wire
from agent_orchestrator.plugins.agent.dialogue.acp_tools import ENDED, THINK, Tool, asked, told_of, work
from agent_orchestrator.plugins.agent.dialogue.acp_traits import Traits
from agent_orchestrator.plugins.agent.dialogue.lines import keep, obj, objs, parsed, shown, text, whole
from agent_orchestrator.plugins.agent.output import paragraph
from agent_orchestrator.ports.agent import Told
from agent_orchestrator.ports.channel import Send, Step

#: Most characters of its last words that are kept.
_SAID = 4000
_HISTORY = ("user_message_chunk", "agent_message_chunk", "agent_thought_chunk", "tool_call", "tool_call_update", "plan")


@define
class AcpDialogue:
    """One turn of an agent of the protocol.

    Nothing in the protocol says that a prompt was taken; a request behind it that the agent has to refuse does. A
    refusal has no words: the model is told that it was refused, not why. What it observes follows from the agent's
    lines alone, whatever was said to it, so that a replay observes as much.
    """

    cwd: str
    conversation: str = ""
    model: str = ""
    mode: str = ""
    traits: Traits = field(factory=Traits)
    steers: bool = False
    _session: str = ""
    #: Can it go on with a session without telling its history, and can it at all?
    _resumes: bool = False
    _resumable: bool = False
    _gone: bool = False
    _program: str = ""
    #: What is to be asked for before it is ready.
    _wishes: list[Send] = field(factory=list)
    _ready: bool = False
    #: Was a history told, behind which more of it may come? And how often it was waited for.
    _history: bool = False
    _fences: int = 0
    _taken: str = ""
    #: Nothing of a turn is expected: the newest prompt is over, by one that told when it took it.
    _idle: bool = False
    _over: int = 0
    _prompted: bool = False
    _interrupted: bool = False
    _answered: bool = False
    _tools: dict[str, Tool] = field(factory=dict)
    _asks: dict[str, tuple[Ask, int | str]] = field(factory=dict)
    _work: str = ""
    _said: str = ""
    _words: str = ""
    _error: str = ""
    _usage: Usage = field(factory=Usage)

    def open(self) -> Iterable[Step]:
        """Say who we are."""
        return [wire.initialize()]

    def take(self, line: str) -> Iterable[Step]:
        """A message of its: an answer, a request or news."""
        message = parsed(line)
        return [] if message is None else list(self._take(message))

    def say(self, message: str, text: str) -> Iterable[Step]:
        """Prompt it."""
        if not self._ready:
            return []
        self._prompted, self._interrupted = True, False
        return [wire.prompt(message, self._session, text), wire.fence(f"taken:{message}")]

    def answer(self, ask: str, option: str, text: str = "") -> Iterable[Step]:
        """Choose one of its options; none of them is a refusal as well."""
        if ask not in self._asks:
            return []
        found, id = self._asks[ask]
        label = next((one.label for one in found.options if one.id == option), None)
        if option and label is None:
            return []
        del self._asks[ask]
        return [wire.chosen(id, option), Fact(a.ANSWERED, message=ask, text=text if label is None else label)]

    def interrupt(self) -> Iterable[Step]:
        """Cancel its turn; what it asks has to be answered then."""
        if not self._busy:
            return []
        self._interrupted = True
        steps: list[Step] = [wire.cancel(f"interrupt:{self._over}", self._session)]
        for ask in list(self._asks):
            steps += self.answer(ask, "")
        return steps

    def told(self, code: int | None) -> Told:
        """What it came to, by its last prompt."""
        conversation = None
        if self._gone or (self._ready and not self._resumable):
            conversation = ""
        elif self._ready and (self._answered or self.conversation):
            conversation = self.conversation or self._session
        return Told(
            words=paragraph(self._words or self._said),
            conversation=conversation,
            error=self._error or (FAILED if code and (self._busy or not self._ready) else ""),
            usage=self._usage if self._usage != Usage() else None,
        )

    @property
    def _busy(self) -> bool:
        # Of what was said before a replay only the agent tells.
        return self._prompted or (bool(self._taken) and not self._idle)

    def _take(self, message: Mapping[str, Any]) -> Iterator[Step]:
        id, method, params = message.get("id"), text(message, "method"), obj(message, "params")
        if method == "session/update":
            yield from self._update(obj(params, "update"))
        elif not isinstance(id, int | str) or isinstance(id, bool):
            return
        elif method == "session/request_permission":
            yield from self._ask(id, params)
        elif method:
            yield wire.refused(id, method)
        elif isinstance(id, str):
            yield from self._reply(id, obj(message, "result"), obj(message, "error"))

    # Until it is ready

    def _reply(self, id: str, result: Mapping[str, Any], error: Mapping[str, Any]) -> Iterator[Step]:
        kind, _, message = id.partition(":")
        if kind == "prompt":
            yield from self._end(message, result, error)
        elif kind == "taken":
            yield from self._accept(message)
        elif self._ready or self._error:
            return
        elif kind == "fence":
            yield self._settle()
        elif error:
            yield self._refused(error)
        elif kind == "initialize":
            yield self._login(result)
        elif kind == "login":
            yield self._begin()
        elif kind == "session":
            yield self._begun(result)
        elif kind in ("model", "mode"):
            yield self._settle()

    def _login(self, result: Mapping[str, Any]) -> Step:
        agent, can = obj(result, "agentInfo"), obj(result, "agentCapabilities")
        self._program = shown(f"{text(agent, 'title') or text(agent, 'name')} {text(agent, 'version')}", 80)
        resumes = isinstance(obj(can, "sessionCapabilities").get("resume"), dict)
        self._resumes, self._resumable = resumes, resumes or can.get("loadSession") is True
        if self.traits.login and any(text(way, "id") == self.traits.login for way in objs(result, "authMethods")):
            return wire.call("login", "authenticate", {"methodId": self.traits.login})
        return self._begin()

    def _begin(self) -> Step:
        if not self.conversation:
            return wire.session("new", self.cwd)
        if not self._resumable:
            return self._refused({"message": "It can not go on with a conversation."})
        # To resume a session is to load it without being told its history.
        self._session = self.conversation if self._resumes else self.traits.loads + self.conversation
        self._history = self.traits.trails and not self._resumes
        return wire.session("resume" if self._resumes else "load", self.cwd, self._session)

    def _begun(self, result: Mapping[str, Any]) -> Step:
        self._session = self._session or whole(text(result, "sessionId"))
        if not self._session:
            return self._refused({"message": "It gave its session no id."})
        choice = next((one for one in objs(result, "configOptions") if text(one, "id") == "model"), None)
        model = text(result, "models", "currentModelId") if choice is None else text(choice, "currentValue")
        if self.model and model != self.model:
            model = self.model
            wish = {"modelId": model} if choice is None else {"configId": "model", "value": model}
            method = "session/set_model" if choice is None else "session/set_config_option"
            self._wishes.append(wire.call("model", method, {"sessionId": self._session, **wish}))
        if self.mode:
            wish = {"sessionId": self._session, "modeId": self.mode}
            self._wishes.append(wire.call("mode", "session/set_mode", wish))
        self._program = ", ".join(filter(None, (self._program, shown(model, 80))))
        return self._settle()

    def _settle(self) -> Step:
        if self._wishes:
            return self._wishes.pop(0)
        if self._history:
            # Something of it comes between any two answers as long as it goes on.
            self._history = False
            self._fences += 1
            return wire.fence(f"fence:{self._fences}")
        self._ready = True
        conversation = (self.conversation or self._session) if self._resumable else ""
        return Fact(a.READY, text=self._program, conversation=conversation)

    def _refused(self, error: Mapping[str, Any]) -> Step:
        self._error, self._words = ends.error_of(error)
        self._gone = bool(self.conversation) and self._error in (FAILED, REFUSED)
        return Fact(a.FAILED, error=self._error, text=self._words)

    # Its work

    def _update(self, update: Mapping[str, Any]) -> Iterator[Step]:
        kind = text(update, "sessionUpdate")
        if not self._ready:
            self._history = self._history or (self.traits.trails and kind in _HISTORY)
        elif kind == "usage_update":
            yield from self._use(ends.used(self._usage, update))
        elif kind in ("tool_call", "tool_call_update"):
            yield from self._tool(update)
        elif kind in ("agent_message_chunk", "agent_thought_chunk"):
            self._answered = True
            if kind == "agent_message_chunk":
                self._said = (self._said + text(update, "content", "text"))[:_SAID]
            yield from self._works(THINK)

    def _tool(self, update: Mapping[str, Any]) -> Iterator[Step]:
        id = text(update, "toolCallId")
        if id not in self._tools:
            self._answered, self._said = True, ""
        tool = told_of(self._tools.pop(id, Tool()), update, self.traits)
        if text(update, "status") not in ENDED:
            keep(self._tools, id, tool)
            yield from self._works(work(tool, self.cwd))
        elif not self._tools:
            yield from self._works(THINK)

    def _ask(self, id: int | str, params: Mapping[str, Any]) -> Iterator[Step]:
        call = obj(params, "toolCall")
        self._answered, self._said, self._work = True, "", ""
        tool = told_of(self._tools.get(text(call, "toolCallId"), Tool()), call, self.traits)
        keep(self._tools, text(call, "toolCallId"), tool)
        ask = asked(whole(str(id)), params, tool, self.cwd)
        if not ask.options:
            yield wire.chosen(id, "")
            return
        keep(self._asks, ask.id, (ask, id))
        yield Fact(a.ASKED, ask=ask)

    def _works(self, words: str) -> Iterator[Step]:
        # What comes between two prompts may be of the next one: a long prompt is answered before the request behind it
        # is read. Its words count then; that it works is told when it has said that it took the prompt.
        if words and words != self._work and not self._idle:
            self._work = words
            yield Fact(a.WORKING, text=words)

    def _use(self, usage: Usage) -> Iterator[Step]:
        if usage != self._usage:
            self._usage = usage
            yield Fact(a.USED, usage=usage)

    # Its ends

    def _accept(self, message: str) -> Iterator[Step]:
        if message != self._taken:
            self._taken, self._idle = message, False
            yield Fact(a.ACCEPTED, message=whole(message))

    def _end(self, message: str, result: Mapping[str, Any], error: Mapping[str, Any]) -> Iterator[Step]:
        told = message == self._taken
        yield from self._accept(message)
        yield from self._use(ends.spent(self._usage, result, whole=self.traits.counts))
        self._over += 1
        self._idle, self._prompted = told, False
        said, self._said, self._work = sanitize(whole(self._said)).strip(), "", ""
        self._tools.clear()
        self._asks.clear()
        self._error, self._words = "", said
        reason = text(result, "stopReason")
        if self._interrupted or reason == "cancelled":
            yield Fact(a.INTERRUPTED, text=said)
            return
        if error:
            self._error, self._words = ends.error_of(error)
        elif (short := ends.cut_short(reason)) is not None:
            self._error, self._words = short
        elif not said and self.traits.silence:
            self._error, self._words = FAILED, self.traits.silence
        if self._error:
            yield Fact(a.FAILED, error=self._error, text=self._words)
        else:
            yield Fact(a.DONE, text=said)
