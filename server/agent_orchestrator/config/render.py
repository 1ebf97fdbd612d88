"""Values → YAML on one line, for edits and generated files."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias

Plain: TypeAlias = "str | int | float | bool | Sequence[Plain] | Mapping[str, Plain] | None"

#: Text that needs no quotes anywhere, block or flow; what is not surely so is quoted.
_BARE = re.compile(r"[A-Za-z_~/.$](?:[A-Za-z0-9_~/.@+$-]|:(?=/))*(?:[ ][A-Za-z0-9_~/.@+$-]+)*")
#: Words that some reader of YAML takes for something else than text.
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "y", "n", "null", "~"})


def text(value: str) -> str:
    """A text, quoted where it must be; always one line."""
    number_like = re.fullmatch(r"[.0-9_]*(?:e[0-9]+)?|\.(?:inf|nan)", value, re.IGNORECASE)
    if _BARE.fullmatch(value) and value.lower() not in _WORDS and not number_like:
        return value
    return quoted(value, '"')


def quoted(value: str, quote: str) -> str:
    """A text in the quotes that somebody chose; always one line."""
    if quote == "'" and value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    return "".join(c if c.isprintable() else _escaped(c) for c in json.dumps(value, ensure_ascii=False))


def key(name: str) -> str:
    """A key, quoted where it must be. ``on`` stays bare: it is a key of checks, and keys are read as text."""
    return name if name in ("on", "off", "yes", "no", "y", "n") else text(name)


def flow(value: Plain) -> str:
    """A value in flow style."""
    match value:
        case str():
            return text(value)
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case Mapping():
            return "{" + ", ".join(f"{key(name)}: {flow(item)}" for name, item in value.items()) + "}"
        case _:
            return "[" + ", ".join(flow(item) for item in value) + "]"


def block(name: str, value: Plain, indent: int, step: int) -> list[str]:
    """The lines of one key: mappings as blocks, all else on the key's line; without line breaks."""
    head = " " * indent + key(name) + ":"
    if isinstance(value, Mapping) and value:
        return [head, *(line for k, v in value.items() for line in block(k, v, indent + step, step))]
    return [f"{head} {flow(value)}"]


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
