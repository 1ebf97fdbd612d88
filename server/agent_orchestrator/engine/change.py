"""How the state is replaced by a changed one: what the steps of all kinds of events share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import evolve

from agent_orchestrator.engine.state import State

K = TypeVar("K")
V = TypeVar("V")


class Unfit(Exception):
    """The event does not fit the state; the message says why."""


def put(mapping: Mapping[K, V], key: K, value: V) -> dict[K, V]:
    """A copy of ``mapping`` with one entry set."""
    return {**mapping, key: value}


def change_session(state: State, id: str, **changes: Any) -> State:
    """The state with one session changed. Raises Unfit when there is none with this id."""
    if id not in state.sessions:
        raise Unfit(f"no session {id!r}")
    session = evolve(state.sessions[id], **changes)
    return evolve(state, sessions=put(state.sessions, id, session))


def touch(state: State, event: Any, **changes: Any) -> State:
    """As :func:`change_session` for the session of an event, which is active now."""
    return change_session(state, event.session, last_activity=event.at, **changes)
