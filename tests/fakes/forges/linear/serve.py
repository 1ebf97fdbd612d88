"""One GraphQL request, answered as the live service does: https://linear.app/developers/graphql#errors."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen
from graphql import GraphQLError

from ..graph.run import execute, read
from ..graph.schema import load
from ..wire.clock import Clock
from ..wire.message import Answer, Request, answer
from .roots import Mutation, Query
from .things import User
from .workspace import Workspace


@frozen
class See:
    """Who looks."""

    workspace: Workspace
    viewer: User

    @property
    def clock(self) -> Clock:
        """The workspace's."""
        return self.workspace.clock

    @property
    def actor(self) -> User:
        """Who the workspace belongs to."""
        return self.workspace.actor


def serve(workspace: Workspace, request: Request) -> Answer:
    """The answer; the operation's name is noted."""
    viewer = workspace.keys.get(request.token)
    if viewer is None:
        return _refused("AUTHENTICATION_ERROR", "Authentication required, not authenticated", 401)
    if not workspace.limits.spend():
        return _refused("RATELIMITED", "Rate limit exceeded", 400, workspace.limits.headers())
    asked = read(load("linear"), json.loads(request.body))
    if isinstance(asked, list):
        errors = [_error("GRAPHQL_VALIDATION_FAILED", error.message) for error in asked]
        return answer({"errors": errors}, 400, workspace.limits.headers())
    see = See(workspace, viewer)
    data, errors = execute(load("linear"), asked, Mutation(None, see) if asked.is_mutation else Query(None, see), see)
    workspace.asked.append((asked.name, 200))
    body = {"data": data} | ({"errors": _resolved(errors)} if errors else {})
    return answer(body, 200, workspace.limits.headers())


def _resolved(errors: Sequence[GraphQLError]) -> list[Mapping[str, Any]]:
    return [
        {**_error(getattr(error.original_error, "type", "INTERNAL_SERVER_ERROR"), error.message), "path": error.path}
        for error in errors
    ]


def _error(code: str, message: str) -> Mapping[str, Any]:
    """As its library reads it: ``extensions.type`` in words, ``userPresentableMessage``."""
    kinds = {
        "RATELIMITED": "ratelimited",
        "AUTHENTICATION_ERROR": "authentication error",
        "INPUT_ERROR": "invalid input",
    }
    kind = kinds.get(code, "graphql error")
    extensions = {"code": code, "type": kind, "userError": True, "userPresentableMessage": message}
    return {"message": message, "extensions": extensions}


def _refused(code: str, message: str, status: int, headers: Mapping[str, str] | None = None) -> Answer:
    return answer({"errors": [_error(code, message)]}, status, headers)
