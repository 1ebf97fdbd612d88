"""Putting a text into shape, without changing what it says: every comment and every value stays."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import yaml

from agent_orchestrator.config import layout
from agent_orchestrator.config.language.fix import Change
from agent_orchestrator.config.nodes import Node, compose
from agent_orchestrator.config.values import plain

#: Columns of a level.
STEP = 2
#: Characters of a text that is put into shape: of more, to read it takes seconds in which nobody else is served.
LARGE = 50_000
_LINE = re.compile(r"([^\r\n]*)(\r\n|\n|\r|\Z)")
#: What ends a line in YAML 1.1 and in no editor: with it the two count lines differently.
_OTHER_ENDS = re.compile("[\x85\u2028\u2029]")


def format_changes(text: str) -> tuple[Change, ...]:
    """The changes that put a text into shape, each within one line but the last; none for what is no YAML, or large.

    Blanks at the ends of lines go, the text ends with one line end, and nested keys stand two columns deeper than
    theirs where that changes nothing else.
    """
    if len(text) > LARGE:
        return ()
    for indents in (True, False):
        changes = tuple(_changes(text, indents=indents))
        if not changes or _same(text, _applied(text, changes)):
            return changes
    return ()


def _changes(text: str, *, indents: bool) -> Iterator[Change]:
    root = compose(text)
    if not isinstance(root, yaml.Node) or _OTHER_ENDS.search(text):
        return
    begin, end_inside = _inside_values(text)
    lines = [(m.start(), m[1]) for m in _LINE.finditer(text)]
    wanted = _indents(root, [line for _, line in lines]) if indents else {}
    last = max(number for number, (_, line) in enumerate(lines) if line.strip())
    for number, (start, line) in enumerate(lines[: last + 1]):
        bare = line.rstrip(" \t")
        lead = len(bare) - len(bare.lstrip(" "))
        indent = wanted.get(number, lead)
        if bare and indent != lead and number not in begin:
            yield Change(start, start + lead, " " * indent)
        if bare != line and number < last and number not in end_inside:
            yield Change(start + len(bare), start + len(line), "")
    start, line = lines[last]
    end = start + len(line.rstrip(" \t"))
    if last not in end_inside and text[end:] != layout.newline_of(text):
        yield Change(end, len(text), layout.newline_of(text))


def _inside_values(text: str) -> tuple[set[int], set[int]]:
    """The lines (from 0) that begin, and those that end, inside of a text or of brackets."""
    begin: set[int] = set()
    end: set[int] = set()
    depth, opened = 0, 0
    for token in yaml.scan(text, Loader=yaml.SafeLoader):
        first, last = token.start_mark.line, token.end_mark.line
        if isinstance(token, yaml.FlowMappingStartToken | yaml.FlowSequenceStartToken):
            opened = first if depth == 0 else opened
            depth += 1
        elif isinstance(token, yaml.FlowMappingEndToken | yaml.FlowSequenceEndToken):
            depth -= 1
            if depth == 0:
                begin |= set(range(opened + 1, last + 1))
                end |= set(range(opened, last))
        elif isinstance(token, yaml.ScalarToken) and token.style in ("|", ">"):
            # It ends at the beginning of the line behind it, or with the file.
            lines = set(range(first + 1, last + (1 if token.end_mark.column else 0)))
            begin |= lines
            end |= lines
        elif isinstance(token, yaml.ScalarToken):
            begin |= set(range(first + 1, last + 1))
            end |= set(range(first, last))
    return begin, end


def _indents(root: Node, lines: Sequence[str]) -> dict[int, int]:
    """Line → the columns in front of what it says, for the lines that begin with a key or an item of a block."""
    wanted: dict[int, int] = {}
    pending: list[tuple[Node, int]] = [(root, 0)]
    while pending:
        node, column = pending.pop()
        if isinstance(node, yaml.MappingNode) and not node.flow_style:
            for key, value in node.value:
                number = key.start_mark.line
                if not lines[number][: key.start_mark.column].strip():
                    wanted[number] = column
                if not layout.is_alias(key, value):
                    # A list may stand below its key: that is as common as deeper.
                    same = isinstance(value, yaml.SequenceNode) and value.start_mark.column == key.start_mark.column
                    pending.append((value, column if same else column + STEP))
        elif isinstance(node, yaml.SequenceNode) and not node.flow_style:
            for value in node.value:
                number = value.start_mark.line
                said = lines[number].lstrip(" ")
                if said.startswith("-") and number not in wanted and value.start_mark.index > node.start_mark.index:
                    wanted[number] = column
                    # What follows the dash keeps its distance from it.
                    pending.append((value, column + value.start_mark.column - (len(lines[number]) - len(said))))
    return _with_comments(wanted, lines)


def _with_comments(wanted: dict[int, int], lines: Sequence[str]) -> dict[int, int]:
    """A comment that stands as the next line with a key does goes on doing so."""
    following: int | None = None
    for number in range(len(lines) - 1, -1, -1):
        line = lines[number]
        if number in wanted:
            following = number
        elif line.lstrip(" ").startswith("#") and following is not None:
            lead = len(line) - len(line.lstrip(" "))
            if lead == len(lines[following]) - len(lines[following].lstrip(" ")):
                wanted[number] = wanted[following]
        elif line.strip():
            following = None
    return wanted


def _applied(text: str, changes: Sequence[Change]) -> str:
    for change in reversed(changes):
        text = change.of(text)
    return text


def _same(old: str, new: str) -> bool:
    """Do two texts say the same, comments included?"""
    before, after = compose(old), compose(new)
    if not isinstance(before, yaml.Node) or not isinstance(after, yaml.Node):
        return False
    said = [[text[span.start : span.end].rstrip() for span in layout.comments(text)] for text in (old, new)]
    return plain(before) == plain(after) and plain(before) is not None and said[0] == said[1]
