"""Messages of the Language Server Protocol on a stream: whole bodies in, whole frames out."""

from __future__ import annotations

import json
import os

from agent_orchestrator.protocol.framing import FramingError, length_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    class Reader(Protocol):
        """A buffered stream of bytes, as files and sockets have it."""

        def readline(self, limit: int, /) -> bytes:
            """One line with its end, or ``limit`` bytes of it; empty at the end of the stream."""

        def read(self, size: int, /) -> bytes:
            """Exactly that many bytes, or what there is until the end of the stream."""


_LONGEST_HEADER = 8192


def read_body(reader: Reader) -> bytes | None:
    """The next message's body; None at the end of the stream. Raises FramingError for what is no message."""
    header = b""
    while (line := reader.readline(_LONGEST_HEADER)) != b"\r\n":
        if not line and not header:
            return None
        header += line
        if not line.endswith(b"\r\n") or len(header) > _LONGEST_HEADER:
            raise FramingError(f"no header of a message: {header[:80]!r}")
    length = length_of(header)
    body = reader.read(length)
    if len(body) < length:
        raise FramingError(f"the stream ended after {len(body)} of a message's {length} bytes")
    return body


def framed(body: bytes) -> bytes:
    """A body with its header, which is written anew: some readers know one spelling only."""
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


def parse(body: bytes) -> dict[str, Any]:
    """A message, to be looked at; empty for what is none: it is for the one who gets it to say so."""
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return message if isinstance(message, dict) else {}


def write_all(descriptor: int, data: bytes) -> None:
    """Write until all is written. Raises OSError."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
