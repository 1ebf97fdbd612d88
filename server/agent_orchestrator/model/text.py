"""Text from outside, made safe to show and of bounded size."""

from __future__ import annotations

import re

# ECMA-48 control sequences, control strings (OSC, DCS, APC, PM, SOS up to ST or BEL) and other escapes, 7 and 8 bit.
_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -/]*[0-~]"
)
# What is left of C0 and C1 except tab and newline; and characters that nobody sees, which can say to a program what no
# person reads: format characters with the bidirectional controls (CVE-2021-42574) and tags, fillers, supplementary
# variation selectors, private use. Lone surrogates: JSON can carry them and UTF-8 can not. The marks of Arabic and
# Kaithi numbers are format characters that are seen.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ud800-\udfff\ue000-\uf8ff\ufeff\uffa0\ufff0-\ufffb"
    "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff\U000f0000-\U0010ffff]"
)
# Joiners and variation selectors have a use between, or after, letters and signs beyond ASCII, one at a time.
_JOINERS = re.compile("(?<![^\x00-\x7f\u200c\u200d])[\u200c\u200d]|[\u200c\u200d](?![^\x00-\x7f\u200c\u200d])")
_SELECTORS = re.compile("(?<=[\ufe00-\ufe0f])[\ufe00-\ufe0f]+|(?<![^\x00-\x7f])(?<![0-9#*])[\ufe00-\ufe0f]+")
_LINE_ENDS = re.compile("(?<!\r)\r+\n|[\r\x85\u2028\u2029]")


def sanitize(text: str) -> str:
    """``text`` without escape sequences, control characters and what can not be seen.

    Tabs stay, line ends become LF: what a carriage return would write over is kept, on a line of its own.
    """
    text = _LINE_ENDS.sub("\n", _ESCAPES.sub("", text))
    if text.isascii():
        return _UNSEEN.sub("", text)
    return _SELECTORS.sub("", _JOINERS.sub("", _UNSEEN.sub("", text)))


def cap(text: str, n: int) -> str:
    """Return ``text`` in at most ``n`` characters: head and tail around a line that says how much was left out.

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
