"""Filters of lists, by the published comparators. One that is not here is a loud error."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from ..graph.view import Unmodelled, snake
from ..wire.clock import parse
from .things import Issue, Thing, User

_COMPARES: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": lambda value, wanted: value == wanted,
    "neq": lambda value, wanted: value != wanted,
    "in": lambda value, wanted: value in wanted,
    "nin": lambda value, wanted: value not in wanted,
    "gt": lambda value, wanted: value > wanted,
    "gte": lambda value, wanted: value >= wanted,
    "lt": lambda value, wanted: value < wanted,
    "lte": lambda value, wanted: value <= wanted,
    "contains": lambda value, wanted: wanted in value,
    "containsIgnoreCase": lambda value, wanted: wanted.lower() in value.lower(),
    "eqIgnoreCase": lambda value, wanted: value.lower() == wanted.lower(),
    "startsWith": lambda value, wanted: value.startswith(wanted),
}


def fits(thing: Any, wanted: Mapping[str, Any] | None, see: Any) -> bool:
    """Whether a thing fits a filter: all of its fields have to. ``see`` says who asks, and when."""
    return all(_field(thing, name, inner, see) for name, inner in (wanted or {}).items())


def _field(thing: Any, name: str, inner: Any, see: Any) -> bool:
    if name in ("and", "or"):
        return (all if name == "and" else any)(fits(thing, one, see) for one in inner)
    if name == "isMe" and isinstance(thing, User):
        return compares(thing is see.viewer, inner, see)
    if not hasattr(thing, snake(name)):
        raise Unmodelled(f"the filter {name}")
    value = getattr(thing, snake(name))
    if isinstance(value, list):
        return _many(value, inner, see)
    # Whoever filters issues by id may give KEY-1 as well.
    if name == "id" and isinstance(thing, Issue):
        return compares(thing.id, inner, see) or compares(thing.identifier, inner, see)
    if "null" in inner and (value is None) != inner["null"]:
        return False
    inner = {name: wanted for name, wanted in inner.items() if name != "null"}
    if isinstance(value, Thing) or value is None:
        return not inner or (value is not None and fits(value, inner, see))
    return compares(value, inner, see)


def _many(values: list[Any], inner: Mapping[str, Any], see: Any) -> bool:
    rest = {name: wanted for name, wanted in inner.items() if name not in ("some", "every", "length")}
    if "length" in inner and not compares(len(values), inner["length"], see):
        return False
    if "every" in inner and not all(fits(value, inner["every"], see) for value in values):
        return False
    some = [one for one in (inner.get("some"), rest or None) if one is not None]
    return all(any(fits(value, one, see) for value in values) for one in some)


def compares(value: Any, inner: Mapping[str, Any], see: Any) -> bool:
    """Whether a value is as its comparators say."""
    for name, wanted in inner.items():
        if name not in _COMPARES:
            raise Unmodelled(f"the comparator {name}")
        if isinstance(value, datetime) and isinstance(wanted, str):
            wanted = _moment(wanted, see.clock.now())
        if not _COMPARES[name](value, wanted):
            return False
    return True


def _moment(text: str, now: datetime) -> datetime:
    """A date, or a duration from now in ISO 8601: ``-P1D``, ``-PT5M``."""
    if "P" not in text:
        return parse(text)
    sign, _, rest = text.partition("P")
    days, _, time = rest.partition("T")
    units = {"D": 86400, "W": 604800, "H": 3600, "M": 60, "S": 1}
    seconds = 0
    for part in (days, time):
        number = ""
        for letter in part:
            if letter.isdigit():
                number += letter
            else:
                seconds += int(number) * units[letter]
                number = ""
    return now + timedelta(seconds=-seconds if sign == "-" else seconds)
