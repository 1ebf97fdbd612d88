"""Pages of a list, by the published rules of cursors (https://relay.dev/graphql/connections.htm)."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from attrs import frozen
from graphql import GraphQLNamedType, GraphQLObjectType

PAGING = ("first", "last", "after", "before")


@frozen
class Page:
    """A connection: ``extra`` are fields that only some connections have."""

    nodes: list[Any]
    edges: list[Mapping[str, Any]]
    page_info: Mapping[str, Any]
    total_count: int
    extra: Mapping[str, Any]

    def __getattr__(self, name: str) -> Any:
        try:
            return self.extra[name]
        except KeyError:
            raise AttributeError(name) from None


class Listed(list[Any]):
    """A list with the fields that its connection has beside nodes, in snake case."""

    def __init__(self, items: Any, **extra: Any) -> None:
        super().__init__(items)
        self.extra = extra


def is_connection(named: GraphQLNamedType) -> bool:
    """Whether a type is one by its form."""
    return isinstance(named, GraphQLObjectType) and named.name.endswith("Connection") and "pageInfo" in named.fields


def page(items: list[Any], wanted: Mapping[str, Any]) -> Page:
    """The part of a list that was asked for."""
    start, end = 0, len(items)
    if wanted.get("after"):
        start = _offset(wanted["after"]) + 1
    if wanted.get("before"):
        end = min(end, _offset(wanted["before"]))
    if wanted.get("first") is not None:
        end = min(end, start + wanted["first"])
    if wanted.get("last") is not None:
        start = max(start, end - wanted["last"])
    shown = items[start:end]
    cursors = [_cursor(index) for index in range(start, start + len(shown))]
    info = {
        "hasNextPage": end < len(items),
        "hasPreviousPage": start > 0,
        "startCursor": cursors[0] if cursors else None,
        "endCursor": cursors[-1] if cursors else None,
    }
    edges = [{"node": node, "cursor": cursor} for node, cursor in zip(shown, cursors, strict=True)]
    return Page(shown, edges, info, len(items), getattr(items, "extra", {}))


def _cursor(index: int) -> str:
    return base64.b64encode(f"cursor:{index}".encode()).decode()


def _offset(cursor: str) -> int:
    return int(base64.b64decode(cursor).partition(b":")[2])
