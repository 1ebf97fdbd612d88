"""A reaction as it is configured, resolved: what is done about an event, and how often."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from attrs import frozen

from agent_orchestrator.model.reaction.condition import ConditionError, Value, parse
from agent_orchestrator.model.reaction.kinds import EVENTS, NOTIFY
from agent_orchestrator.model.reaction.template import filled

#: How often something is done for one task where nothing is said.
RETRIES = 3
#: Seconds without a sign of life after which an agent is stuck, where nothing is said.
THRESHOLD = 600.0

Facts: TypeAlias = Mapping[str, Value]


@frozen
class Rule:
    """What is done about an event. Times are in seconds; ``escalate_after`` 0: never."""

    event: str
    action: str = NOTIFY
    auto: bool = False
    priority: str = "info"
    retries: int = RETRIES
    message: str = ""
    escalate_after: float = 0.0
    threshold: float = THRESHOLD
    condition: str = ""
    agent: str = ""
    #: How ``merge`` merges; empty: as landings do. ``delete_after``: and deletes the branch then.
    strategy: str = ""
    delete_after: bool = False

    @property
    def asks(self) -> bool:
        """Is a person offered the action in place of it being done?"""
        return self.action != NOTIFY and not self.auto

    def applies(self, facts: Facts) -> bool:
        """Does the condition hold? One that can not be read never does: the configuration says what is wrong in it."""
        if not self.condition:
            return True
        try:
            return parse(self.condition).holds(facts)
        except ConditionError:
            return False

    def text(self, facts: Facts) -> str:
        """What is said, with the facts filled in."""
        return filled(self.message or EVENTS[self.event].message, {name: shown(value) for name, value in facts.items()})


def shown(value: Value) -> str:
    """A fact in words."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:g}"
        case tuple():
            return ", ".join(shown(each) for each in value)
    return value
