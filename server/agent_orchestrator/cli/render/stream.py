"""Text that arrives in pieces, made safe to show: an escape sequence may be cut anywhere."""

from __future__ import annotations

import re

from attrs import define

from agent_orchestrator.proc.text import sanitize

#: A held-back beginning of an escape sequence that is longer than this is no sequence.
_LONGEST = 4096
# An escape without its end (ECMA-48: CSI up to a final byte, OSC up to BEL or ST), or a CR whose LF may follow.
_OPEN_END = re.compile(r"(?:\x1b(?:\[[0-?]*[ -/]*|\][^\x07\x1b]*\x1b?)?|\r)\Z")


@define
class Cleaner:
    """Holds back what can only be judged with the next piece."""

    _held: str = ""
    _at_line_start: bool = True

    def feed(self, text: str) -> str:
        """What of the text so far is safe to show now."""
        text = self._held + text
        cut = _OPEN_END.search(text)
        keep = len(text) - cut.start() if cut else 0
        if keep > _LONGEST:
            keep = 0
        self._held = text[len(text) - keep :] if keep else ""
        shown = sanitize(text[: len(text) - keep])
        if shown:
            self._at_line_start = shown.endswith("\n")
        return shown

    def end(self) -> str:
        """What is left when nothing more comes: at most a line end, so that the shell's prompt stands on its own."""
        held, self._held = sanitize(self._held), ""
        if not held and self._at_line_start:
            return ""
        self._at_line_start = True
        return held if held.endswith("\n") else held + "\n"
