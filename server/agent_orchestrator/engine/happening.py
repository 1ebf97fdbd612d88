"""Something that happened, as reactions know it. Pure."""

from __future__ import annotations

from attrs import field, frozen

from agent_orchestrator.engine.state import Session
from agent_orchestrator.model.reaction.condition import Value
from agent_orchestrator.model.reaction.rule import Facts


@frozen
class Happening:
    """Something happened. ``key`` tells it from every other happening of its event.

    ``pull`` and ``head``: the pull request that it is about, and its head then; ``issue`` is the key of one.
    ``outside`` names the fields whose texts are others'; ``held``: they are of somebody who may not be heard by agents.
    """

    event: str
    key: str
    facts: Facts
    session: str = ""
    pull: str = ""
    head: str = ""
    issue: str = ""
    outside: frozenset[str] = field(default=frozenset())
    held: bool = False


def facts_of(s: Session) -> dict[str, Value]:
    """The fields that every event of a session has."""
    return {
        "project": s.project,
        "session.id": s.id,
        "session.title": s.title,
        "session.agent": s.agent,
        "session.branch": s.branch,
        "session.attempt": float(len(s.turns)),
    }
