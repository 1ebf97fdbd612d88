"""Values of what Claude Code prints, whatever is really there, and its words in a form that can be shown."""

from __future__ import annotations

from typing import Any

from agent_orchestrator.model.text import sanitize
from agent_orchestrator.plugins.agent.output import paragraph

#: Of a text that is shown in a few words, only the beginning is looked at.
_LOOKED_AT = 4096


def an_object(value: object) -> dict[str, Any]:
    """The value where it is a JSON object, otherwise an empty one."""
    return value if isinstance(value, dict) else {}


def objects(value: object) -> list[dict[str, Any]]:
    """The JSON objects of a list."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def a_text(value: object) -> str:
    """The value where it is a text, otherwise an empty one. Half a surrogate pair, which no file holds, is replaced."""
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if isinstance(value, str) else ""


def a_number(value: object) -> float:
    """The value where it is a number of a sane size, otherwise 0."""
    sane = isinstance(value, (int, float)) and not isinstance(value, bool) and -1e15 < value < 1e15
    return value if sane and isinstance(value, (int, float)) else 0


def one_line(text: str, limit: int = 400) -> str:
    """A text as one line without control characters, of at most ``limit`` characters."""
    return paragraph(sanitize(a_text(text[:_LOOKED_AT])), limit)
