"""What a repository's own files say about it, read without running anything."""

from __future__ import annotations

import configparser
import json
import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import cast

_SIZE_CAP = 2 * 1024 * 1024
_SKIPPED = frozenset({"node_modules", "venv", "env", "build", "dist", "__pycache__", "site-packages", "vendor"})
_NAME = re.compile(r"^\s*([A-Za-z0-9][A-Za-z0-9._-]*)")

Table = dict[str, object]


def read_text(path: Path) -> str:
    """The file's text; empty when it is missing, not a regular file, or larger than 2 MB."""
    try:
        if not path.is_file() or path.stat().st_size > _SIZE_CAP:
            return ""
        return path.read_text("utf-8", errors="replace")
    except OSError:
        return ""


def read_toml(path: Path) -> Table:
    """The file as TOML; empty when it is missing or malformed."""
    try:
        return tomllib.loads(read_text(path))
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}


def read_json(path: Path) -> Table:
    """The file as a JSON object; empty when it is missing or malformed."""
    try:
        return table(json.loads(read_text(path) or "{}"))
    except (ValueError, RecursionError):
        return {}


def read_ini(path: Path) -> configparser.RawConfigParser:
    """The file as INI; without sections when it is missing or malformed."""
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(read_text(path))
    except configparser.Error:
        return configparser.RawConfigParser()
    return parser


def table(value: object) -> Table:
    """``value`` if it is a table, else an empty one."""
    return cast(Table, value) if isinstance(value, dict) else {}


def at(value: object, *keys: str) -> object:
    """The value below ``keys``, None when there is none."""
    for key in keys:
        value = table(value).get(key)
    return value


def strings(value: object) -> list[str]:
    """The strings in a list; a string alone is a list of one."""
    if isinstance(value, str):
        return [value]
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def python_dependencies(root: Path, pyproject: Table) -> frozenset[str]:
    """Lower-case names of all packages that the project names: required, optional, in groups, in requirements files."""
    told = strings(at(pyproject, "project", "dependencies")) + strings(at(pyproject, "build-system", "requires"))
    for group in (at(pyproject, "project", "optional-dependencies"), pyproject.get("dependency-groups")):
        told += [name for names in table(group).values() for name in strings(names)]
    told += strings(at(pyproject, "tool", "uv", "dev-dependencies"))
    told += [
        name for names in table(at(pyproject, "tool", "pdm", "dev-dependencies")).values() for name in strings(names)
    ]
    poetry = at(pyproject, "tool", "poetry")
    told += [*table(at(poetry, "dependencies")), *table(at(poetry, "dev-dependencies"))]
    told += [name for group in table(at(poetry, "group")).values() for name in table(at(group, "dependencies"))]
    for path in sorted([*root.glob("*requirements*.txt"), *root.glob("requirements/*.txt")])[:50]:
        told += read_text(path).splitlines()
    for section in (setup := read_ini(root / "setup.cfg")).sections():
        if section.startswith("options"):
            told += [line for _, value in setup.items(section) for line in value.splitlines()]
    tox = read_ini(root / "tox.ini")
    told += [
        line for name in tox.sections() if tox.has_option(name, "deps") for line in tox.get(name, "deps").splitlines()
    ]
    return frozenset(match[1].lower().replace("_", "-") for line in told if (match := _NAME.match(line)))


def files(root: Path, limit: int = 5000) -> Iterator[Path]:
    """Files of the tree in a stable order, at most ``limit`` of them; hidden, dependency and build folders left out."""
    seen = 0
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _SKIPPED)
        for name in sorted(names):
            seen += 1
            if seen > limit:
                return
            yield Path(folder, name)
