"""Where things stand in a text: what an edit needs to know beyond the marks of ``yaml.compose``."""

from __future__ import annotations

import re

import yaml
from attrs import frozen

from agent_orchestrator.config.nodes import Node

_COLON = re.compile(r"[ \t]*:")
_COMMA = re.compile(r"[ \t]*,")
_ALIAS = re.compile(r"[ \t\r\n]*(\*[^\s,\]}]+)")
_COMMENT = re.compile(r"(?:^|(?<=\s))#[^\r\n]*", re.MULTILINE)


@frozen
class Span:
    """A range of characters, ``start`` included, ``end`` not."""

    start: int
    end: int


def end_of(node: Node) -> int:
    """Index just behind the last character that belongs to a node.

    The end mark of a block collection is where the *next* thing starts, behind comments that are not its own, so the
    end is that of its last part. Block text ends behind its line end.
    """
    while isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        if not isinstance(last, tuple):
            node = last
        elif is_alias(*last):
            return int(last[0].end_mark.index)
        else:
            node = last[1]
    return int(node.end_mark.index)


def is_alias(key_node: Node, value: Node) -> bool:
    """Whether the value of a key is an alias: the node it stands for was written before the key."""
    return bool(value.start_mark.index < key_node.end_mark.index)


def after_colon(text: str, key_node: Node) -> int | None:
    """Index behind the colon of a key, or None for a key written with ``?`` and the colon elsewhere."""
    match = _COLON.match(text, key_node.end_mark.index)
    return match.end() if match else None


def alias_span(text: str, colon: int) -> Span | None:
    """Where the alias behind a colon stands."""
    match = _ALIAS.match(text, colon)
    return Span(*match.span(1)) if match else None


def comma_behind(text: str, index: int) -> int | None:
    """Index behind the comma that follows on the same line, or None."""
    match = _COMMA.match(text, index)
    return match.end() if match else None


def line_end(text: str, index: int) -> int:
    """Index of the end of the line (before its line break) that holds a character."""
    match = re.compile(r"\r\n|\n|\r|\Z").search(text, index)
    return match.start() if match else len(text)


def next_line(text: str, index: int) -> int:
    """Index of the first character behind the line break of the line that holds a character."""
    end = line_end(text, index)
    return end + (2 if text.startswith("\r\n", end) else 1 if end < len(text) else 0)


def line_start(text: str, index: int) -> int:
    """Index of the first character of the line that holds a character."""
    return max(text.rfind("\n", 0, index), text.rfind("\r", 0, index)) + 1


def behind_inner_comments(text: str, index: int, column: int) -> int:
    """Index behind the comments that follow and are indented deeper than ``column``: they belong to what is above.

    ``index`` is a line's start or its end; so is the answer.
    """
    behind = index
    at = index if index == line_start(text, index) else next_line(text, index)
    while at < len(text):
        end = line_end(text, at)
        said = text[at:end].lstrip(" ")
        if said.startswith("#") and end - at - len(said) > column:
            behind = end
        elif said.strip():
            break
        at = next_line(text, end)
    return behind


def newline_of(text: str) -> str:
    """The line break a text uses."""
    return "\r\n" if "\r\n" in text else "\n"


def comments(text: str) -> tuple[Span, ...]:
    """Where the comments of a text that can be composed stand, in order.

    A comment stands between tokens, so a ``#`` inside text is none; block text may have one behind its ``|``.
    """
    found: list[Span] = []
    behind = 0
    for token in yaml.scan(text, Loader=yaml.SafeLoader):
        found += _comments_between(text, behind, token.start_mark.index)
        behind = max(behind, token.end_mark.index)
        if isinstance(token, yaml.ScalarToken) and token.style in ("|", ">"):
            start = int(token.start_mark.index)
            found += _comments_between(text, start, line_end(text, start))
    return (*found, *_comments_between(text, behind, len(text)))


def _comments_between(text: str, start: int, end: int) -> list[Span]:
    return [Span(*match.span()) for match in _COMMENT.finditer(text, start, end)]
