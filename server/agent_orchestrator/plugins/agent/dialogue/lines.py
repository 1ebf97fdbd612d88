"""What programs print in their protocols, one JSON object per line: read without trust."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeVar

from agent_orchestrator.model.text import sanitize
from agent_orchestrator.plugins.agent.output import paragraph

#: Of what is open at one time, at most so much is kept.
OPEN = 64
T = TypeVar("T")


def parsed(line: str) -> dict[str, Any] | None:
    """The JSON object of a line; None when it is none."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def text(value: Mapping[str, Any], *names: str) -> str:
    """The text at this path; empty when there is none."""
    found = obj(value, *names[:-1]).get(names[-1])
    return found if isinstance(found, str) else ""


def obj(value: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    """The object at this path; empty when there is none."""
    for name in names:
        found = value.get(name)
        value = found if isinstance(found, dict) else {}
    return value


def objs(value: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """The objects of the list with this name; none when it is no list."""
    found = value.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def count(value: Mapping[str, Any], name: str) -> int | None:
    """The number with this name that counts something; None when there is none."""
    found = value.get(name)
    return found if isinstance(found, int) and not isinstance(found, bool) and found >= 0 else None


def whole(words: str) -> str:
    """A text with a replacement character for each half of a surrogate pair: those are not in UTF-8."""
    return words.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def shown(words: str, limit: int) -> str:
    """A text from outside as one line of at most ``limit`` characters."""
    return paragraph(sanitize(whole(words)), limit)


def keep(kept: dict[str, T], key: str, value: T) -> None:
    """Keep something that is open, and drop the oldest when they are too many."""
    kept[key] = value
    if len(kept) > OPEN:
        del kept[next(iter(kept))]
