"""What can happen to issues."""

from __future__ import annotations

from attrs import frozen

from agent_orchestrator.engine.events import Event
from agent_orchestrator.model.tracked import Noted


@frozen
class IssuesSeen(Event):
    """The issues of a project that wait for somebody, all of them."""

    project: str
    issues: tuple[Noted, ...] = ()


@frozen
class IssueTold(Event):
    """A session's tracker knows how far its issue is: a :data:`agent_orchestrator.model.tracked.Stage`."""

    session: str
    stage: str
