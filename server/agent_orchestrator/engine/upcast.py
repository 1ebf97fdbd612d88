"""Events of earlier versions, read as the present version would have written them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Payload = dict[str, Any]

#: Kind as stored → function that gives the present kind and payload. Empty until an event's meaning changes.
UPCASTERS: Mapping[str, Callable[[Payload], tuple[str, Payload]]] = {}


def upcast(kind: str, payload: Payload) -> tuple[str, Payload]:
    """The present form of a stored event."""
    while kind in UPCASTERS:
        kind, payload = UPCASTERS[kind](payload)
    return kind, payload
