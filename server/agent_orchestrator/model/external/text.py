"""The one way in for text from outside: clean, without what is hidden, without secrets, of bounded size, and fenced.

Invariant: text from outside is data. What it says is told to an agent between two lines that it can not write itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from agent_orchestrator.model.external.hidden import visible
from agent_orchestrator.model.external.secrets import redact
from agent_orchestrator.model.text import cap, sanitize

#: Characters of a comment, of a title, and of what is looked at to find them.
COMMENT, TITLE, LOOKED_AT = 4_000, 300, 32_000


def comment(text: str, most: int = COMMENT) -> str:
    """A Markdown text (an issue, a review, a comment), as a person sees it."""
    return cap(redact(visible(sanitize(text[:LOOKED_AT]))), most)


def title(text: str) -> str:
    """A text of one line: a title, a name, a label."""
    return " ".join(redact(sanitize(text[: 4 * TITLE])).split())[:TITLE]


def link(text: str) -> str:
    """An address that a person may follow. Empty: it leads elsewhere than to the web, as to a command of an editor."""
    return text if text.startswith(("https://", "http://")) and text.isprintable() else ""


def output(text: str, most: int) -> str:
    """What a program printed: its end, without lines that say the same as the one before."""
    end = text[-4 * most :]
    if len(end) < len(text):
        # What is left of the first line may be the end of a secret, which has no shape any more.
        end = end.partition("\n")[2] or end
    lines = redact(sanitize(end)).strip("\n").split("\n")
    kept = [line.rstrip() for at, line in enumerate(lines) if not at or line.rstrip() != lines[at - 1].rstrip()]
    return cap("\n".join(kept), most)


def boundary_for(texts: Iterable[str]) -> str:
    """A word that is in none of ``texts``: the same for the same texts, and nothing that their author can write down.

    Invariant: text from outside can not end its own block.
    """
    whole = "\0".join(texts)
    word = hashlib.sha256(whole.encode(errors="surrogatepass")).hexdigest()[:12]
    while word in whole:
        word = hashlib.sha256((word + whole).encode(errors="surrogatepass")).hexdigest()[:12]
    return word


def fenced(text: str, boundary: str) -> str:
    """``text`` between two lines with the boundary."""
    return f"BEGIN {boundary}\n{text}\nEND {boundary}"
