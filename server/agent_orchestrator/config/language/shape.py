"""The file as a whole: its keys as a tree, and its projects and checks."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import Factory, define, frozen

from agent_orchestrator.config.language.meaning import meaning
from agent_orchestrator.config.language.outline import outline
from agent_orchestrator.model.config_kinds import Kind
from agent_orchestrator.model.config_problem import KeyPath


@define
class Symbol:
    """A key with what is inside of it, to the line ``last``. ``at`` and ``end`` bound the key in its line.

    ``own``: the name is the writer's.
    """

    name: str
    detail: str
    line: int
    at: int
    end: int
    last: int
    last_end: int
    kind: Kind | None = None
    own: bool = False
    below: list[Symbol] = Factory(list)


@frozen
class Entry:
    """A project, or a check of it, at a line; ``check`` is empty for a project."""

    line: int
    project: str
    check: str = ""


def symbols(text: str) -> list[Symbol]:
    """The keys that stand on lines of their own, as a tree."""
    file = outline(text)
    top: list[Symbol] = []
    open_: list[tuple[KeyPath, Symbol]] = []
    for number, inside, name in file.names():
        row = file.rows[number]
        if row.colon < 0:
            continue
        found = meaning((*inside, name))
        made = Symbol(
            name=name or '""',
            detail="" if row.value[:1] in ("|", ">") else row.value,
            line=number,
            at=row.at,
            end=row.key_end,
            last=number,
            last_end=max(row.end, row.colon + 1),
            kind=found.kind if found else None,
            own=found is not None and found.key is None,
        )
        while open_ and open_[-1][0] != inside[: len(open_[-1][0])]:
            open_.pop()
        (open_[-1][1].below if open_ else top).append(made)
        open_.append(((*inside, name), made))
        for _, around in open_[:-1]:
            around.last, around.last_end = made.last, made.last_end
    return top


def entries(text: str) -> Iterator[Entry]:
    """The projects and their checks that stand on lines of their own."""
    for number, inside, name in outline(text).names():
        if inside == ("projects",):
            yield Entry(number, name)
        elif len(inside) == 3 and (inside[0], inside[2]) == ("projects", "checks"):
            yield Entry(number, str(inside[1]), name)
