"""Small projects as one text file each: ``-- path --`` begins a file (the txtar format of the Go project)."""

from __future__ import annotations

import re
from pathlib import Path

PROJECTS = Path(__file__).parent / "projects"
_HEAD = re.compile(r"^-- (\S+) --$", re.MULTILINE)


def files(name: str) -> dict[str, str]:
    """The files of a project by their paths."""
    _, *parts = _HEAD.split((PROJECTS / f"{name}.txt").read_text(encoding="utf-8"))
    return {path: text.lstrip("\n") for path, text in zip(parts[::2], parts[1::2], strict=True)}


def unpack(name: str, folder: Path) -> None:
    """Write the files of a project below ``folder``."""
    for path, text in files(name).items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
