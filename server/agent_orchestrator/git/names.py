"""The names of files as git writes them in a patch."""

from __future__ import annotations

import os
import re

# git-config, "core.quotePath": as C does, each byte on its own.
_ESCAPED = re.compile(rb"\\([0-7]{3}|.)")
_LETTERS = dict(zip(b"abtnvfr", b"\a\b\t\n\v\f\r", strict=True))


def unquoted(written: str) -> str:
    """A name as it stands behind ``---`` or ``+++`` → the name. A tab ends one with blanks in it."""
    name = written.removesuffix("\t")
    if len(name) < 2 or name[0] != '"' or name[-1] != '"':
        return name
    return os.fsdecode(_ESCAPED.sub(_byte, name[1:-1].encode(errors="surrogatepass")))


def _byte(escaped: re.Match[bytes]) -> bytes:
    what = escaped[1]
    if len(what) == 3:
        return bytes([int(what, 8) & 0xFF])
    return bytes([_LETTERS.get(what[0], what[0])])
