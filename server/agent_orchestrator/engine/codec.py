"""Events to and from the journal's rows."""

from __future__ import annotations

import json
from typing import Any

from cattrs.preconf.json import JsonConverter, make_converter

from agent_orchestrator.engine import events, issue_events, pull_events
from agent_orchestrator.engine.upcast import upcast
from agent_orchestrator.store.journal import Row

KINDS: dict[str, type[events.Event]] = {cls.__name__: cls for cls in events.Event.__subclasses__()}

#: Facts that can be observed again; everything else is a decision, an intent or an outcome and is committed durably.
FACTS = frozenset(
    {
        events.AgentExited,
        events.ItemsRerun,
        events.Noticed,
        events.Observed,
        events.ProjectConfigured,
        events.TargetObserved,
        events.TargetStale,
        issue_events.IssuesSeen,
        pull_events.BaseCompared,
        pull_events.CiRead,
        pull_events.PullsSeen,
        pull_events.TalkRead,
    }
)

_converter: JsonConverter = make_converter(forbid_extra_keys=False, omit_if_default=True)


def encode(event: events.Event) -> Row:
    """The row that stores ``event``."""
    data = json.dumps(_converter.unstructure(event), separators=(",", ":"), ensure_ascii=False)
    return Row(event.at, type(event).__name__, data.encode())


def decode(row: Row) -> events.Event:
    """The event that a row stores. Raises KeyError, ValueError or a cattrs error for what no version ever wrote."""
    kind, value = upcast(row.kind, json.loads(row.data))
    return _converter.structure(value, KINDS[kind])


def unstructure(value: Any) -> Any:
    """A value of the model as JSON types (for views and tests)."""
    return _converter.unstructure(value)
