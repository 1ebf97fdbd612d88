"""The model → JSON Schema (draft 2020-12).

``python -m agent_orchestrator.config.schema --write`` writes the schema in ``schema/`` and the page in ``docs/``;
a test compares them with the model.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from attrs import AttrsInstance

from agent_orchestrator.config.help import config_markdown
from agent_orchestrator.model.config import Config
from agent_orchestrator.model.config_kinds import (
    ID_PATTERN,
    Choice,
    Flag,
    Folder,
    Integer,
    Key,
    Kind,
    Many,
    Matcher,
    Name,
    Number,
    Scalar,
    Section,
    Sections,
    Shell,
    Table,
    Text,
    keys,
)

DIALECT = "https://json-schema.org/draft/2020-12/schema"
SCHEMA_FILE = "schema/config.schema.json"
PAGE_FILE = "docs/configuration.md"

_SCALAR = {"type": ["string", "number", "boolean"]}
_COMMAND = {
    "anyOf": [
        {"type": "string", "pattern": r"\S"},
        {"type": "array", "minItems": 1, "items": _SCALAR},
    ]
}


def config_schema() -> dict[str, Any]:
    """The JSON Schema of ``agent-orchestrator.yaml``: what it refuses, the reader reports."""
    return {"$schema": DIALECT, "title": "agent-orchestrator.yaml", **_section(Config)}


def schema_text() -> str:
    """The schema as it stands in the repository."""
    return json.dumps(config_schema(), indent=2, ensure_ascii=False) + "\n"


def schema_uri() -> str:
    """Where this installation's copy of the schema stands, as a ``file:`` URI; empty when there is none.

    It is beside the package in an installed one, and at the top of the repository in a checkout.
    """
    package = Path(__file__).resolve().parent.parent
    places = (package / SCHEMA_FILE, package.parent.parent / SCHEMA_FILE)
    return next((place.as_uri() for place in places if place.is_file()), "")


def _section(section: type[AttrsInstance]) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {key.wire: _key(key) for key in keys(section)},
        "patternProperties": {"^x-": {}},
        "additionalProperties": False,
    }
    required = [key.wire for key in keys(section) if key.required]
    return {**schema, "required": required} if required else schema


def _key(key: Key) -> dict[str, Any]:
    notes = " Not built yet: accepted, without effect." if key.planned else ""
    default = f" Default: {key.default}." if key.default and key.value is None else ""
    described = {**_kind(key.kind), "description": key.doc + default + notes}
    if isinstance(key.value, bool | int | float | str):
        return {**described, "default": key.value}
    return {**described, "default": list(key.value)} if isinstance(key.value, tuple) else described


def _kind(kind: Kind) -> dict[str, Any]:
    match kind:
        case Text(pattern, _):
            return {"type": "string", "pattern": f"^(?:{pattern})$"} if pattern else {"type": "string"}
        case Folder():
            return {"type": "string", "pattern": r"^(?!~[^/])(?=.*\S)"}
        case Scalar():
            return _SCALAR
        case Integer(minimum, maximum):
            bounds = {"minimum": minimum} if maximum is None else {"minimum": minimum, "maximum": maximum}
            return {"type": "integer", **bounds}
        case Number(zero):
            return {"type": "number", "minimum": 0} if zero else {"type": "number", "exclusiveMinimum": 0}
        case Flag():
            return {"type": "boolean"}
        case Choice(values, planned):
            return {"enum": [*values, *planned]}
        case Name(_, values, planned, _):
            # Plugins and the file's own agents add names, which a schema can not know.
            return {"anyOf": [{"enum": [*values, *planned]}, {"type": "string"}]}
        case Shell():
            return _COMMAND
        case Many(of, single, minimum):
            many: dict[str, Any] = {"type": "array", "items": _kind(of)}
            if minimum:
                many["minItems"] = minimum
            return {"anyOf": [_kind(of), many]} if single else many
        case Table(of, pattern, _):
            return {
                "type": "object",
                "patternProperties": {f"^(?:{pattern})$": _kind(of)},
                "additionalProperties": False,
            }
        case Section():
            return _section(kind.of)
        case Sections():
            return {
                "type": "object",
                "patternProperties": {f"^(?:{ID_PATTERN})$": _section(kind.of)},
                "additionalProperties": False,
            }
        case Matcher(values, planned, pattern):
            one = _section(pattern)
            return {"anyOf": [{"enum": [*values, *planned]}, one, {"type": "array", "minItems": 1, "items": one}]}


def write(root: Path) -> None:
    """Write the generated files below a repository's root."""
    for name, text in ((SCHEMA_FILE, schema_text()), (PAGE_FILE, config_markdown())):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        write(Path(__file__).resolve().parents[3])
    else:
        sys.stdout.write(schema_text())
