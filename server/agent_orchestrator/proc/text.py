"""Text from outside, made safe to show and of bounded size."""

from __future__ import annotations

import re

# ECMA-48 control sequences, control strings (OSC, DCS, APC, PM, SOS up to ST or BEL) and other escapes, 7 and 8 bit.
_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -/]*[0-~]"
)
# What is left of C0 and C1 except tab and newline, and the bidirectional controls, which reorder what a person reads
# (CVE-2021-42574).
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_LINE_ENDS = re.compile(r"\r+\n|\r")


def sanitize(text: str) -> str:
    """Return `text` without escape sequences, control and bidirectional characters; tabs stay, line ends become LF."""
    return _CONTROLS.sub("", _LINE_ENDS.sub("\n", _ESCAPES.sub("", text)))


def cap(text: str, n: int) -> str:
    """Return `text` in at most `n` characters: head and tail around a line that says how much was left out.

    The line itself counts; when not even it fits, the head alone is kept.
    """
    if len(text) <= n:
        return text
    marker = f"\n[{len(text)} characters, shortened]\n"
    kept = n - len(marker)
    if kept <= 0:
        return text[: max(n, 0)]
    head = kept // 2
    return text[:head] + marker + text[len(text) - (kept - head) :]
