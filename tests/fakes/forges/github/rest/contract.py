"""The published OpenAPI description: which operation a path is, and whether an answer is as it says."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from attrs import frozen
from jsonschema import Draft202012Validator

from ...graph.schema import PUBLISHED

#: Parts of a path that hold slashes as they are.
LONG = {"ref"}
#: Statuses that every operation may have, whatever its description lists: limits, credentials, faults of the service.
ANYWHERE = {401, 403, 404, 410, 422, 429}


@frozen
class Operation:
    """``name`` as ``GET /user``. ``parameters`` are those of the query."""

    name: str
    path: re.Pattern[str]
    parameters: frozenset[str]
    responses: Mapping[str, Any]
    body: Mapping[str, Any] | None


@functools.cache
def description() -> Mapping[str, Any]:
    """The trimmed description."""
    return json.loads((PUBLISHED / "github.openapi.json").read_text())


@functools.cache
def operations() -> tuple[Operation, ...]:
    """All that are served; those whose path has fewer open parts come first."""
    found = [
        _operation(method, path, described)
        for path, methods in description()["paths"].items()
        for method, described in methods.items()
    ]
    return tuple(sorted(found, key=lambda o: (o.name.count("{"), -len(o.name))))


def find(method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
    """The operation of a request, with the decoded parts of its path."""
    for operation in operations():
        if operation.name.startswith(f"{method} ") and (match := operation.path.fullmatch(path)):
            return operation, {name: unquote(value) for name, value in match.groupdict().items()}
    return None


def breach(operation: Operation, status: int, value: Any) -> str:
    """What of an answer is not as published; empty where all is."""
    response = operation.responses.get(str(status))
    if response is None:
        return "" if status in ANYWHERE else f"{operation.name} is not described to answer {status}"
    schema = _resolved(response).get("content", {}).get("application/json", {}).get("schema")
    return wrong(schema, value) if schema is not None else ""


def wrong(schema: Mapping[str, Any], value: Any) -> str:
    """The first few errors of a value."""
    whole = {**schema, "components": description()["components"]}
    errors = sorted(Draft202012Validator(whole).iter_errors(value), key=lambda error: list(map(str, error.path)))
    return "; ".join(f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}" for error in errors[:5])


def _operation(method: str, path: str, described: Mapping[str, Any]) -> Operation:
    def part(match: re.Match[str]) -> str:
        return f"(?P<{match[1]}>{'.+' if match[1] in LONG else '[^/]+'})"

    parameters = [_resolved(parameter) for parameter in described.get("parameters", ())]
    body = described.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    return Operation(
        f"{method.upper()} {path}",
        re.compile(re.sub(r"\{(\w+)\}", part, path)),
        frozenset(p["name"] for p in parameters if p["in"] == "query"),
        described["responses"],
        body,
    )


def _resolved(value: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in value:
        return value
    _, _, kind, name = value["$ref"].split("/")
    return description()["components"][kind][name]
