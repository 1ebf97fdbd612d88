"""Text as it is typed into a program with a screen, so that it arrives as it is and nothing of it is a command."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from agent_orchestrator.model.text import sanitize
from agent_orchestrator.plugins.agent.program import no_command
from agent_orchestrator.ports.channel import Send

ENTER, ESCAPE = b"\r", b"\x1b"
#: Seconds after the text before Enter is pressed, and between pieces of a long one.
_BEFORE_ENTER, _BETWEEN = 0.15, 0.03
#: What is pasted sooner after keys gets before them (seen with Claude Code 2.1.197).
_BEFORE_PASTE = 0.3
#: What is longer than this is typed in pieces: pasted, programs mark it as something to be trusted less. What would
#: take seconds to type is pasted all the same, after words that say that it is meant.
_PASTED_LINES, _PASTED, _PIECE, _TYPED = 3, 800, 400, 4_000
LEAD = "This is the message, all of it: "
#: Characters of a paste that are sent at once: at most 64 KiB.
_FRAME = 16_000
_BEGIN_PASTE, _END_PASTE = b"\x1b[200~", b"\x1b[201~"
#: How programs mark what was pasted.
_MARKED = re.compile(r'\s*<pasted_content id="(\w+)">\n(.*?)\n</pasted_content id="\1">\n?', re.DOTALL)
#: Unicode's Default_Ignorable_Code_Point (DerivedCoreProperties.txt) and interlinear marks: what can not be seen can
#: hide something, and is taken out by programs.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_LINE_ENDS = re.compile("\r\n|[\u2028\u2029]")
_ESCAPED = re.compile(r"<\\(/?pasted_content)")
#: In the place of a text of which nothing is to be seen: Enter alone would send nothing.
_EMPTY = "(an empty message)"
#: What programs written in JavaScript take for blank at both ends (ECMAScript, ``String.prototype.trim``).
_BLANKS = " \t\n\v\f\r\u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(map(chr, range(0x2000, 0x200B)))


def cleaned(text: str) -> str:
    """A text that can be typed: no control characters, no tabs, no sign of a command at its beginning; never empty."""
    plain = unicodedata.normalize("NFC", sanitize(text).expandtabs(4).rstrip())
    return no_command(plain) if _plain(plain) else _EMPTY


def typed(key: str, text: str, pause: float = 0.0) -> Iterator[Send]:
    """The keys that enter a cleaned text: the text, and Enter by itself. ``pause``: seconds before the first of them.

    A space at its end closes the list of files or commands that a program may have opened beside it, which would take
    the Enter for itself.
    """
    if text.count("\n") < _PASTED_LINES and len(text) <= _PASTED:
        yield Send(f"{key}:text", _BEGIN_PASTE + f"{text} ".encode() + _END_PASTE, pause)
    elif len(text) <= _TYPED:
        # A line feed is a new line of the text where a carriage return would send it.
        for number, piece in enumerate(_pieces(text, _PIECE)):
            yield Send(f"{key}:text:{number}", piece.encode(), _BETWEEN if number else pause)
        yield Send(f"{key}:space", b" ", _BETWEEN)
    else:
        yield Send(f"{key}:lead", LEAD.encode(), pause)
        yield Send(f"{key}:begin", _BEGIN_PASTE, _BEFORE_PASTE)
        for number, piece in enumerate(_pieces(text, _FRAME)):
            yield Send(f"{key}:text:{number}", piece.encode())
        yield Send(f"{key}:end", _END_PASTE)
    yield Send(f"{key}:enter", ENTER, _BEFORE_ENTER)


def _pieces(text: str, size: int) -> Iterator[str]:
    return (text[at : at + size] for at in range(0, len(text), size))


def same(submitted: str, text: str) -> bool:
    """Is ``submitted``, as a program tells it, the cleaned ``text``, perhaps after what a person had begun to type?"""
    meant = _plain(text)
    if not meant:
        return False
    if _plain(submitted).endswith(meant):
        return True
    # What came in several bursts has several marks, with blanks around them.
    unmarked = _plain(_MARKED.sub(r"\2", submitted))
    if len(meant) > _TYPED:
        # A slow program can put what was pasted before what was typed.
        unmarked = unmarked.replace(LEAD.strip(), "")
    return "".join(unmarked.split()).endswith("".join(meant.split()))


def _plain(text: str) -> str:
    """A text without what programs change in it."""
    # Marks that are a part of the text get a backslash; a box of text composes a letter and an accent.
    seen = _INVISIBLE.sub("", _LINE_ENDS.sub("\n", _ESCAPED.sub(r"<\1", text)))
    return unicodedata.normalize("NFC", seen.expandtabs(4).strip(_BLANKS))
