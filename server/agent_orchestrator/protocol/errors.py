"""Errors on the wire, and sentences for what a client sent wrongly."""

from __future__ import annotations

import difflib
from typing import Any, cast, get_args, get_origin

from attrs import fields, has
from cattrs import ClassValidationError, Converter, ForbiddenExtraKeysError

from agent_orchestrator.protocol.wire import camel

_NAMES = {str: "a string", int: "a whole number", float: "a number", bool: "true or false"}


class Refused(Exception):
    """A handler's answer to a request that it understood and does not carry out: a sentence for a person."""


class WrongType(ValueError):
    """A JSON value of another type than the parameter's. The message begins with the verb."""


def make_strict(converter: Converter) -> None:
    """Let a converter refuse what it would otherwise bend: ``"no"`` as True, 5.7 as 5, null as ``"None"``."""
    for kind in _NAMES:
        converter.register_structure_hook(kind, _exactly)
    converter.register_structure_hook_func(
        lambda kind: cast(object, get_origin(kind)) is tuple, lambda value, kind: _list(converter, value, kind)
    )


def describe(error: Exception) -> str:
    """A structuring error as one sentence that names the first wrong field, in the wire's spelling."""
    if isinstance(error, ClassValidationError):
        with_notes, without = error.group_exceptions()
        if with_notes:
            cause, note = with_notes[0]
            if isinstance(cause, ClassValidationError):
                return f"`{camel(note.name)}`: {describe(cause)}"
            return _of_field(cause, camel(note.name))
        if without:
            return describe(without[0])
    if isinstance(error, ForbiddenExtraKeysError):
        return _unknown(error)
    if isinstance(error, KeyError):
        return _of_field(error, camel(str(error.args[0])))
    return str(error) or type(error).__name__


def _of_field(cause: Exception, name: str) -> str:
    if isinstance(cause, KeyError):
        return f"`{name}` is missing"
    if isinstance(cause, WrongType):
        return f"`{name}` {cause}"
    return f"`{name}`: {cause}"


def _unknown(error: ForbiddenExtraKeysError) -> str:
    name = min(str(key) for key in error.extra_fields)
    known = [camel(f.name) for f in fields(error.cl)] if has(error.cl) else []
    near = difflib.get_close_matches(name, known, 1)
    hint = f"did you mean `{near[0]}`?" if near else f"known: {', '.join(known) or 'none'}"
    return f"`{name[:80]}` is no parameter of this method; {hint}"


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
