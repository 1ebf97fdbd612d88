"""One GraphQL request. Its complexity is no less than GitLab's.

A field is 1. A page of a list adds a hundredth of what is below it for each item that is asked for; GitLab does so for
some lists only, and never where a list is asked for by numbers. https://docs.gitlab.com/api/graphql/#limits
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from attrs import define, field
from graphql import GraphQLError

from ...graph.connection import is_connection
from ...graph.run import execute, read, undefined
from ...graph.schema import load
from ...graph.walk import Placed, placed
from ...wire.message import Answer, Request, answer
from .. import gates
from ..lab import Lab
from ..merge_request import MergeRequest
from ..people import Account
from .roots import Mutation, Query
from .views import PAGE

#: Of those who are signed in.
LIMIT = 250


@define(eq=False)
class See:
    """Who looks, and from where."""

    lab: Lab
    account: Account
    web: str
    complexity: int
    limit: int = LIMIT
    _statuses: dict[int, str] = field(factory=dict)

    def status(self, it: MergeRequest) -> str:
        """The merge status. A request is one read of it, however often it asks."""
        if it.id not in self._statuses:
            self._statuses[it.id] = gates.read_merge_status(it)
        return self._statuses[it.id]


def serve(lab: Lab, account: Account, request: Request, web: str) -> Answer:
    """The answer."""
    published = load("gitlab")
    asked = read(published, json.loads(request.body))
    if isinstance(asked, list):
        return answer({"errors": [_checked(error) for error in asked]})
    complexity = round(_weight(placed(published.schema, asked.document, asked.operation, asked.variables)))
    if complexity > LIMIT:
        text = f"Query has complexity of {complexity}, which exceeds max complexity of {LIMIT}"
        return answer({"errors": [{"message": text}]})
    see = See(lab, account, web, complexity)
    data, errors = execute(published, asked, Mutation(None, see) if asked.is_mutation else Query(None, see), see)
    body: dict[str, Any] = {"data": data}
    if errors:
        body["errors"] = [{"message": error.message, "path": list(error.path or ())} for error in errors]
    return answer(body)


def _weight(fields: Iterable[Placed]) -> float:
    return sum(1 + _weight(one.below) * _times(one) for one in fields)


def _times(one: Placed) -> float:
    if not is_connection(one.type) or "iids" in one.arguments:
        return 1.0
    first = one.arguments.get("first")
    return 1.0 + min(PAGE, PAGE if first is None else first) / 100


def _checked(error: GraphQLError) -> Mapping[str, Any]:
    if missing := undefined(error):
        type, name = missing
        extensions = {"code": "undefinedField", "typeName": type, "fieldName": name}
        return {"message": f"Field '{name}' doesn't exist on type '{type}'", "extensions": extensions}
    return {"message": error.message}
