"""A text and a position in it → what is meant there: the way through the file, and the word that is being typed."""

from __future__ import annotations

import re
from enum import StrEnum

from attrs import frozen

from agent_orchestrator.config.language.flow import flow_at_end
from agent_orchestrator.config.language.outline import Outline, outline
from agent_orchestrator.config.language.rows import unquoted, width
from agent_orchestrator.model.config_problem import KeyPath

#: What is left of a word between brackets.
_FLOW_WORD = re.compile(r"(?:[^,\[\]{}#:]|:(?=[^\s,\[\]{}]))*")


class Role(StrEnum):
    """What is to be typed. ``CONTENT``: a line without a colon, which can become a key or be a value."""

    KEY = "key"
    VALUE = "value"
    CONTENT = "content"
    #: Inside of a text block.
    TEXT = "text"


@frozen(kw_only=True)
class Place:
    """``path`` leads to the mapping that the key is in, or to the value. Indices are in the line, from 0.

    ``start`` and ``end`` bound the word that is there, ``before`` is the value up to the position. ``siblings`` are the
    other keys of the mapping; ``colon``: the key has one; ``glued``: there is no space between colon and value;
    ``item``: the value stands behind the dash of a list, or between brackets.
    """

    path: KeyPath
    role: Role
    line: int
    start: int
    end: int
    word: str = ""
    before: str = ""
    siblings: frozenset[str] = frozenset()
    colon: bool = False
    glued: bool = False
    item: bool = False


def place_at(text: str, line: int, column: int) -> Place | None:
    """The place at a line and an index in it, both from 0; None in a comment, or left of what the line says.

    Beyond the text is at its nearest end.
    """
    file = outline(text)
    rows = file.rows
    line = min(max(line, 0), len(rows) - 1)
    row = rows[line]
    column = min(max(column, 0), len(row.text))
    if row.text_of >= 0:
        path = file.path(row.text_of)
        return Place(path=path, role=Role.TEXT, line=line, start=column, end=column, before=row.text[:column])
    if column > row.end and "#" in row.text[row.end : column]:
        return None
    if row.flow_of >= 0:
        return _in_flow(file, row.flow_of, line, column)
    if column < row.at and row.at < row.end:
        return None
    if row.colon >= 0 and column <= row.colon:
        inside = file.inside[line]
        return Place(
            path=inside, role=Role.KEY, line=line, start=row.at, end=max(row.key_end, column), word=row.key,
            before=row.text[row.at : column], siblings=file.siblings(inside, line), colon=True,
        )  # fmt: skip
    if row.value[:1] in ("[", "{") and column > row.value_at and (found := _in_flow(file, line, line, column)):
        return found
    if row.colon >= 0:
        start = min(row.value_at, column) if row.value else column
        return Place(
            path=file.path(line), role=Role.VALUE, line=line, start=start, end=max(row.end, column), word=row.value,
            before=row.text[start:column], glued=start == row.colon + 1,
        )  # fmt: skip
    # A line that says nothing yet is where the cursor is.
    at = row.at if row.at < row.end else column
    inside = file.inside_at(line, width(row.text[:at]))
    return Place(
        path=inside, role=Role.CONTENT, line=line, start=at, end=max(row.end, column), word=row.text[at : row.end],
        before=row.text[at:column], siblings=file.siblings(inside, line), item=bool(row.dashes),
    )  # fmt: skip


def _in_flow(file: Outline, first: int, line: int, column: int) -> Place | None:
    rows, opener = file.rows, file.rows[first]
    before = [row.text[: row.end] for row in rows[first:line]]
    if first < line:
        before[0] = opener.value
        so_far = "\n".join((*before, rows[line].text[:column]))
    else:
        so_far = opener.text[opener.value_at : column]
    found = flow_at_end(so_far)
    if found is None:
        return None
    text = rows[line].text
    start = column - (len(so_far) - found.start)
    if start < 0:
        start = column
    rest = _FLOW_WORD.match(text, column)
    end = column + len(rest.group().rstrip() if rest else "")
    return Place(
        path=(*file.path(first), *found.path), role=Role.KEY if found.key else Role.VALUE, line=line, start=start,
        end=end, word=unquoted(text[start:end]) if found.key else text[start:end], before=text[start:column],
        siblings=found.siblings, colon=text[end:].lstrip().startswith(":"), item=True,
    )  # fmt: skip
