"""Which published type shows what the hub holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from ...graph.view import Refused, Unmodelled, View
from ...wire.clock import iso
from ..see import See

#: How ids begin of what is shown and not held: commits, branches, parts of pull requests.
DERIVED = ("BPR_", "C_", "MQE_", "MQ_", "PRC_", "REF_", "RR_", "SCR_", "W_")
_VIEWS: dict[type, type[View]] = {}


def shows(kind: type) -> Callable[[type[View]], type[View]]:
    """Decorates the view of a kind of thing."""

    def enter(view: type[View]) -> type[View]:
        _VIEWS[kind] = view
        return view

    return enter


def show(thing: Any, see: See) -> Any:
    """The view of a thing, None of None."""
    return None if thing is None else _VIEWS[type(thing)](thing, see)


def show_all(things: Iterable[Any], see: See) -> list[Any]:
    """The views of all, in order."""
    return [show(thing, see) for thing in things]


def node(see: See, id: str) -> Any:
    """The view of a node id; Refused as the service words it."""
    if id.startswith(DERIVED):
        raise Unmodelled(f"Query.node of {id}")
    thing = see.hub.ids.node(id)
    if type(thing) not in _VIEWS:
        raise Refused("NOT_FOUND", f"Could not resolve to a node with the global id of '{id}'")
    if id in see.hub.broken:
        raise Refused(*see.hub.broken[id])
    return show(thing, see)


def time(moment: datetime | None) -> str | None:
    """``DateTime``."""
    return iso(moment)


def word(text: str | None) -> str | None:
    """An enumeration's value: the words that REST has small."""
    return text.upper() if text else None
