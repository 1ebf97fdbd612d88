"""JSON values are taken as they are: nothing is bent into the type that a parameter wants."""

from __future__ import annotations

from typing import Any, cast, get_args, get_origin

from cattrs import Converter

_NAMES = {str: "a string", int: "a whole number", float: "a number", bool: "true or false"}


class WrongType(ValueError):
    """A JSON value of another type than the parameter's. The message begins with the verb."""


def make_strict(converter: Converter) -> None:
    """Let a converter refuse what it would otherwise bend: ``"no"`` as True, 5.7 as 5, null as ``"None"``."""
    for kind in _NAMES:
        converter.register_structure_hook(kind, _exactly)
    converter.register_structure_hook_func(
        lambda kind: cast(object, get_origin(kind)) is tuple, lambda value, kind: _list(converter, value, kind)
    )


def _exactly(value: Any, kind: type) -> Any:
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is not kind:
        raise WrongType(f"must be {_NAMES[kind]}, not {_found(value)}")
    return value


def _list(converter: Converter, value: Any, kind: Any) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise WrongType(f"must be a list, not {_found(value)}")
    element = get_args(kind)[0]
    items = []
    for index, item in enumerate(value):
        try:
            items.append(converter.structure(item, element))
        except WrongType as error:
            raise WrongType(f"has an item {index} that {error}") from None
    return tuple(items)


def _found(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "an object"
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:39]}…"
