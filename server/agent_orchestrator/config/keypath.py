"""Dotted keys, as ``ao config set`` takes them."""

from __future__ import annotations

import json
import re

from attrs import AttrsInstance

from agent_orchestrator.model.config import Config
from agent_orchestrator.model.config_kinds import Key, Kind, Section, Sections, Table, keys

_PART = re.compile(r"""(?:"(?P<double>(?:[^"\\]|\\.)*)"|'(?P<single>[^']*)'|(?P<bare>[^."'\s]+))(?P<more>\.|\Z)""")


def parse_key(dotted: str) -> tuple[str, ...] | None:
    """``projects."my.app".path`` → ``("projects", "my.app", "path")``; None for what is not a dotted key."""
    parts: list[str] = []
    at, more = 0, True
    while more:
        match = _PART.match(dotted, at)
        if match is None:
            return None
        if (double := match["double"]) is not None:
            try:
                parts.append(json.loads(f'"{double}"', strict=False))
            except ValueError:
                return None
        else:
            parts.append(match["bare"] or match["single"] or "")
        at, more = match.end(), match["more"] == "."
    return tuple(parts)


def kind_of(path: tuple[str, ...]) -> Kind | None:
    """What the model says may stand at a key path; None for a path it does not know."""
    kind: Kind = Section(Config)
    for part in path:
        match kind:
            case Section():
                key = key_of(kind.of, part)
                if key is None:
                    return None
                kind = key.kind
            case Sections():
                kind = Section(kind.of)
            case Table(of, _, _):
                kind = of
            case _:
                return None
    return kind


def key_of(section: type[AttrsInstance], wire: str) -> Key | None:
    """The key of a section by its name in the file."""
    return next((key for key in keys(section) if key.wire == wire), None)
