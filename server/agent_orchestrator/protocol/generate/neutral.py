"""The protocol as values that belong to no language, and the hash that stands for it."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Literal, TypeAlias

from attrs import fields, frozen, has

Sender = Literal["client", "server"]


@frozen
class Scalar:
    """A JSON value without parts."""

    name: Literal["string", "integer", "number", "boolean"]


@frozen
class ListOf:
    """An array."""

    of: Type


@frozen
class MapOf:
    """An object with free keys."""

    of: Type


@frozen
class Nullable:
    """A value or null."""

    of: Type


@frozen
class Ref:
    """An object of the shape with that name."""

    name: str


Type: TypeAlias = Scalar | ListOf | MapOf | Nullable | Ref


@frozen
class Field:
    """One key of an object. Where it is not ``required`` it may be left out, and ``default`` (JSON) holds."""

    name: str
    type: Type
    required: bool
    default: Any
    doc: str

    @property
    def about(self) -> str:
        """What is to be said of it in a line; a default that means nothing or no goes without saying."""
        default = f"Default: `{json.dumps(self.default)}`." if self.default else ""
        return " ".join(part for part in (self.doc, default) if part)


@frozen
class Shape:
    """One kind of object. The ``sender`` writes it: a server every key, a client may leave out what has a default."""

    name: str
    sender: Sender
    fields: tuple[Field, ...]
    doc: str


@frozen
class Call:
    """A message: names of its shapes, None where it has none. ``key`` is what generated code calls it."""

    key: str
    name: str
    params: str | None
    result: str | None
    doc: str
    kind: Literal["request", "notification"] = "request"
    sender: Sender = "client"


@frozen
class Constant:
    """A number or a text that both sides must know. ``key`` is what generated code calls it."""

    key: str
    name: str
    value: int | str
    doc: str


@frozen
class Protocol:
    """All of it. ``methods`` are asked on the daemon's socket, the rest belongs to the language server."""

    constants: tuple[Constant, ...]
    errors: tuple[Constant, ...]
    methods: tuple[Call, ...]
    commands: tuple[Call, ...]
    messages: tuple[Call, ...]
    shapes: tuple[Shape, ...]
    #: The shape of a diagnostic's ``data``.
    diagnostic_data: str


def protocol_hash(protocol: Protocol) -> str:
    """16 hex digits that change when what is on the wire changes, and not with its documentation or order."""
    canonical = json.dumps(_canonical(protocol), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]


def _canonical(value: Any) -> Any:
    if isinstance(value, tuple):
        return {item.name: _canonical(item) for item in value}
    if has(type(value)):
        kept = {f.name: getattr(value, f.name) for f in fields(type(value)) if f.name not in ("key", "doc")}
        return {"is": type(value).__name__, **{name: _canonical(part) for name, part in kept.items()}}
    return value
