"""Whether a person has begun to type something at a run's screen and not sent it yet.

What is typed for them then would be joined with theirs. The file `draft` is there while a text stands open, and its
time is that of the last key.
"""

from __future__ import annotations

import os

from agent_orchestrator.proc.hold import files

_ESCAPE, _BELL = 0x1B, 0x07
#: Enter, Ctrl-C, Ctrl-D and Ctrl-U: sent, or thrown away.
_CLOSES = (0x0D, 0x03, 0x04, 0x15)
_PASTE, _PASTED = b"[200~", b"[201~"
#: A sequence that is longer was cut, or is none.
_LONGEST = 64


class Draft:
    """Follows what viewers type. Keys that are no text (arrows, answers of their terminals) open nothing."""

    def __init__(self, run_dir: str) -> None:
        self._path = os.path.join(run_dir, files.DRAFT)
        self._sequence: bytearray | None = None
        self._pasting = False
        self.open = False

    def typed(self, data: bytes) -> None:
        """A viewer typed this."""
        before, self.open = self.open, self._after(data)
        if self.open:
            os.close(os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))
            os.utime(self._path)
        elif before:
            files.remove(self._path)

    def _after(self, data: bytes) -> bool:
        opened = self.open
        for byte in data:
            if self._sequence is not None:
                self._sequence.append(byte)
                if _is_whole(self._sequence):
                    self._pasting = (self._pasting or self._sequence == _PASTE) and self._sequence != _PASTED
                    self._sequence = None
            elif byte == _ESCAPE:
                self._sequence = bytearray()
            elif byte in _CLOSES and not self._pasting:
                opened = False
            elif byte > 0x20 and byte != 0x7F:
                opened = True
        return opened


def _is_whole(sequence: bytearray) -> bool:
    """Is what followed an escape byte a whole sequence (ECMA-48, 5.3 to 5.6)?"""
    first, last = sequence[0], sequence[-1]
    if len(sequence) >= _LONGEST:
        return True
    if first == 0x5B:  # [: parameters and intermediates, then a final byte
        return len(sequence) > 1 and 0x40 <= last <= 0x7E
    if first in (0x5D, 0x50, 0x5F, 0x5E):  # ] P _ ^: a string, to BEL or to ESC \
        return last == _BELL or sequence[-2:] == b"\x1b\\"
    if first == 0x4F:  # O: one character follows
        return len(sequence) > 1
    return True
