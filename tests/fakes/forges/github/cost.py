"""Points and nodes of a GraphQL request, by the published formula.

https://docs.github.com/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api: a connection costs as many
requests as it has parents; the sum, divided by 100 and rounded, is the points, at least one. It has as many nodes as
parents times ``first`` or ``last``; 500,000 are allowed. The text is silent on ``nodes(ids:)``: each id counts as a
parent here, the dear reading. Single objects and scalars are free, and so is a connection of which only the count is
asked, without a bound.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from attrs import frozen

from ..graph.walk import Placed

MOST_NODES = 500_000
MOST_IN_A_PAGE = 100


@frozen
class Cost:
    """``requests`` is what points are made from."""

    requests: int
    nodes: int

    @property
    def points(self) -> int:
        """Of the hour's budget."""
        return max(1, int(self.requests / 100 + 0.5))


def cost(fields: Iterable[Placed]) -> Cost:
    """What a whole request costs."""
    found = list(_opened(fields, 1))
    return Cost(sum(parents for parents, _ in found), sum(parents * size for parents, size in found))


def _opened(fields: Iterable[Placed], parents: int) -> Iterable[tuple[int, int]]:
    """(how often it is opened, nodes in each) of every connection."""
    for field in fields:
        below = parents
        if field.type.name.endswith("Connection"):
            size = bound(field)
            if size is not None:
                yield parents, size
            below = parents * (size or 0)
        elif field.name == "nodes" and isinstance(ids := field.arguments.get("ids"), Sequence):
            below = parents * len(ids)
        yield from _opened(field.below, below)


def bound(field: Placed) -> int | None:
    """``first`` or ``last`` of a connection."""
    given = field.arguments.get("first"), field.arguments.get("last")
    return next((size for size in given if size is not None), None)


def refusals(fields: Iterable[Placed], path: tuple[str, ...] = ()) -> Iterable[Mapping[str, object]]:
    """The errors of connections without bounds, or with ones that are too big. Bounds are only for what has nodes."""
    for field in fields:
        here = (*path, field.name)
        if field.type.name.endswith("Connection"):
            size, which = bound(field), "last" if field.arguments.get("first") is None else "first"
            if size is None and field.selects("nodes", "edges"):
                text = f"You must provide a `first` or `last` value to properly paginate the `{field.name}` connection."
                yield {"type": "MISSING_PAGINATION_BOUNDARIES", "path": list(here), "message": text}
            elif size is not None and size > MOST_IN_A_PAGE:
                text = (
                    f"Requesting {size} records on the `{field.name}` connection exceeds the `{which}` limit of "
                    f"{MOST_IN_A_PAGE} records."
                )
                yield {"type": "EXCESSIVE_PAGINATION", "path": list(here), "message": text}
        yield from refusals(field.below, here)
