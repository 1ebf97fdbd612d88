"""What the writers of all vendors' formats share: an answer, its pieces, its numbers."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .script import Call, Step

#: Server-sent events: name (None where the vendor has none) and data.
Event = tuple[str | None, Mapping[str, Any] | str]

PIECE = 40
MOST_PIECES = 20


@dataclass(frozen=True)
class Answer:
    """What is said to one request: tokens are those of the script, else ones that grow with the request."""

    model: str
    text: str
    think: str
    calls: tuple[Call, ...]
    input: int
    output: int
    cached: int


def answer(model: str, step: Step, size: int) -> Answer:
    """The answer of a step to a request of ``size`` bytes."""
    usage = step.usage
    return Answer(
        model,
        step.text,
        step.think,
        step.calls,
        usage.get("input", size // 4),
        usage.get("output", 20),
        usage.get("cached", 0),
    )


def pieces(text: str) -> Iterator[str]:
    """Text as it comes in a stream."""
    length = max(PIECE, -(-len(text) // MOST_PIECES))
    for start in range(0, len(text), length):
        yield text[start : start + length]


def name(prefix: str) -> str:
    """An id as vendors make them."""
    return f"{prefix}_{uuid.uuid4().hex[:24]}"


def arguments(call: Call) -> str:
    """A call's input as text."""
    return call.input if isinstance(call.input, str) else json.dumps(call.input, ensure_ascii=False)


def texts(content: Any) -> list[str]:
    """The texts of a content: a string, or a list of parts of which some have text."""
    if isinstance(content, str):
        return [content]
    return [part["text"] for part in content or () if isinstance(part, dict) and "text" in part]


def text(content: Any) -> str:
    """All text of a content."""
    return "\n".join(texts(content))
