"""Numbers and node ids. Numbers start above 32 bits, as those of the live service do for check runs."""

from __future__ import annotations

import itertools
from typing import Any

from attrs import define, field

FIRST = 2**33


@define(eq=False)
class Ids:
    """Gives ids out, and finds what has one."""

    _numbers: Any = field(factory=lambda: itertools.count(FIRST))
    _nodes: dict[str, Any] = field(factory=dict)
    _by_number: dict[tuple[type, int], Any] = field(factory=dict)

    def number(self) -> int:
        """A ``databaseId``."""
        return next(self._numbers)

    def enter(self, prefix: str, thing: Any) -> tuple[int, str]:
        """(number, node id) for a new thing, by which it is found from now on."""
        number = self.number()
        node = f"{prefix}_kwDO{number:x}"
        self._nodes[node] = thing
        self._by_number[type(thing), number] = thing
        return number, node

    def node(self, node: str) -> Any:
        """The thing of a node id, None where there is none."""
        return self._nodes.get(node)

    def find(self, kind: type, number: int) -> Any:
        """The thing of a kind with a number, None where there is none."""
        return self._by_number.get((kind, number))

    def of(self, kind: type) -> list[Any]:
        """All things of a kind, oldest first."""
        return [thing for (its, _), thing in self._by_number.items() if its is kind]
