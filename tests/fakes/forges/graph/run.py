"""One GraphQL request: read, checked, executed. How errors look on the wire is each vendor's own."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Any

from attrs import frozen
from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    execute_sync,
    parse,
    validate,
)

from .schema import Published
from .view import Unmodelled, resolve, type_of
from .walk import operations

CUT_INPUT = re.compile(r".*Expected value of type '(\w+)!?' not to include unknown field '(\w+)'", re.DOTALL)


@frozen
class Asked:
    """A request that was read: its document, the operation that is to run, its variables."""

    document: DocumentNode
    operation: OperationDefinitionNode
    variables: Mapping[str, Any]

    @property
    def is_mutation(self) -> bool:
        """Whether it changes something."""
        return self.operation.operation.value == "mutation"

    @property
    def name(self) -> str:
        """The operation's name, empty where it has none."""
        return self.operation.name.value if self.operation.name else ""


def read(published: Published, body: Mapping[str, Any]) -> Asked | list[GraphQLError]:
    """The request of a body; the errors where the schema does not allow it. Unmodelled where the double is to blame."""
    document = _allowed(published, str(body.get("query") or ""))
    if isinstance(document, list):
        return document
    found = [o for o in operations(document) if body.get("operationName") in (None, "", o.name and o.name.value)]
    if len(found) != 1:
        return [GraphQLError("An operation name is required")]
    return Asked(document, found[0], body.get("variables") or {})


@functools.lru_cache(maxsize=64)
def _allowed(published: Published, text: str) -> DocumentNode | list[GraphQLError]:
    """A document that the schema allows: clients send the same ones again and again."""
    try:
        document = parse(text)
    except GraphQLSyntaxError as error:
        return [error]
    # The vendors' servers let fields of different types share a name, as `gh` does with the states of two types.
    if errors := [e for e in validate(published.schema, document) if "conflicting types" not in e.message]:
        for error in errors:
            _blame(published, error)
        return errors
    return document


def execute(published: Published, asked: Asked, root: Any, context: Any) -> tuple[Any, list[GraphQLError]]:
    """(data, errors). Unmodelled is raised, whatever may be null."""
    done = execute_sync(
        published.schema,
        asked.document,
        root,
        context,
        dict(asked.variables),
        asked.name or None,
        field_resolver=resolve,
        type_resolver=type_of,
    )
    for error in done.errors or ():
        _blame(published, error)
        if isinstance(error.original_error, Unmodelled):
            raise error.original_error
        if error.original_error is not None and not hasattr(error.original_error, "type"):
            raise error.original_error
    return done.data, list(done.errors or ())


def undefined(error: GraphQLError) -> tuple[str, str] | None:
    """(type, field) of the error that a type has no such field."""
    words = error.message.split("'")
    return (words[3], words[1]) if error.message.startswith("Cannot query field '") else None


def _blame(published: Published, error: GraphQLError) -> None:
    """What was trimmed off the schema is the double's lack, not the client's error."""
    if (missing := undefined(error)) and published.has_omitted(*missing):
        raise Unmodelled(f"{missing[0]}.{missing[1]} (cut from the schema: see published/*.kept)")
    words = error.message.split("'")
    if (cut := CUT_INPUT.match(error.message)) and published.has_omitted(cut[1], cut[2]):
        raise Unmodelled(f"{cut[1]}.{cut[2]} (cut from the schema: see published/*.kept)")
    if error.message.startswith("Unknown type '") and published.has_omitted("", words[1]):
        raise Unmodelled(f"{words[1]} (cut from the schema: see published/*.kept)")
