"""Bytes of a connection: one hello line each way, then messages framed as in the Language Server Protocol.

Standard library only, so that a command line client or a forwarder starts in tens of milliseconds.
"""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

#: Version of the hello; a daemon refuses another one with a sentence.
PROTOCOL = 1
#: A hello line may be this long, in bytes: it carries an environment.
MAX_HELLO = 1024 * 1024
#: No message may be longer than this many bytes.
MAX_MESSAGE = 64 * 1024 * 1024

# JSON-RPC 2.0, section 5.1.
PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS, INTERNAL_ERROR = -32700, -32600, -32601, -32602, -32603
#: The request was understood and is refused, with a sentence for a person.
REFUSED = -32001
#: ``RequestCancelled`` of the Language Server Protocol.
REQUEST_CANCELLED = -32800

_SEPARATOR = b"\r\n\r\n"


class FramingError(Exception):
    """Bytes that are no message. What follows them can not be read either."""


def encode(value: Any) -> bytes:
    """JSON in UTF-8. A lone surrogate (a file name that is no UTF-8) is written as the JSON escape of its own."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "backslashreplace")


def frame(message: Mapping[str, Any]) -> bytes:
    """One message with its header. Raises FramingError when it is longer than ``MAX_MESSAGE``."""
    body = encode(message)
    if len(body) > MAX_MESSAGE:
        raise FramingError(f"a message of {len(body)} bytes can not be sent (at most {MAX_MESSAGE})")
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


def length_of(header: bytes) -> int:
    """The body's length in bytes, from a header block. Raises FramingError."""
    for line in header.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() != b"content-length":
            continue
        digits = value.strip()
        if digits.isdigit() and len(digits) < 20 and int(digits) <= MAX_MESSAGE:
            return int(digits)
        raise FramingError(f"a message's length must be a number up to {MAX_MESSAGE}, not {digits[:40]!r}")
    raise FramingError(f"no Content-Length in {header[:80]!r}")
