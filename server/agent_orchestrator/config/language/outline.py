"""Which key each line of a text is inside of, by indentation alone."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from attrs import define, field, frozen

from agent_orchestrator.config.language.rows import Row, rows_of
from agent_orchestrator.model.config_problem import KeyPath

#: Levels that are told from each other; a text of nothing but dashes has more.
DEEPEST = 50


@define
class _Around:
    """What is around a line: keys whose values stand below them, and list items. Each has its column."""

    columns: list[int] = field(factory=list)
    parts: list[str | int] = field(factory=list)

    def leave(self, column: int) -> None:
        """Go on at a column: what does not stand to its left is over."""
        while self.columns and self.columns[-1] >= column:
            self._pop()

    def item(self, column: int) -> None:
        """Go on with a list item whose dash stands at a column; it may stand below the first letter of its key."""
        while self.columns and self.columns[-1] > column:
            self._pop()
        part: str | int = 0
        if self.columns and self.columns[-1] == column and isinstance(self.parts[-1], int):
            part = self.parts[-1] + 1
            self._pop()
        self.enter(column, part)

    def enter(self, column: int, part: str | int) -> None:
        """What is deeper than the column is inside of this, but for what no configuration is as deep as."""
        if len(self.columns) >= DEEPEST:
            return
        self.columns.append(column)
        self.parts.append(part)

    def _pop(self) -> None:
        self.columns.pop()
        self.parts.pop()


@frozen
class Outline:
    """The rows of a text, and the way to the mapping or list item that each is in."""

    rows: tuple[Row, ...]
    inside: tuple[KeyPath, ...]

    def path(self, line: int) -> KeyPath:
        """The way to the key of a row, or to its list item."""
        row = self.rows[line]
        return (*self.inside[line], row.name) if row.colon >= 0 or row.opens else self.inside[line]

    def inside_at(self, line: int, column: int) -> KeyPath:
        """The way to what is around a column of a row, were something typed there."""
        around = _Around()
        for row in self.rows[:line]:
            if row.free:
                _pass(around, row)
        for dash in self.rows[line].dashes:
            around.item(dash)
        around.leave(column)
        return tuple(around.parts)

    def names(self) -> Iterator[tuple[int, KeyPath, str]]:
        """(line, the way to its mapping, name) of each key, also of one whose colon is still to come."""
        for number, row in enumerate(self.rows):
            if row.free and (row.colon >= 0 or row.opens):
                yield number, self.inside[number], row.name

    def siblings(self, path: KeyPath, line: int) -> frozenset[str]:
        """The keys that the mapping at ``path`` has on other lines than this one."""
        return frozenset(row.key for number, row in enumerate(self.rows)
            if number != line and row.free and row.colon >= 0 and self.inside[number] == path)  # fmt: skip


@lru_cache(maxsize=8)
def outline(text: str) -> Outline:
    """The outline of a text, in time that grows with its length."""
    rows = rows_of(text)
    around = _Around()
    inside = [_pass(around, row) if row.free else tuple(around.parts) for row in rows]
    return Outline(rows, tuple(inside))


def _pass(around: _Around, row: Row) -> KeyPath:
    """Go past a row; the way to what it is in."""
    for dash in row.dashes:
        around.item(dash)
    around.leave(row.column)
    path = tuple(around.parts)
    # A key with its value on its line has nothing inside, whatever the indentation of what follows says.
    if row.opens:
        around.enter(row.column, row.name)
    return path
