"""Wire values to and from JSON types for a client, without cattrs: importing it would cost half of a command's time.

The daemon, which checks what strangers send, uses :mod:`agent_orchestrator.protocol.wire`. A client trusts its daemon,
and must read the answers of a newer one: unknown keys are dropped, missing ones get their defaults.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints


class Row:
    """A JSON object that reads like the attrs value it stands for: ``row.current_task``, lists as tuples.

    Not for objects with free keys (:class:`~agent_orchestrator.protocol.types.Argv`). ``kind`` gives the type; it is
    called only for what an older daemon did not send and has a default, so that no type need be imported before.
    """

    __slots__ = ("_kind", "_raw")

    def __init__(self, raw: Mapping[str, Any], kind: Callable[[], Any]) -> None:
        """Look at ``raw``, which is not copied."""
        self._raw = raw
        self._kind = kind

    def __getattr__(self, name: str) -> Any:
        key = _camel(name)
        if key in self._raw:
            return _seen(self._raw[key], lambda: get_type_hints(_row_of(self._kind()))[name])
        return getattr(decode_value(self._raw, self._kind()), name)


def _seen(raw: Any, kind: Callable[[], Any]) -> Any:
    if isinstance(raw, dict):
        return Row(raw, kind)
    if isinstance(raw, list):
        return tuple(_seen(item, lambda: get_args(kind())[0]) for item in raw)
    return raw


def encode_value(value: Any) -> Any:
    """An attrs value or a Row as JSON types, names in camelCase."""
    if isinstance(value, Row):
        return value._raw
    if fields := getattr(type(value), "__attrs_attrs__", None):
        return {_camel(f.name): encode_value(getattr(value, f.name)) for f in fields}
    if isinstance(value, tuple | list):
        return [encode_value(item) for item in value]
    return value


def decode_value(raw: Any, kind: Any) -> Any:
    """JSON types as a value of ``kind``: an attrs class, a tuple of these, or a JSON type itself.

    Raises TypeError or AttributeError when a key without default is missing or an object is none.
    """
    if get_origin(kind) is tuple:
        return tuple(decode_value(item, get_args(kind)[0]) for item in raw)
    cls = _row_of(kind)
    if raw is None or not hasattr(cls, "__attrs_attrs__"):
        return raw
    return cls(**{name: decode_value(raw[key], of) for name, key, of in _shape(cls) if key in raw})


def _row_of(kind: Any) -> Any:
    """The attrs class of ``X`` and of ``X | None``."""
    return next((of for of in get_args(kind) if hasattr(of, "__attrs_attrs__")), kind)


@cache
def _shape(cls: Any) -> tuple[tuple[str, str, Any], ...]:
    """Per field its attribute, its key on the wire, and its type."""
    hints: Mapping[str, Any] = get_type_hints(cls)
    return tuple((f.name, _camel(f.name), hints[f.name]) for f in cls.__attrs_attrs__)


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)
