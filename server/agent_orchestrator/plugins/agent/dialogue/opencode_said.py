"""What opencode is told: the messages of ours, and those of who has joined it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import define, field

from agent_orchestrator.model import activity as a
from agent_orchestrator.model.activity import Fact
from agent_orchestrator.model.text import sanitize
from agent_orchestrator.plugins.agent.dialogue import opencode_wire as wire
from agent_orchestrator.plugins.agent.dialogue.lines import keep, text, whole

#: Most characters of a message of somebody else that are kept.
_SAID = 4000


@define
class Said:
    """The messages of one turn. ``accepted`` are those of ours that it has taken."""

    accepted: set[str] = field(factory=set)
    _said: set[str] = field(factory=set)
    #: Messages of people, and parts of those that are not ours.
    _messages: dict[str, bool] = field(factory=dict)
    _parts: dict[str, bool] = field(factory=dict)

    @property
    def waiting(self) -> bool:
        """Was something said that it has not taken yet?"""
        return bool(self._said - self.accepted)

    def say(self, message: str) -> None:
        """A message of ours is said."""
        self._said.add(message)

    def refused(self, message: str) -> None:
        """A message of ours is not taken."""
        self._said.discard(message)

    def message(self, id: str) -> None:
        """It has a message of somebody's."""
        keep(self._messages, id, True)

    def has(self, id: str) -> bool:
        """Is this a message of somebody's, not of the program?"""
        return id in self._messages

    def part(self, part: Mapping[str, Any], session: str) -> Fact | None:
        """It has the text of such a message: it is taken, or somebody else has said it."""
        message, id = wire.ours(text(part, "messageID")), text(part, "id")
        if message in self.accepted or id in self._parts or part.get("synthetic") is True:
            return None
        if message:
            self.accepted.add(message)
            return Fact(a.ACCEPTED, message=whole(message), conversation=session)
        keep(self._parts, id, True)
        return Fact(a.SAID, text=sanitize(whole(text(part, "text")))[:_SAID])
