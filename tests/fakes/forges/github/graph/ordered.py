"""Lists as they are asked for: of some states, with some labels, in an order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from ..issue import Issue

T = TypeVar("T", bound=Issue)


def with_states(items: Sequence[T], states: Sequence[str] | None) -> list[T]:
    """Those in one of some states; None is all."""
    return [item for item in items if states is None or item.state in states]


def with_labels(items: Sequence[T], labels: Sequence[str] | None) -> list[T]:
    """Those with one of some labels; None is all."""
    return [i for i in items if labels is None or {label.name for label in i.labels} & set(labels)]


def ordered(items: Sequence[T], by: Mapping[str, Any] | None) -> list[T]:
    """By ``CREATED_AT`` (and so it is without), ``UPDATED_AT`` or ``COMMENTS``; of equals the older first."""
    if by is None:
        return list(items)
    keys = {"CREATED_AT": lambda i: i.number, "UPDATED_AT": lambda i: (i.updated_at, i.number)}
    key = keys.get(by["field"], lambda i: len(i.comments))
    return sorted(items, key=key, reverse=by["direction"] == "DESC")
