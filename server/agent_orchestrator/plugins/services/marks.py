"""What marks a comment as the one that a key stands for: a line at its end that nobody sees."""

from __future__ import annotations

import hashlib
import re

from agent_orchestrator.model.external.secrets import redact
from agent_orchestrator.model.text import cap

#: Characters of what is said: of the services GitHub takes the fewest, 65,536 with the mark.
_MOST = 60_000
_PLAIN = re.compile(r"[\w.:/@+=]+(?:-[\w.:/@+=]+)*")


def mark(key: str) -> str:
    """The line. A key that would end the HTML comment is written as its hash."""
    plain = len(key) <= 120 and key.isascii() and _PLAIN.fullmatch(key)
    return f"<!-- ao:{key if plain else hashlib.sha256(key.encode(errors='surrogatepass')).hexdigest()} -->"


def marked(text: str, key: str) -> str:
    """``text`` as it is written, with the line at its end."""
    return f"{bounded(text)}\n\n{mark(key)}"


def has_mark(body: object, key: str) -> bool:
    """Does a comment end with it? Elsewhere in a comment it is a quotation."""
    return isinstance(body, str) and body.rstrip().endswith(mark(key))


def bounded(text: str) -> str:
    """What is said, without secrets and of a length that every service takes."""
    return cap(redact(text), _MOST)
