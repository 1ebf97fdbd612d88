"""What is to be known about the key at a place, and where what it names is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from attrs import frozen

from agent_orchestrator.config.language.meaning import Meaning, meaning
from agent_orchestrator.config.language.outline import Outline, outline
from agent_orchestrator.config.language.place import Place, Role, place_at
from agent_orchestrator.config.language.rows import unquoted
from agent_orchestrator.model.config_kinds import Folder, Scalar, Shell
from agent_orchestrator.model.config_problem import KeyPath

_WORD = re.compile(r"""[^\s"'\[\]{},;|&<>()]+""")


@frozen
class Named:
    """What a word in the file names: a line of it (from 0), or a file or folder, as written; one of the two."""

    line: int = -1
    file: str = ""


def hover(text: str, line: int, column: int) -> str:
    """What is known of the key at a line and an index in it (from 0), as Markdown; empty: nothing."""
    place = place_at(text, line, column)
    found = _about(place) if place is not None else None
    if found is None or not found.dotted:
        return ""
    key = found.key
    notes = [
        note
        for holds, note in (
            (bool(found.allowed), f"Allowed: {found.allowed}."),
            (key is not None and key.required, "Required."),
            (key is not None and bool(key.default), f"Default: {key.default if key else ''}."),
            (key is not None and key.machine_wide, "Machine-wide: your own file decides it where there is one."),
            (key is not None and key.planned, "Not built yet: accepted, without effect."),
        )
        if holds
    ]
    return "\n\n".join(part for part in (f"`{found.dotted}`", found.doc, "  \n".join(notes)) if part)


def _about(place: Place) -> Meaning | None:
    """What the key at a place means; of a value, its key."""
    if place.role is Role.KEY or (place.role is Role.CONTENT and place.word):
        own = meaning((*place.path, unquoted(place.word)))
        # A word in a list is no key.
        return own or (meaning(place.path) if place.item else None)
    return meaning(place.path) if place.role is not Role.CONTENT else None


def named(text: str, line: int, column: int) -> tuple[Named, ...]:
    """What the word at a line and an index in it names."""
    place = place_at(text, line, column)
    found = _about(place) if place is not None else None
    if place is None or found is None:
        return ()
    file = outline(text)
    return tuple(_named(place, found, file, column))


def _named(place: Place, found: Meaning, file: Outline, column: int) -> Iterator[Named]:
    value = unquoted(place.word)
    project: KeyPath = place.path[:2]
    match found.dotted:
        case "defaults.agent" | "projects.<id>.agent" if place.role is not Role.KEY:
            yield from _lines(file, ("agents", value))
        case "projects.<id>.agents.<name>":
            yield from _lines(file, ("agents", value))
        case "projects.<id>.landing.gate" if place.role is not Role.KEY:
            yield from _lines(file, (*project, "checks", value))
        case "projects.<id>.include" | "projects.<id>.symlinks" | "projects.<id>.worktreeDir" | "$schema":
            if place.role is not Role.KEY:
                yield Named(file=value)
        case _ if place.role is not Role.KEY and isinstance(found.kind, Folder):
            yield Named(file=value)
        case _ if place.role is not Role.KEY and _is_command(found):
            text = file.rows[place.line].text
            yield from (Named(file=m.group()) for m in _WORD.finditer(text) if m.start() <= column <= m.end())


def _is_command(found: Meaning) -> bool:
    key = found.key
    return isinstance(found.kind, Shell) or (
        key is not None and isinstance(key.kind, Shell) and isinstance(found.kind, Scalar)
    )


def _lines(file: Outline, path: KeyPath) -> Iterator[Named]:
    for number, inside, name in file.names():
        if (*inside, name) == path:
            yield Named(line=number)


def project_at(text: str, line: int) -> str:
    """The id of the project that a line is inside of; empty: none."""
    inside = outline(text).inside
    path = inside[line] if 0 <= line < len(inside) else ()
    return str(path[1]) if len(path) > 1 and path[0] == "projects" else ""


def file_at(written: str, folder: Path, project: Path | None, home: Path) -> Path | None:
    """The file or folder that a path in the file means, by the folder of the file and the project's; None: none."""
    if written.startswith("file://"):
        written = written.removeprefix("file://")
    if written == "~" or written.startswith("~/"):
        places = [home / written[2:]]
    else:
        places = [base / written for base in (project, folder) if base is not None]
    try:
        return next((place for place in places if written and place.exists()), None)
    except (OSError, ValueError):
        return None
