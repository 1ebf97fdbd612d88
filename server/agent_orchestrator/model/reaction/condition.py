"""Conditions of reactions: a small language of comparisons over the fields of an event. Nothing in it can be called.

condition := or          or   := and ("or" and)*          and := not ("and" not)*
not       := "not" not | compared
compared  := value (("==" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "not in" | "matches") value)?
value     := "(" or ")" | "[" value, … "]" | 'text' | "text" | number | true | false | field.of.it
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from attrs import frozen

from agent_orchestrator.model.reaction.pattern import compiled, matches

#: What fields and values are.
Value: TypeAlias = "str | float | bool | tuple[Value, ...] | None"
#: Characters of a condition, and how deep it may be nested.
_MOST, _DEEPEST = 2_000, 40

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'[^'\n]*'|\"[^\"\n]*\")|(?P<number>\d+(?:\.\d+)?)|(?P<word>[A-Za-z_][\w.-]*)"
    r"|(?P<sign>==|!=|<=|>=|<|>|\(|\)|\[|\]|,)|(?P<other>\S))"
)
_WORDS: Mapping[str, Value] = {"true": True, "false": False, "null": None}
_OPERATORS = ("==", "!=", "<=", ">=", "<", ">", "in", "not", "matches")


class ConditionError(ValueError):
    """A condition can not be read. ``column`` counts characters from 0."""

    def __init__(self, message: str, column: int) -> None:
        super().__init__(message)
        self.column = column


@frozen
class Condition:
    """A condition that was read. ``fields``: those that it names, each with its column."""

    text: str
    fields: tuple[tuple[str, int], ...]
    _holds: Callable[[Mapping[str, Value]], Value]

    def holds(self, facts: Mapping[str, Value]) -> bool:
        """Does it hold for an event? A field that the event lacks equals nothing and is in nothing."""
        return bool(self._holds(facts))


_Node: TypeAlias = Callable[[Mapping[str, Value]], Value]


def parse(text: str) -> Condition:
    """Read a condition. Raises ConditionError."""
    if len(text) > _MOST:
        raise ConditionError(f"a condition has at most {_MOST} characters", _MOST)
    parser = _Parser(_tokens(text), len(text))
    node = parser.either(0)
    if (rest := parser.peek()) is not None:
        raise ConditionError(f"{rest.text!r} is not expected here", rest.column)
    return Condition(text, tuple(parser.fields), node)


@frozen
class _Token:
    kind: str
    text: str
    column: int


def _tokens(text: str) -> list[_Token]:
    found = []
    at = 0
    while at < len(text.rstrip()):
        match = _TOKEN.match(text, at)
        assert match is not None
        kind = str(match.lastgroup)
        if kind == "other":
            what = "a quote that is not closed" if match[kind] in "'\"" else f"{match[kind]!r} means nothing here"
            raise ConditionError(what, match.start(kind))
        found.append(_Token(kind, match[kind], match.start(kind)))
        at = match.end()
    return found


class _Parser:
    def __init__(self, tokens: Sequence[_Token], end: int) -> None:
        self._tokens = tokens
        self._at = 0
        self._end = end
        self.fields: list[tuple[str, int]] = []

    def peek(self, *texts: str) -> _Token | None:
        """The next token; with ``texts``: only if it is one of these, and no quoted text."""
        token = self._tokens[self._at] if self._at < len(self._tokens) else None
        if token is None or not texts:
            return token
        return token if token.kind != "text" and token.text in texts else None

    def _take(self, *texts: str) -> bool:
        found = self.peek(*texts) is not None
        self._at += found
        return found

    def _need(self, text: str) -> None:
        if not self._take(text):
            token = self.peek()
            raise ConditionError(f"{text!r} is missing", token.column if token else self._end)

    def either(self, depth: int) -> _Node:
        nodes = [self._both(depth)]
        while self._take("or"):
            nodes.append(self._both(depth))
        return nodes[0] if len(nodes) == 1 else lambda facts: any(node(facts) for node in nodes)

    def _both(self, depth: int) -> _Node:
        nodes = [self._not(depth)]
        while self._take("and"):
            nodes.append(self._not(depth))
        return nodes[0] if len(nodes) == 1 else lambda facts: all(node(facts) for node in nodes)

    def _not(self, depth: int) -> _Node:
        if depth > _DEEPEST:
            raise ConditionError("it is nested too deeply", self._end)
        if self._take("not"):
            node = self._not(depth + 1)
            return lambda facts: not node(facts)
        return self._compared(depth + 1)

    def _compared(self, depth: int) -> _Node:
        left = self._value(depth)
        if not (token := self.peek(*_OPERATORS)):
            return left
        self._at += 1
        if token.text == "not":
            self._need("in")
            right = self._value(depth)
            return lambda facts: not _is_in(left(facts), right(facts))
        if token.text == "matches":
            pattern = self._pattern()
            return lambda facts: _matches(pattern, left(facts))
        right = self._value(depth)
        compare = _COMPARE[token.text]
        return lambda facts: compare(left(facts), right(facts))

    def _pattern(self) -> re.Pattern[str]:
        token = self.peek()
        if token is None or token.kind != "text":
            raise ConditionError("a pattern in quotes is missing", token.column if token else self._end)
        self._at += 1
        try:
            return compiled(token.text[1:-1])
        except ValueError as error:
            raise ConditionError(str(error), token.column) from error

    def _value(self, depth: int) -> _Node:
        token = self.peek()
        if token is None:
            raise ConditionError("a value is missing", self._end)
        self._at += 1
        if token.kind == "text":
            return _constant(token.text[1:-1])
        if token.kind == "number":
            return _constant(float(token.text))
        if token.text == "(":
            node = self.either(depth + 1)
            self._need(")")
            return node
        if token.text == "[":
            return self._list(depth)
        if token.kind == "sign" or token.text in (*_OPERATORS, "and", "or"):
            raise ConditionError(f"a value is missing before {token.text!r}", token.column)
        if token.text in _WORDS:
            return _constant(_WORDS[token.text])
        self.fields.append((token.text, token.column))
        return lambda facts: facts.get(token.text)

    def _list(self, depth: int) -> _Node:
        nodes: list[_Node] = []
        while not self._take("]"):
            if nodes:
                self._need(",")
            if depth > _DEEPEST:
                raise ConditionError("it is nested too deeply", self._end)
            nodes.append(self._value(depth + 1))
        return lambda facts: tuple(node(facts) for node in nodes)


def _constant(value: Value) -> _Node:
    return lambda _: value


def _is_in(item: Value, container: Value) -> bool:
    if isinstance(container, str):
        return isinstance(item, str) and item in container
    return isinstance(container, tuple) and item in container


def _matches(pattern: re.Pattern[str], value: Value) -> bool:
    texts = value if isinstance(value, tuple) else (value,)
    return any(isinstance(text, str) and matches(pattern, text) for text in texts)


def _ordered(compare: Callable[[float, float], bool]) -> Callable[[Value, Value], bool]:
    def ordered(left: Value, right: Value) -> bool:
        numbers = (left, right)
        return all(isinstance(n, float | int) for n in numbers) and compare(*numbers)  # type: ignore[arg-type]

    return ordered


_COMPARE: Mapping[str, Callable[[Value, Value], bool]] = {
    "==": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    "<": _ordered(lambda left, right: left < right),
    "<=": _ordered(lambda left, right: left <= right),
    ">": _ordered(lambda left, right: left > right),
    ">=": _ordered(lambda left, right: left >= right),
    "in": _is_in,
}
