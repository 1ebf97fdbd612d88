"""Text as it is typed into a program with a screen, so that it arrives as it is and nothing of it is a command."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agent_orchestrator.plugins.agent.program import no_command
from agent_orchestrator.ports.channel import Send
from agent_orchestrator.proc.text import sanitize

ENTER, ESCAPE = b"\r", b"\x1b"
#: Seconds after the text before Enter is pressed, and between pieces of a long one.
_BEFORE_ENTER, _BETWEEN = 0.15, 0.03
#: What is longer than this is typed in pieces: pasted, programs mark it as something to be trusted less.
_PASTED_LINES, _PASTED, _PIECE = 3, 800, 400
_BEGIN_PASTE, _END_PASTE = b"\x1b[200~", b"\x1b[201~"
#: How programs mark what was pasted.
_MARKED = re.compile(r'\s*<pasted_content id="(\w+)">\n(.*)\n</pasted_content id="\1">\n?', re.DOTALL)


def cleaned(text: str) -> str:
    """A text that can be typed: no control characters, no tabs, not the sign of a command at its beginning."""
    plain = sanitize(text.replace("\r\n", "\n").replace("\r", "\n")).expandtabs(4).rstrip()
    return no_command(plain)


def typed(key: str, text: str) -> Iterator[Send]:
    """The keys that enter a cleaned text: the text, and Enter by itself.

    A space at its end closes the list of files or commands that a program may have opened beside it, which would take
    the Enter for itself.
    """
    if text.count("\n") < _PASTED_LINES and len(text) <= _PASTED:
        yield Send(f"{key}:text", _BEGIN_PASTE + f"{text} ".encode() + _END_PASTE)
    else:
        # A line feed is a new line of the text where a carriage return would send it.
        pieces = [text[at : at + _PIECE] for at in range(0, len(text), _PIECE)]
        for number, piece in enumerate(pieces):
            end = " " if number == len(pieces) - 1 else ""
            yield Send(f"{key}:text:{number}", f"{piece}{end}".encode(), _BETWEEN if number else 0.0)
    yield Send(f"{key}:enter", ENTER, _BEFORE_ENTER)


def same(submitted: str, text: str) -> bool:
    """Is ``submitted``, as the program tells it, the cleaned ``text`` (or does it hold all of it)?"""
    plain = _MARKED.sub(r"\2", submitted).replace("\r\n", "\n").expandtabs(4).strip()
    return plain == text.strip() or plain.endswith(text.strip())
