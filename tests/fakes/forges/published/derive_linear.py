"""``derive_linear.py INDEX.d.mts OUT.graphql``: Linear's GraphQL schema, from the types of its own library.

Linear publishes the schema in no package, but the declarations of ``@linear/sdk`` are generated from all of it, one
type, one field and one argument a line.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from attrs import define, field

START = re.compile(r"^(?:declare )?(type|enum) (\w+) (?:= )?(.*)$")
FIELD = re.compile(r"^  (\w+)(\??): (.*);$")
VALUE = re.compile(r'^  \w+ = "(\w+)",$')
#: Names whose initials the generator of TypeScript writes otherwise than the schema.
NAMES = {"IdComparator": "IDComparator", "IssueIdComparator": "IssueIDComparator"}
BUILT_IN = {"ID", "String", "Boolean", "Int", "Float"}


@define
class Declared:
    """A declaration: its fields with their types in TypeScript, or the values of an enumeration."""

    kind: str
    interfaces: list[str] = field(factory=list)
    fields: dict[str, str] = field(factory=dict)
    values: list[str] = field(factory=list)
    members: list[str] = field(factory=list)
    is_object: bool = False


def read(text: str) -> dict[str, Declared]:
    """All declarations up to the first of the library's own documents."""
    found: dict[str, Declared] = {}
    at: Declared | None = None
    for line in _without_comments(text):
        if match := START.match(line):
            kind, name, rest = match.groups()
            if name.endswith("Fragment"):
                break
            at = found.setdefault(name, Declared(kind))
            if rest.endswith("{"):
                at.interfaces = re.findall(r"(\w+) &", rest)
            else:
                at.members += re.findall(r"\b([A-Z]\w+)\b", rest.rstrip(";"))
        elif at and (match := FIELD.match(line)):
            if match[1] == "__typename":
                at.is_object = True
            else:
                at.fields[match[1]] = match[3]
        elif at and (match := VALUE.match(line)):
            at.values.append(match[1])
        elif at and line.startswith("  | "):
            at.members += re.findall(r"\b([A-Z]\w+)\b", line)
    return found


def _without_comments(text: str) -> Iterator[str]:
    return iter(re.sub(r"^\s*/\*\*.*?\*/\n", "", text, flags=re.DOTALL | re.MULTILINE).splitlines())


def graphql_type(text: str) -> str:
    """``Maybe<Array<Issue>>`` → ``[Issue!]``."""
    if match := re.fullmatch(r"(?:Input)?Maybe<(.*)>", text):
        return graphql_type(match[1]).removesuffix("!")
    if match := re.fullmatch(r"(Array<(.+)>) \| \2", text):
        return graphql_type(match[1])
    if match := re.fullmatch(r"Array<(.*)>", text):
        return f"[{graphql_type(match[1])}]!"
    if match := re.fullmatch(r'Scalars\["(\w+)"\]', text):
        return f"{match[1]}!"
    return f"{NAMES.get(text, text)}!"


def schema(declared: Mapping[str, Declared]) -> Iterator[str]:
    """The definitions, in the order of the declarations."""
    interfaces = {name for it in declared.values() for name in it.interfaces}
    arguments = {name for name, it in declared.items() if name.endswith("Args") and not it.is_object}
    for name, it in declared.items():
        if name == "Scalars":
            yield from (f"scalar {scalar}" for scalar in it.fields if scalar not in BUILT_IN)
        elif it.values:
            yield f"enum {name} {{ {' '.join(it.values)} }}"
        elif it.fields and name not in arguments:
            yield _shape(name, it, interfaces, declared)
        elif it.members and all(member in declared and declared[member].is_object for member in it.members):
            yield f"union {name} = {' | '.join(it.members)}"


def _shape(name: str, it: Declared, interfaces: set[str], declared: Mapping[str, Declared]) -> str:
    word = "interface" if name in interfaces else "type" if it.is_object else "input"
    # Their names differ in the case of initials: GitHubPR, GitHubPr.
    arguments = {n.lower(): d for n, d in declared.items() if n.startswith(name) and n.endswith("Args")}
    known = [one for one in it.interfaces if one in declared]
    lines = [f"{word} {NAMES.get(name, name)}{' implements ' + ' & '.join(known) if known else ''} {{"]
    for field_name, type in it.fields.items():
        given = arguments.get(f"{name}{field_name}Args".lower())
        inner = (
            ", ".join(f"{n}: {graphql_type(t)}" for n, t in given.fields.items())
            if given and not given.is_object
            else ""
        )
        lines.append(f"  {field_name}{f'({inner})' if inner else ''}: {graphql_type(type)}")
    return "\n".join([*lines, "}"])


def main(source: Path, out: Path) -> None:
    """Write the schema."""
    out.write_text("\n\n".join(schema(read(source.read_text()))) + "\n")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
