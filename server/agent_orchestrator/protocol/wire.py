"""Framing and conversion: one hello line, then JSON-RPC 2.0 messages framed as in the Language Server Protocol.

Hello (client → daemon), one line of JSON: ``{"ao": 1, "client": "cli", "version": "…", "cwd": "…", "env": {…}}``;
the answer is one line too: ``{"ao": 1, "version": "…", "pid": 1}`` or ``{"error": "…"}``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from attrs import AttrsInstance, fields, has
from cattrs import Converter
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

#: Version of the hello; a daemon refuses another one with a sentence.
PROTOCOL = 1
#: No message may be longer than this many bytes.
MAX_MESSAGE = 64 * 1024 * 1024

#: JSON-RPC error codes. The last two are ours: the request was understood and is refused, with a sentence for a person.
PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS, INTERNAL_ERROR = -32700, -32600, -32601, -32602, -32603
REFUSED = -32001


class WireError(Exception):
    """A message that can not be read, with what is wrong with it."""


def camel(name: str) -> str:
    """``last_activity`` → ``lastActivity``."""
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def _make() -> Converter:
    converter = Converter(forbid_extra_keys=True)

    def names(cls: type[AttrsInstance]) -> dict[str, Any]:
        return {f.name: override(rename=camel(f.name)) for f in fields(cls)}

    converter.register_unstructure_hook_factory(has, lambda cls: make_dict_unstructure_fn(cls, converter, **names(cls)))
    converter.register_structure_hook_factory(
        has, lambda cls: make_dict_structure_fn(cls, converter, _cattrs_forbid_extra_keys=True, **names(cls))
    )
    return converter


converter = _make()


def to_wire(value: Any) -> Any:
    """An attrs value as JSON types, names in camelCase."""
    return converter.unstructure(value)


def from_wire(value: Any, cls: type[Any]) -> Any:
    """JSON types as an attrs value. Raises a cattrs error that :func:`describe` turns into a sentence."""
    return converter.structure(value, cls)


def frame(message: Mapping[str, Any]) -> bytes:
    """One message with its header."""
    body = json.dumps(message, separators=(",", ":"), ensure_ascii=False).encode()
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


def length_of(header: bytes) -> int:
    """The body's length in bytes from a header block. Raises WireError."""
    for line in header.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            try:
                length = int(value)
            except ValueError:
                break
            if 0 <= length <= MAX_MESSAGE:
                return length
            raise WireError(f"a message of {length} bytes is not accepted (at most {MAX_MESSAGE})")
    raise WireError(f"no usable Content-Length in {header[:80]!r}")
