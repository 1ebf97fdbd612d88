"""A problem in a configuration, told by its key; whoever read the file adds where that key stands."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable
from enum import StrEnum
from typing import TypeAlias

from attrs import frozen

#: A way through the file: keys of mappings, and positions in lists from 0.
KeyPath: TypeAlias = tuple[str | int, ...]

_SHOWN = 80
_BARE = re.compile(r"[A-Za-z0-9_$-]+")


class Severity(StrEnum):
    """How bad a problem is. Only an error keeps a project (or a machine-wide key) from being used."""

    ERROR = "error"
    WARNING = "warning"
    INFORMATION = "information"


class Code(StrEnum):
    """What sort of problem it is; stable, for editors, tests and documentation."""

    FILE = "config-file"
    SYNTAX = "config-syntax"
    TYPE = "config-type"
    VALUE = "config-value"
    MISSING = "config-missing"
    DUPLICATE = "config-duplicate"
    UNKNOWN_KEY = "config-unknown-key"
    REFERENCE = "config-reference"
    PLANNED = "config-planned"
    MACHINE_WIDE = "config-machine-wide"
    BRANCH = "config-branch"
    PROGRAM = "config-program"


@frozen(kw_only=True)
class Problem:
    """``path`` is relative to the section that was judged; ``found``, ``allowed`` and ``suggestion`` may be empty."""

    path: KeyPath
    message: str
    code: Code
    severity: Severity = Severity.ERROR
    found: str = ""
    allowed: str = ""
    suggestion: str = ""


def shown(value: str) -> str:
    """A text from the file, fit for a terminal: quoted, control characters escaped, cut at 80 characters."""
    cut = value if len(value) <= _SHOWN else value[: _SHOWN - 1] + "…"
    quoted = json.dumps(cut, ensure_ascii=False)
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in quoted)


def dotted(path: KeyPath) -> str:
    """``("projects", "my.app", "path")`` → ``projects."my.app".path``; list positions are numbers."""
    return ".".join(
        str(part) if isinstance(part, int) else part if _BARE.fullmatch(part) else shown(part) for part in path
    )


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word most like this one, or the empty string when none is like it."""
    by_lower = {candidate.lower(): candidate for candidate in known}
    return next((by_lower[m] for m in difflib.get_close_matches(word.lower()[:_SHOWN], by_lower, n=1)), "")
