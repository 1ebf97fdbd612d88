"""What marks a comment as the one that a key stands for: a line at its end that nobody sees."""

from __future__ import annotations

import hashlib
import re

from agent_orchestrator.model.external.secrets import redact
from agent_orchestrator.model.text import cap

#: Characters of a body that GitHub takes are 65,536; the rest is for the mark.
_MOST = 60_000
_PLAIN = re.compile(r"[\w.:/@+=]+(?:-[\w.:/@+=]+)*")


def mark(key: str) -> str:
    """The line. A key that would end the HTML comment is written as its hash."""
    plain = len(key) <= 200 and key.isascii() and _PLAIN.fullmatch(key)
    return f"<!-- ao:{key if plain else hashlib.sha256(key.encode(errors='surrogatepass')).hexdigest()} -->"


def marked(text: str, key: str) -> str:
    """``text`` without secrets, of a size that is taken, with the line at its end."""
    return f"{cap(redact(text), _MOST)}\n\n{mark(key)}"


def has_mark(body: object, key: str) -> bool:
    """Does a comment end with it? Elsewhere in a comment it is a quotation."""
    return isinstance(body, str) and body.rstrip().endswith(mark(key))
