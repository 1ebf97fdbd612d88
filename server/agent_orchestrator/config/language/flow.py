"""What stands in brackets, as far as it was typed: ``{a: 1, b: [c`` is inside of the list of ``b``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from attrs import define, field, frozen

_TOKEN = re.compile(
    r"""(?P<quoted>"(?:[^"\\]|\\.)*(?:"|\Z)|'(?:[^']|'')*(?:'|\Z))|(?P<sign>[\[\]{},])|(?P<colon>:(?=[\s,\[\]{}]|\Z))"""
    r"""|(?P<blank>\s+)|(?P<plain>(?:[^\s,\[\]{}:"']|:(?![\s,\[\]{}]|\Z))(?:[^\s,\[\]{}:]|:(?![\s,\[\]{}]|\Z))*)|."""
)


@define
class _Level:
    sign: str
    key: str | None = None
    index: int = 0
    keys: list[str] = field(factory=list)


@frozen
class Flow:
    """Where the end of a text in brackets is: the way into them, the word that is begun, and the keys beside it.

    ``key``: a key is to be typed, not a value. ``start`` is the word's index.
    """

    path: tuple[str | int, ...]
    key: bool
    start: int
    siblings: frozenset[str]


def flow_at_end(text: str) -> Flow | None:
    """Where the end of ``text``, which begins with a bracket, is; None when the brackets are closed before."""
    levels: list[_Level] = []
    start, word = len(text), ""
    for kind, token, at in _tokens(text):
        if kind in ("plain", "quoted"):
            # A plain word may go on behind a blank.
            start, word = (at, token) if not word else (start, text[start : at + len(token)])
            continue
        if kind == "blank":
            continue
        if kind == "colon" and levels and levels[-1].sign == "{":
            levels[-1].key = word.strip("\"'")
            levels[-1].keys.append(levels[-1].key)
        elif token in ("[", "{"):
            levels.append(_Level(token))
        elif token in ("]", "}"):
            if levels:
                levels.pop()
            if not levels:
                return None
        elif token == "," and levels:
            levels[-1].key = None
            levels[-1].index += 1
        start, word = len(text), ""
    if not levels:
        return None
    path: list[str | int] = []
    for level in levels:
        if level.sign == "[":
            path.append(level.index)
        elif level.key is not None:
            path.append(level.key)
    last = levels[-1]
    return Flow(tuple(path), last.sign == "{" and last.key is None, start, frozenset(last.keys))


def balance(line: str) -> int:
    """How many more brackets a line opens than it closes."""
    return sum((token in "[{") - (token in "]}") for kind, token, _ in _tokens(line) if kind == "sign")


def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
    for match in _TOKEN.finditer(text):
        yield match.lastgroup or "other", match.group(), match.start()
