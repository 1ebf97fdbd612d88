"""``trim_graphql.py SCHEMA.graphql KEPT OUT``: cut a published GraphQL schema down to what a double models.

KEPT has one object, interface, union or big input a line: ``Type`` keeps all its fields, ``Type: a b`` only those. A
field (a member, an interface) whose own type is not kept goes too; enumerations, inputs and scalars stay where they are
used. OUT.graphql is the schema without descriptions, OUT.omitted.json names what was cut: ``{type: [field, …]}``, and
under ``""`` the types, so that a question for it can be told from one for something that never existed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from graphql import parse, print_ast
from graphql.language import (
    DefinitionNode,
    DirectiveDefinitionNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    InputObjectTypeDefinitionNode,
    InterfaceTypeDefinitionNode,
    NamedTypeNode,
    Node,
    ObjectTypeDefinitionNode,
    ScalarTypeDefinitionNode,
    SchemaDefinitionNode,
    TypeNode,
    UnionTypeDefinitionNode,
)

#: Directives that every GraphQL server has; others carry notes of the vendor's own tools.
KNOWN_DIRECTIVES = {"deprecated", "oneOf", "specifiedBy"}
BUILT_IN = {"String", "Int", "Float", "Boolean", "ID"}

Shape = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode
Leaf = (EnumTypeDefinitionNode, InputObjectTypeDefinitionNode, ScalarTypeDefinitionNode)


def read_kept(text: str) -> dict[str, set[str] | None]:
    """The types of a list, with the fields that are kept of each: all where it is None."""
    kept: dict[str, set[str] | None] = {}
    for line in text.splitlines():
        name, _, fields = line.partition("#")[0].partition(":")
        if name.strip():
            kept[name.strip()] = set(fields.split()) or None
    return kept


def trim(document: DocumentNode, kept: Mapping[str, set[str] | None]) -> tuple[DocumentNode, dict[str, list[str]]]:
    """The kept part of a schema, and what of it was cut."""
    # Some published schemas define a field twice; the first one counts.
    types = {node.name.value: node for node in reversed(document.definitions) if hasattr(node, "name") and node.name}
    if unknown := set(kept) - set(types):
        raise SystemExit(f"the schema has no {', '.join(sorted(unknown))}")
    omitted: dict[str, list[str]] = {}
    for name in [name for name in kept if isinstance(types[name], InputObjectTypeDefinitionNode)]:
        types[name], omitted[name] = _without(types[name], kept[name] or set())
    kept = {name: fields for name, fields in kept.items() if not isinstance(types[name], Leaf)}
    there = set(kept) | {name for name, node in types.items() if isinstance(node, Leaf)} | BUILT_IN
    omitted[""] = sorted(name for name in types if name not in there and name not in _directives(document))
    shapes: list[DefinitionNode] = []
    for name in sorted(kept):
        node = _bare(types[name])
        if isinstance(node, UnionTypeDefinitionNode):
            node = replace(node, types=tuple(member for member in node.types if member.name.value in there))
        elif isinstance(node, Shape):
            every = {field.name.value: field for field in reversed(node.fields)}
            stays = {n: f for n, f in every.items() if _wanted(n, kept[name]) and named(f.type) in there}
            if wrong := (kept[name] or set()) - set(every):
                raise SystemExit(f"{name} has no {', '.join(sorted(wrong))}")
            if cut := sorted(set(every) - set(stays)):
                omitted[name] = cut
            interfaces = tuple(i for i in node.interfaces or () if i.name.value in there)
            node = replace(node, fields=tuple(stays[n] for n in sorted(stays)), interfaces=interfaces)
        shapes.append(node)
    shapes = [_agreed(shape, shapes) for shape in shapes]
    leaves = [_bare(types[name]) for name in sorted(_used(shapes, types))]
    schema = [node for node in document.definitions if isinstance(node, SchemaDefinitionNode)]
    return DocumentNode(definitions=(*schema, *shapes, *leaves)), omitted


def named(node: TypeNode) -> str:
    """The name inside of lists and non-nulls."""
    while not isinstance(node, NamedTypeNode):
        node = node.type  # type: ignore[attr-defined]
    return node.name.value


def _without(node: Any, fields: set[str]) -> tuple[Any, list[str]]:
    """An input with some fields only, and what was cut."""
    stays = tuple(field for field in node.fields if field.name.value in fields)
    return replace(node, fields=stays), sorted(f.name.value for f in node.fields if f.name.value not in fields)


def _wanted(name: str, fields: set[str] | None) -> bool:
    return fields is None or name in fields


def _agreed(shape: DefinitionNode, shapes: list[DefinitionNode]) -> DefinitionNode:
    """An interface may only promise what all that implement it still have."""
    if not isinstance(shape, InterfaceTypeDefinitionNode):
        return shape
    has = [
        {field.name.value for field in other.fields}
        for other in shapes
        if isinstance(other, Shape) and shape.name.value in {i.name.value for i in other.interfaces or ()}
    ]
    return replace(shape, fields=tuple(f for f in shape.fields if all(f.name.value in names for names in has)))


def _directives(document: DocumentNode) -> set[str]:
    return {node.name.value for node in document.definitions if isinstance(node, DirectiveDefinitionNode)}


def _used(shapes: list[DefinitionNode], types: Mapping[str, Node]) -> set[str]:
    """The enumerations, inputs and scalars that something refers to."""
    found: set[str] = set()
    waiting = [name for shape in shapes for name in _refers(shape)]
    while waiting:
        name = waiting.pop()
        if name not in found and isinstance(types.get(name), Leaf):
            found.add(name)
            waiting += _refers(types[name])
    return found - BUILT_IN


def _refers(node: Node) -> Iterator[str]:
    for field in getattr(node, "fields", None) or ():
        yield named(field.type)
        if isinstance(field, FieldDefinitionNode):
            yield from (named(argument.type) for argument in field.arguments or ())


def _bare(node: Any) -> Any:
    """Without descriptions and foreign directives, all the way down."""
    changes: dict[str, Any] = {"description": None}
    if hasattr(node, "directives"):
        changes["directives"] = tuple(d for d in node.directives or () if d.name.value in KNOWN_DIRECTIVES)
    for part in ("fields", "arguments", "values"):
        if getattr(node, part, None):
            changes[part] = tuple(_bare(below) for below in getattr(node, part))
    return replace(node, **changes)


def main(schema: Path, kept: Path, out: Path) -> None:
    """Write the two files."""
    document, omitted = trim(parse(schema.read_text(), no_location=True), read_kept(kept.read_text()))
    out.with_suffix(".graphql").write_text(print_ast(document) + "\n")
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(cut)}" for name, cut in omitted.items())
    out.with_suffix(".omitted.json").write_text(f"{{\n{lines}\n}}\n")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
