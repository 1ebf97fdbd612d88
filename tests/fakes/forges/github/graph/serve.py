"""One GraphQL request, priced, paid and answered as the live service does."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from graphql import GraphQLError

from ...graph.run import Asked, execute, read, undefined
from ...graph.schema import load
from ...graph.walk import Placed, placed
from ...wire.message import Answer, Request, answer
from ..cost import MOST_NODES, Cost, cost, refusals
from ..see import See
from .mutation import Mutation
from .query import Query


def serve(see: See, request: Request) -> tuple[Answer, int, str]:
    """(answer, points, name of the operation)."""
    if request.method != "POST":
        return answer({"message": "Not Found", "status": "404"}, 404), 0, ""
    try:
        body = json.loads(request.body)
    except ValueError:
        return answer({"message": "Problems parsing JSON", "status": "400"}, 400), 0, ""
    published = load("github")
    asked = read(published, body)
    if isinstance(asked, list):
        return _told(see, None, [_checked(error) for error in asked]), 0, ""
    fields = placed(published.schema, asked.document, asked.operation, asked.variables)
    priced = cost(fields)
    if refused := [*refusals(fields), *_too_many(priced)]:
        return _told(see, None, refused), 0, asked.name
    points = 0 if _is_dry(fields) else _paid(see, priced.points)
    if points is None:
        text = f"API rate limit exceeded for user ID {see.account.id}."
        return _told(see, None, [{"type": "RATE_LIMITED", "message": text}], whole=True), 0, asked.name
    return _executed(see, asked, priced, dry=points == 0), points, asked.name


def _executed(see: See, asked: Asked, priced: Cost, *, dry: bool) -> Answer:
    root = Mutation(None, see) if asked.is_mutation else Query(None, see, priced, dry=dry)
    data, errors = execute(load("github"), asked, root, see)
    shown = [_resolved(error) for error in errors]
    if see.hub.resources is not None:
        data, shown = _given_up(see, data, shown)
    return _told(see, data, shown)


def _paid(see: See, points: int) -> int | None:
    return points if see.hub.ledger.spend(see.token.bucket, "graphql", points) else None


def _is_dry(fields: Sequence[Placed]) -> bool:
    """Whether the price is all that is asked: ``rateLimit(dryRun: true)``."""
    return any(field.name == "rateLimit" and field.arguments.get("dryRun") is True for field in fields)


def _too_many(priced: Cost) -> list[Mapping[str, object]]:
    if priced.nodes <= MOST_NODES:
        return []
    text = (
        f"This query requests up to {priced.nodes:,} possible nodes which exceeds the maximum limit of {MOST_NODES:,}. "
        "To fix this error, fetch fewer nodes."
    )
    return [{"type": "MAX_NODE_LIMIT_EXCEEDED", "message": text}]


def _told(see: See, data: Any, errors: Sequence[Mapping[str, Any]], *, whole: bool = False) -> Answer:
    """200, whatever went wrong. ``data`` is left out where nothing was executed."""
    body: dict[str, Any] = {} if data is None and not whole else {"data": data}
    body |= {"errors": list(errors)} if errors else {}
    scopes = {"x-oauth-scopes": ", ".join(see.token.scopes)} if see.token.scopes is not None else {}
    return answer(body, 200, {**see.hub.ledger.headers(see.token.bucket, "graphql"), **scopes})


def _places(error: GraphQLError) -> list[Mapping[str, int]]:
    return [{"line": place.line, "column": place.column} for place in error.locations or ()]


def _checked(error: GraphQLError) -> Mapping[str, Any]:
    """An error of the document, as the service words it."""
    if missing := undefined(error):
        type, field = missing
        return {
            "path": [field],
            "extensions": {"code": "undefinedField", "typeName": type, "fieldName": field},
            "locations": _places(error),
            "message": f"Field '{field}' doesn't exist on type '{type}'",
        }
    return {"locations": _places(error), "message": error.message}


def _resolved(error: GraphQLError) -> Mapping[str, Any]:
    """An error of a field: the rest of the data is there."""
    kind = getattr(error.original_error, "type", None)
    return ({"type": kind} if kind else {}) | {
        "path": list(error.path or ()),
        "locations": _places(error),
        "message": error.message,
    }


def _given_up(see: See, data: Any, errors: list[Mapping[str, Any]]) -> tuple[Any, list[Mapping[str, Any]]]:
    """Partial data, as when the query needs more than the service has; once."""
    left, see.hub.resources = see.hub.resources or 0, None
    cut: list[Mapping[str, Any]] = []
    for name, value in (data or {}).items():
        many = isinstance(value, list)
        for index in range(left, len(value)) if many else ([0] if left <= 0 and name != "rateLimit" else []):
            cut.append({"type": "RESOURCE_LIMITS_EXCEEDED", "path": [name, index] if many else [name]})
            if many:
                value[index] = None
        if cut and not many and cut[-1]["path"] == [name]:
            data[name] = None
        left -= 0 if many or name == "rateLimit" else 1
    text = "Resource limits for this query exceeded. The query was too expensive to execute."
    return data, [*errors, *({**error, "message": text} for error in cut)]
