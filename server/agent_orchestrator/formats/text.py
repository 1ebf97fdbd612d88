"""Text from outside, made safe to show and to store."""

from __future__ import annotations

import re

#: Characters of a finding's message.
MESSAGE_CAP = 500
#: Characters of a finding's output; the tail is kept, because tools print the cause last.
OUTPUT_CAP = 8 * 1024

# ECMA-48 sequences: CSI … final byte, OSC … BEL or ST, and the two-character escapes.
_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
# C0 without tab and line feed, DEL and C1, the direction overrides that can disguise a line, and lone surrogates, which
# JSON can carry and UTF-8 can not.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def decode(data: bytes) -> str:
    """UTF-8 with invalid bytes replaced; never raises."""
    return data.decode("utf-8", errors="replace")


def clean(text: str) -> str:
    """``text`` without escape sequences and control characters; line ends become ``\\n``."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROL.sub("", _ESCAPE.sub("", text))


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
