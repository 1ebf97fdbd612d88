"""What opencode does in a turn, and what it uses: by the parts of its messages and of those of its subagents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from attrs import define, evolve, field

from agent_orchestrator.model import activity as a
from agent_orchestrator.model.activity import Fact
from agent_orchestrator.model.usage import Usage
from agent_orchestrator.plugins.agent.dialogue import opencode_ends as ends
from agent_orchestrator.plugins.agent.dialogue import opencode_wire as wire
from agent_orchestrator.plugins.agent.dialogue.lines import keep, obj, shown, text, whole
from agent_orchestrator.ports.channel import Step


@define
class Work:
    """The work of one turn. ``below`` are the sessions of its subagents, ``usage`` is what it used so far."""

    cwd: str
    below: dict[str, bool] = field(factory=dict)
    usage: Usage | None = None
    #: The provider and the model that answer.
    speaker: str = ""
    _doing: str = ""
    _tools: dict[str, str] = field(factory=dict)
    _steps: set[str] = field(factory=set)
    #: The newest call of the model in its own session.
    _newest: Mapping[str, Any] = field(factory=dict)
    _windows: dict[str, int] | None = None

    def tool_of(self, call: str) -> str:
        """The tool whose call this is; empty where it is not known."""
        return whole(self._tools.get(call, ""))

    def pause(self) -> None:
        """What it does next is told, also when it is what it did before."""
        self._doing = ""

    def end(self) -> None:
        """It does nothing any more."""
        self._doing = ""
        self._tools.clear()

    def thinks(self) -> Iterator[Step]:
        """It works, and if no tool runs it thinks."""
        if not self._tools:
            yield from self._does(wire.THINK)

    def part(self, part: Mapping[str, Any]) -> Iterator[Step]:
        """A part of a message that is written: text, a thought or the call of a tool."""
        if text(part, "type") != "tool":
            yield from self._does(wire.THINK)
            return
        id, status = text(part, "callID"), text(part, "state", "status")
        if child := text(part, "state", "metadata", "sessionId"):
            keep(self.below, child, True)
        if status in ("completed", "error"):
            self._tools.pop(id, None)
            yield from self.thinks()
            return
        keep(self._tools, id, text(part, "tool"))
        if given := obj(part, "state", "input"):
            yield from self._does(wire.work(whole(text(part, "tool")), given, self.cwd))

    def step(self, part: Mapping[str, Any], *, own: bool) -> Iterator[Step]:
        """A call of the model has ended; ``own``: in its own session, not in that of a subagent."""
        if text(part, "id") in self._steps:
            return
        self._steps.add(text(part, "id"))
        if own:
            self._newest = part
        if self._windows is None:
            self._windows = {}
            yield wire.get("models", "/config/providers")
        yield from self._use(ends.more(self.usage, part))

    def models(self, providers: Mapping[str, Any]) -> Iterator[Step]:
        """What its models are like."""
        self._windows = ends.windows(providers)
        if self.usage is not None:
            yield from self._use(self.usage)

    def _does(self, words: str) -> Iterator[Step]:
        if words != self._doing:
            self._doing = words
            yield Fact(a.WORKING, text=words)

    def _use(self, usage: Usage) -> Iterator[Step]:
        window = (self._windows or {}).get(self.speaker, 0)
        usage = evolve(usage, model=shown(self.speaker, 100), context=ends.filled(self._newest, window))
        if usage != self.usage:
            self.usage = usage
            yield Fact(a.USED, usage=usage)
