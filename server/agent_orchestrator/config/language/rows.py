"""The lines of a YAML text, each on its own: dashes, key, colon, value. Whatever the text holds, there are rows."""

from __future__ import annotations

import json
import re
from itertools import islice

from attrs import evolve, frozen

from agent_orchestrator.config.language.flow import balance

#: What ends a line in YAML and in the Language Server Protocol.
_LINE_END = re.compile(r"\r\n|\n|\r")
_HEAD = re.compile(r"(?P<blank>[ \t]*)(?P<dashes>(?:-(?:[ \t]+|\Z))*)")
_KEY = re.compile(
    r"""(?P<key>"(?:[^"\\]|\\.)*"[ \t]*|'(?:[^']|'')*'[ \t]*|[^\s"'\[\]{}#,&*!|>%@`][^#]*?)(?P<colon>:)(?=[ \t]|\Z)"""
)
#: A key whose value follows the colon at once, as somebody writes who is about to type the space.
_GLUED = re.compile(r"(?P<key>[A-Za-z$_][\w$-]*)(?P<colon>:)(?=[^\s/:])")
_WORD = re.compile(r"[A-Za-z0-9_$][\w$.-]*\Z")
# Behind a double quote that nothing closes none is closed: each would be followed to the end of the line once more.
_BARE = r"""'(?:[^']|'')*'|(?<=[^\s])#|'"""
_CONTENT = re.compile(rf"""(?:"(?:[^"\\]|\\.)*"|{_BARE}|[^"'#])*(?:"(?:{_BARE}|[^'#])*)?""")
#: What may stand before a value without being one: an anchor, a tag.
_PROPERTIES = re.compile(r"(?:[&!]\S*[ \t]*)+")
_TEXT_BLOCK = re.compile(r"[|>][-+0-9]*\Z")
#: So many dashes of a line are told from each other.
_DASHES = 10
#: YAML has no tabs in indentation; somebody who types one means a level.
TAB = 2


@frozen(kw_only=True)
class Row:
    """One line. Columns are widths from 0, with a tab as :data:`TAB`; ``at``, ``colon`` … are indices in the text.

    ``dashes`` are the columns of the list dashes in front; ``column`` is that of the key, or of what stands in its
    place. ``colon`` is the index of the key's colon, -1 without one; ``value`` stands from ``value_at`` to ``end``.
    """

    text: str
    column: int
    at: int
    end: int
    dashes: tuple[int, ...] = ()
    key: str = ""
    key_end: int = 0
    colon: int = -1
    value_at: int = 0
    #: The row is part of a text that began with ``|`` or ``>`` in that row.
    text_of: int = -1
    #: The row goes on with brackets that were opened in that row.
    flow_of: int = -1

    @property
    def blank(self) -> bool:
        """Nothing but blanks and a comment."""
        return self.at == self.end and not self.dashes

    @property
    def free(self) -> bool:
        """It stands for itself: it is neither blank, nor inside of text or brackets."""
        return self.text_of < 0 and self.flow_of < 0 and not self.blank

    @property
    def value(self) -> str:
        """The value on the line, as written, without a comment; without a key: all of the content."""
        return self.text[self.value_at : self.end]

    @property
    def opens(self) -> bool:
        """What is indented deeper below is inside of this key. A word alone is a key whose colon is still to come."""
        if self.colon < 0:
            return not self.dashes and _WORD.match(self.text[self.at : self.end]) is not None
        return not self.value or _PROPERTIES.fullmatch(self.value + " ") is not None

    @property
    def name(self) -> str:
        """The key, or the word that is to become one."""
        return self.key if self.colon >= 0 else self.text[self.at : self.end]


def rows_of(text: str) -> tuple[Row, ...]:
    """All lines of a text. There is one more than there are line ends."""
    rows: list[Row] = []
    text_of = flow_of = -1
    depth = 0
    for line in _LINE_END.split(text):
        row = _row(line)
        if text_of >= 0 and (row.at == len(line) or row.column > _owner_column(rows[text_of])):
            rows.append(evolve(row, text_of=text_of))
            continue
        text_of = -1
        if flow_of >= 0 and not _ends_flow(row, rows[flow_of]):
            rows.append(evolve(row, flow_of=flow_of))
            depth += balance(line[: row.end])
            flow_of = flow_of if depth > 0 else -1
            continue
        flow_of = -1
        rows.append(row)
        if _TEXT_BLOCK.match(row.value):
            text_of = len(rows) - 1
        elif row.value[:1] in ("[", "{") and (depth := balance(row.value)) > 0:
            flow_of = len(rows) - 1
    return tuple(rows)


def unquoted(written: str) -> str:
    """A key or value as written → the text that it stands for; what is not closed or not valid stays as it is."""
    if len(written) > 1 and written[0] == written[-1] == "'":
        return written[1:-1].replace("''", "'")
    if len(written) > 1 and written[0] == written[-1] == '"':
        try:
            return str(json.loads(written, strict=False))
        except ValueError:
            return written[1:-1]
    return written


def width(text: str) -> int:
    """The columns that the beginning of a line takes."""
    return sum(TAB if character == "\t" else 1 for character in text)


def _row(line: str) -> Row:
    head = _HEAD.match(line)
    assert head is not None
    at = head.end()
    found_dashes = islice(re.finditer("-", head["dashes"]), _DASHES)
    dashes = tuple(width(line[: head.start("dashes") + dash.start()]) for dash in found_dashes)
    content = _CONTENT.match(line, at)
    end = at + len(line[at : content.end() if content else at].rstrip())
    found = _KEY.match(line, at, end) or (None if dashes else _GLUED.match(line, at, end))
    plain = Row(text=line, column=width(line[:at]), at=at, end=end, dashes=dashes, value_at=at)
    if found is None:
        return plain
    colon = found.start("colon")
    value_at = min(colon + 1 + len(line[colon + 1 :]) - len(line[colon + 1 :].lstrip()), max(end, colon + 1))
    key = found["key"].rstrip()
    return evolve(plain, key=unquoted(key), key_end=at + len(key), colon=colon, value_at=value_at)


def _owner_column(row: Row) -> int:
    return row.column if row.colon >= 0 else row.dashes[-1] if row.dashes else -1


def _ends_flow(row: Row, opener: Row) -> bool:
    """Something stands no deeper than the key with the brackets: they were never closed."""
    closes = row.text[row.at : row.at + 1] in ("]", "}")
    return opener.colon >= 0 and not row.blank and row.column <= opener.column and not closes
