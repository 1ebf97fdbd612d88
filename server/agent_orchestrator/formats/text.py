"""Text from outside, made safe to show and to store."""

from __future__ import annotations

from agent_orchestrator.model.text import sanitize as clean

#: Characters of a finding's message.
MESSAGE_CAP = 500
#: Characters of a finding's output; the tail is kept, because tools print the cause last.
OUTPUT_CAP = 8 * 1024

__all__ = ["clean", "decode", "last_line", "message", "one_line", "tail"]


def decode(data: bytes) -> str:
    """UTF-8 with invalid bytes replaced; never raises."""
    return data.decode("utf-8", errors="replace")


def one_line(text: str) -> str:
    """``text`` cleaned, on one line: for names, rules and paths."""
    return " ".join(clean(text[: 4 * MESSAGE_CAP]).split())


def message(text: str) -> str:
    """``text`` cleaned and cut to :data:`MESSAGE_CAP` characters."""
    cleaned = clean(text[: 4 * MESSAGE_CAP]).strip()
    return cleaned if len(cleaned) <= MESSAGE_CAP else cleaned[: MESSAGE_CAP - 1] + "…"


def tail(text: str) -> str:
    """The last :data:`OUTPUT_CAP` characters of ``text``, cleaned, starting at a line where one starts early enough."""
    cleaned = clean(text[-4 * OUTPUT_CAP :]).strip("\n")
    if len(cleaned) <= OUTPUT_CAP:
        return cleaned
    cut = cleaned[-OUTPUT_CAP + 2 :]
    start = cut.find("\n", 0, 400)
    return "…\n" + cut[start + 1 :]


def last_line(text: str) -> str:
    """The last line that is not blank, cleaned; empty when there is none."""
    return next((line.strip() for line in reversed(tail(text).splitlines()) if line.strip()), "")
