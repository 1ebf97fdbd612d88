"""``trim_openapi.py DESCRIPTION.json OPERATIONS OUT.json``: cut a published OpenAPI 3.0 description down.

OPERATIONS has one a line, as ``GET /user``. Kept of each are the parameters, the bodies of requests and the answers,
with every schema that they refer to. Examples and descriptions go. ``nullable`` becomes JSON Schema (``type: [T,
"null"]``), so that any validator of JSON Schema understands the result.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

NOISE = {"description", "example", "examples", "externalDocs", "summary", "tags", "x-github", "deprecated", "title"}


def bare(value: Any, *, names: bool = False) -> Any:
    """Without noise. ``names``: the keys of this object are names that the vendor chose, not keywords."""
    if isinstance(value, list):
        return [bare(item) for item in value]
    if not isinstance(value, dict):
        return value
    kept = {k: bare(v, names=k == "properties" and not names) for k, v in value.items() if names or k not in NOISE}
    return kept if names else _without_nullable(kept)


def _without_nullable(schema: dict[str, Any]) -> dict[str, Any]:
    if not schema.pop("nullable", False):
        return schema
    if "$ref" in schema or "type" not in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    if "enum" in schema and None not in schema["enum"]:
        schema["enum"] = [*schema["enum"], None]
    return schema | {"type": [schema["type"], "null"]}


def references(value: Any) -> Iterator[str]:
    """Every ``$ref`` in a value."""
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for below in value.values():
            yield from references(below)
    elif isinstance(value, list):
        for below in value:
            yield from references(below)


def operation(described: dict[str, Any]) -> dict[str, Any]:
    """What of an operation says what may be asked and answered. Headers are those of the service, not of operations."""
    kept = {part: bare(described[part]) for part in ("operationId", "parameters", "requestBody") if part in described}
    return kept | {"responses": {code: _answer(answer) for code, answer in described["responses"].items()}}


def _answer(answer: dict[str, Any]) -> dict[str, Any]:
    return {k: bare(v) for k, v in answer.items() if k in ("content", "$ref")}


def trim(description: dict[str, Any], wanted: list[tuple[str, str]]) -> dict[str, Any]:
    """The operations, and what they refer to."""
    paths: dict[str, Any] = {}
    for method, path in wanted:
        found = description["paths"].get(path, {}).get(method.lower())
        if found is None:
            raise SystemExit(f"the description has no {method} {path}")
        paths.setdefault(path, {})[method.lower()] = operation(found)
    components: dict[str, dict[str, Any]] = {}
    waiting = list(references(paths))
    while waiting:
        _, _, kind, name = waiting.pop().split("/")
        if name not in components.setdefault(kind, {}):
            value = description["components"][kind][name]
            components[kind][name] = _answer(value) if kind == "responses" else bare(value)
            waiting += references(components[kind][name])
    info = {"version": description["info"]["version"], "license": description["info"]["license"]}
    return {"info": info, "paths": paths, "components": {k: dict(sorted(v.items())) for k, v in components.items()}}


def lines(described: dict[str, Any]) -> str:
    """As JSON with an operation or a component a line, so that a change of the vendor's can be read."""
    text = json.dumps(described, separators=(",", ":"), ensure_ascii=False, sort_keys=False)
    return re.sub(r'("/[^"]+":\{"|"components":|(?<=\}\},)"[\w-]+":\{)', r"\n\1", text) + "\n"


def main(source: Path, operations: Path, out: Path) -> None:
    """Write the trimmed description."""
    wanted = [tuple(line.split()) for line in operations.read_text().splitlines() if line and line[0] != "#"]
    out.write_text(lines(trim(json.loads(source.read_bytes()), wanted)))  # type: ignore[arg-type]


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
