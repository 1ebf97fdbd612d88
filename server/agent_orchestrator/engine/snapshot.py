"""The state as bytes and back: a start reads it in place of the thousands of events that led to it.

A snapshot is a shortcut and never the truth: one that can not be read is ignored while the events are still there.
"""

from __future__ import annotations

import json
from typing import Any

from attrs import evolve
from cattrs.preconf.json import JsonConverter, make_converter

from agent_orchestrator.engine.state import State
from agent_orchestrator.model.evidence import Item
from agent_orchestrator.model.rule import Tally

#: Grows when events of the past would give another state than before: older snapshots are not used then.
STEP_VERSION = 8
#: Events after which a start writes a new snapshot.
EVERY = 2000
#: Seconds after which a session that is over is forgotten, and the events before a snapshot are.
KEPT = 30 * 24 * 3600.0

_converter: JsonConverter = make_converter(forbid_extra_keys=False, omit_if_default=True)
_Tallies = list[tuple[str, str, Item, Tally]]
_Unstable = list[tuple[str, str, tuple[Item, ...]]]


def dump(state: State) -> bytes:
    """The state as JSON. Keys that are tuples become rows, for JSON has none."""
    plain: dict[str, Any] = _converter.unstructure(evolve(state, tallies={}, unstable={}))
    tallies = [(project, tree, item, tally) for (project, tree, item), tally in state.tallies.items()]
    unstable = [(project, tree, functions) for (project, tree), functions in state.unstable.items()]
    plain["tallies"] = _converter.unstructure(tallies, _Tallies)
    plain["unstable"] = _converter.unstructure(unstable, _Unstable)
    return json.dumps(plain, separators=(",", ":"), ensure_ascii=False).encode()


def load(data: bytes) -> State:
    """The state that :func:`dump` wrote. Raises whatever JSON or cattrs raise for anything else."""
    plain = json.loads(data)
    tallies = _converter.structure(plain.pop("tallies"), _Tallies)
    unstable = _converter.structure(plain.pop("unstable"), _Unstable)
    return evolve(
        _converter.structure(plain, State),
        tallies={(project, tree, item): tally for project, tree, item, tally in tallies},
        unstable={(project, tree): functions for project, tree, functions in unstable},
    )


def compacted(state: State, now: float) -> State:
    """The state without sessions and pull requests that were over for longer than :data:`KEPT`; landings stay known."""
    old = {
        s.id
        for s in state.sessions.values()
        if s.closed and now - s.last_activity > KEPT and s.workspace not in ("ready", "kept")
    }
    pending = {x.session for x in state.landings.values() if x.pending}
    gone = old - pending
    sessions = {id: s for id, s in state.sessions.items() if id not in gone}
    used = {s.pull for s in sessions.values()}
    pulls = {k: w for k, w in state.pulls.items() if w.open or now - w.changed_at <= KEPT or k in used}
    same = len(sessions) == len(state.sessions) and len(pulls) == len(state.pulls)
    return state if same else evolve(state, sessions=sessions, pulls=pulls)
