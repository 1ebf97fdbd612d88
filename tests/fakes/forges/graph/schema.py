"""A trimmed published schema, and what was trimmed off it."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import frozen
from graphql import GraphQLSchema, build_schema

PUBLISHED = Path(__file__).parents[1] / "published"


@frozen(eq=False)
class Published:
    """``omitted``: of each type the fields that the vendor has and the double has not; under ``""`` such types."""

    schema: GraphQLSchema
    omitted: Mapping[str, frozenset[str]]

    def has_omitted(self, type: str, field: str) -> bool:
        """Whether the vendor has it, and the double does not model it."""
        return field in self.omitted.get(type, ())


@functools.cache
def load(name: str) -> Published:
    """The schema of a forge, built once a process: 0.1 s."""
    schema = build_schema((PUBLISHED / f"{name}.graphql").read_text(), no_location=True, assume_valid=True)
    _let_ints_be_long(schema)
    omitted = json.loads((PUBLISHED / f"{name}.omitted.json").read_text())
    return Published(schema, {name: frozenset(fields) for name, fields in omitted.items()})


def _let_ints_be_long(schema: GraphQLSchema) -> None:
    """GitHub's ``CheckRun.databaseId: Int`` has 64 bits on the live service, whatever GraphQL's specification says."""

    def whole(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(f"Int cannot represent {value!r}")
        return value

    schema.type_map["Int"].serialize = whole  # type: ignore[union-attr]
    schema.type_map["Int"].coerce_output_value = whole  # type: ignore[union-attr]
