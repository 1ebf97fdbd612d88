"""YAML text → a tree of nodes with positions, safely: no objects are made, and hostile text is a problem, not a crash.

Plain scalars are resolved as in YAML 1.2's core schema (``on``, ``no`` and ``12:30`` are text, as in JSON Schema tools
and editors), not as in YAML 1.1.
"""

from __future__ import annotations

import re
from typing import TypeAlias, TypeGuard

import yaml
from attrs import field, frozen

from agent_orchestrator.model.config_problem import KeyPath

#: A key, or a value, with its place.
Node: TypeAlias = yaml.nodes.Node

MAX_BYTES = 1_000_000
#: Aliases can make a small text stand for a huge tree; no more mapping and list entries than this are looked at.
MAX_ENTRIES = 20_000

TAG = "tag:yaml.org,2002:"
STR, INT, FLOAT, BOOL, NULL = (TAG + name for name in ("str", "int", "float", "bool", "null"))
MAP, SEQ, MERGE = TAG + "map", TAG + "seq", TAG + "merge"


class _CoreLoader(yaml.SafeLoader):
    """The safe loader with the core schema's idea of plain scalars."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - PyYAML's own protocol


for _tag, _pattern, _first in (
    (BOOL, r"true|True|TRUE|false|False|FALSE", "tTfF"),
    (INT, r"[-+]?[0-9]+", "-+0123456789"),
    (FLOAT, r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", "-+0123456789."),
    (NULL, r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    (MERGE, r"<<", "<"),
):
    _CoreLoader.add_implicit_resolver(_tag, re.compile(rf"(?:{_pattern})\Z"), list(_first))


@frozen
class TextProblem:
    """Why a text can not be read at all. ``index`` counts characters from 0."""

    message: str
    index: int = 0
    found: str = ""
    allowed: str = "YAML, as UTF-8 text"


@frozen
class Entry:
    """One key and its value in a mapping. A key that came in through ``<<`` is ``merged``."""

    key: str
    key_node: Node
    value: Node
    merged: bool = False


@frozen
class Entries:
    """What a mapping holds: its entries, the nodes of repeated keys with the first, and keys that are not text."""

    entries: tuple[Entry, ...] = ()
    repeated: tuple[tuple[Entry, Entry], ...] = ()
    unusable: tuple[Node, ...] = field(default=())
    budget: int = 0


def decode(data: bytes) -> str | TextProblem:
    """The text of a file: UTF-8, with or without a byte order mark, at most :data:`MAX_BYTES`."""
    if len(data) > MAX_BYTES:
        return TextProblem(
            "the file is too large to be a configuration",
            found=f"{len(data)} bytes",
            allowed=f"at most {MAX_BYTES} bytes",
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8", "replace")
        return TextProblem(
            "the file is not UTF-8 text", len(before), found=f"byte 0x{data[error.start]:02x}", allowed="UTF-8 text"
        )


def compose(text: str) -> Node | TextProblem | None:
    """The root node of a text, None for a text that holds nothing, or why there is none."""
    try:
        root = yaml.compose(text, Loader=_CoreLoader)
        return None if root is None or is_null(root) else root
    except yaml.reader.ReaderError as error:
        return TextProblem(
            "this character can not stand in YAML",
            error.position,
            found=f"U+{ord(error.character):04X}" if isinstance(error.character, str) else f"U+{error.character:04X}",
            allowed="printable characters, spaces and line ends",
        )
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = ", ".join(part for part in (error.context, error.problem) if part)
        return TextProblem(f"this is not YAML: {message}", mark.index if mark else 0)
    except RecursionError:
        return TextProblem("the text is nested too deeply")
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        # PyYAML lets ValueError out for some malformed escapes and version directives.
        return TextProblem(f"this is not YAML: {error}")


def place(text: str, index: int) -> tuple[int, int]:
    """Line and column of a character, both from 1; the column counts code points."""
    before = text[:index]
    lines = before.split("\n") if "\r" not in before else re.split(r"\r\n|\n|\r", before)
    return len(lines), len(lines[-1]) + 1


def is_mapping(node: Node) -> TypeGuard[yaml.MappingNode]:
    """Whether this is a plain mapping (a tag such as ``!!set`` makes it something else)."""
    return isinstance(node, yaml.MappingNode) and node.tag == MAP


def is_sequence(node: Node) -> TypeGuard[yaml.SequenceNode]:
    """Whether this is a plain list."""
    return isinstance(node, yaml.SequenceNode) and node.tag == SEQ


def is_null(node: Node) -> bool:
    """Whether nothing, ``~`` or ``null`` stands here; for a key this means the same as its absence."""
    return isinstance(node, yaml.ScalarNode) and node.tag == NULL


def entries(node: Node, budget: int = MAX_ENTRIES) -> Entries:
    """What a mapping holds, with ``<<`` resolved: its own keys win over merged ones, earlier merges over later ones.

    Of a repeated key the first counts. ``budget`` bounds how many entries are looked at; what is left of it is in the
    answer, and is below zero when it did not suffice (the entries are then incomplete).
    """
    own: dict[str, Entry] = {}
    merged: dict[str, Entry] = {}
    repeated: list[tuple[Entry, Entry]] = []
    unusable: list[Node] = []
    pending: list[tuple[Node, bool, tuple[int, ...]]] = [(node, False, ())]
    while pending and budget >= 0:
        mapping, through_merge, above = pending.pop(0)
        into = merged if through_merge else own
        for key_node, value in mapping.value:
            budget -= 1
            if budget < 0:
                break
            if key_node.tag == MERGE:
                sources = value.value if is_sequence(value) else [value]
                inside = (*above, id(mapping))
                if all(is_mapping(source) and id(source) not in inside for source in sources):
                    pending.extend((source, True, inside) for source in sources)
                    budget -= len(sources)
                else:
                    unusable.append(key_node)
            elif not isinstance(key_node, yaml.ScalarNode):
                unusable.append(key_node)
            else:
                entry = Entry(key_node.value, key_node, value, through_merge)
                if not through_merge and entry.key in own:
                    repeated.append((own[entry.key], entry))
                else:
                    into.setdefault(entry.key, entry)
    kept = {**own, **{key: entry for key, entry in merged.items() if key not in own}}
    return Entries(tuple(kept.values()), tuple(repeated), tuple(unusable), budget)


def find_node(root: Node, path: KeyPath) -> tuple[Node, Node] | None:
    """The nodes of a key and of its value, or None where the file does not hold it; a list item is its own key."""
    found: tuple[Node, Node] = (root, root)
    for part in path:
        value = found[1]
        if isinstance(part, int):
            if not is_sequence(value) or part >= len(value.value):
                return None
            found = (value.value[part], value.value[part])
        else:
            entry = next((e for e in entries(value).entries if e.key == part), None) if is_mapping(value) else None
            if entry is None:
                return None
            found = (entry.key_node, entry.value)
    return found
