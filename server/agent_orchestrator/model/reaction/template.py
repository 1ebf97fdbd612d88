"""Texts with fields of an event in them: ``CI failed: {{errors}}``. They are filled in when they are sent."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from attrs import frozen

_FIELD = re.compile(r"\{\{\s*([A-Za-z_][\w.-]*)\s*\}\}")
_ODD = re.compile(r"\{\{|\}\}")


@frozen
class Odd:
    """Something in a template that is no field of the event. ``column`` counts characters from 0."""

    message: str
    column: int
    field: str = ""


def fields_of(text: str) -> Iterator[tuple[str, int]]:
    """The fields that a template names, each with its column."""
    return ((found[1], found.start(1)) for found in _FIELD.finditer(text))


def problems(text: str, fields: Collection[str]) -> Iterator[Odd]:
    """What of a template will not be filled in."""
    for name, column in fields_of(text):
        if name not in fields:
            yield Odd(f"the event has no {name!r}", column, name)
    rest = _FIELD.sub(lambda found: " " * len(found[0]), text)
    if odd := _ODD.search(rest):
        yield Odd(f"{odd[0]!r} belongs to no field; one is written {{{{like.this}}}}", odd.start())


def filled(text: str, facts: Mapping[str, str]) -> str:
    """The text with the fields filled in, once: what is filled in is looked at for fields no more."""
    return _FIELD.sub(lambda found: facts.get(found[1], ""), text)
