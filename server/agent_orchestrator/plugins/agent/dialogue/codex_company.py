"""Who else is in a conversation with ``codex app-server``: people with a screen of their own, and what they say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import define, field

from agent_orchestrator.model import activity as a
from agent_orchestrator.model.activity import Fact
from agent_orchestrator.model.text import cap, sanitize
from agent_orchestrator.plugins.agent.dialogue import codex_wire as wire
from agent_orchestrator.ports.channel import Step

#: Characters of what somebody says that are kept.
_SAID = 4000


@define
class Company:
    """Whose messages are whose, and whether anybody is there.

    All clients of one server name their messages themselves. Ours are those that it has answered.
    """

    _guests: int = 0
    _visited: bool = False
    _ours: dict[str, bool] = field(factory=dict)
    _others: dict[str, bool] = field(factory=dict)
    #: Conversations that belong to nobody's work here: the program looks for a title in one, people begin others.
    _aside: dict[str, bool] = field(factory=dict)

    def joined(self, params: Mapping[str, Any]) -> list[Step]:
        """The bridge says how many have joined."""
        guests = params.get("guests")
        if type(guests) is not int or bool(guests) == bool(self._guests):
            return []
        self._guests, self._visited = guests, True
        return [Fact(a.JOINED if guests else a.LEFT)]

    def replied(self, message: str, thread: str) -> list[Step]:
        """It has answered a message of ours."""
        wire.keep(self._ours, message, True)
        # Should it tell of a message before it answers, that one was not known to be ours.
        return [_accepted(message, thread)] if self._others.pop(message, False) else []

    def heard(self, item: Mapping[str, Any], thread: str) -> list[Step]:
        """It has taken a message."""
        message = wire.text(item, "clientId")
        if not message:
            # Words that go with an answer of ours have no name.
            return []
        if message in self._ours:
            return [_accepted(message, thread)]
        wire.keep(self._others, message, True)
        said = "\n".join(wire.text(part, "text") for part in wire.objs(item, "content"))
        return [Fact(a.SAID, text=cap(sanitize(wire.whole(said)), _SAID))] if self._visited else []

    def began(self, params: Mapping[str, Any]) -> list[Step]:
        """A conversation was begun: ours, one of an agent below it (only that has a parent), or another."""
        thread = wire.obj(params, "thread")
        if not wire.text(thread, "parentThreadId"):
            wire.keep(self._aside, wire.text(thread, "id"), True)
        return []

    def is_aside(self, thread: str) -> bool:
        """Has this conversation, if it is not ours, nothing to do with the work?"""
        return thread in self._aside


def _accepted(message: str, thread: str) -> Fact:
    return Fact(a.ACCEPTED, message=message, conversation=thread)
