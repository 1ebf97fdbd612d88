"""One scalar node → a value of a kind, or the problem with it."""

from __future__ import annotations

import math
import re
from collections.abc import Collection
from typing import Any

import yaml
from attrs import evolve

from agent_orchestrator.config.nodes import BOOL, FLOAT, INT, NULL, STR, Node, is_mapping, is_sequence
from agent_orchestrator.model.config_kinds import (
    Choice,
    Flag,
    Folder,
    Integer,
    Kind,
    Matcher,
    Name,
    Number,
    Scalar,
    Shell,
    Text,
    allowed_text,
)
from agent_orchestrator.model.config_problem import Code, Problem, Severity, nearest, shown

_UNUSABLE = re.compile(r"[\x00\ud800-\udfff]")
#: What YAML 1.1 reads as true and false; here it is text, and someone who writes it means a flag.
_OLD_FLAGS = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}
#: Longer than any whole number that means something here, shorter than what Python refuses to convert.
_DIGITS = 18


def describe(node: Node, *, secret: bool = False) -> str:
    """What stands at a node, in words; the value itself is left out where it may be a secret."""
    if is_mapping(node):
        return "a mapping"
    if is_sequence(node):
        return "a list"
    if not isinstance(node, yaml.ScalarNode) or node.tag not in (STR, INT, FLOAT, BOOL, NULL):
        return f"a value with the tag {shown(node.tag)}"
    if node.tag == NULL:
        return "nothing"
    if secret:
        return "text" if node.tag == STR else "a number, true or false"
    if node.tag == STR:
        return f"the text {shown(node.value)}"
    return ("the number " if node.tag in (INT, FLOAT) else "") + shown(node.value)[1:-1]


def read_scalar(kind: Kind, node: Node, names: Collection[str] = ()) -> Any | Problem:
    """The value of a scalar node for a kind of one value; ``names`` adds to what a :class:`Name` accepts.

    A planned word is a value: :func:`planned_word` tells about it. The problem's path is empty.
    """
    if not isinstance(node, yaml.ScalarNode) or node.tag not in (STR, INT, FLOAT, BOOL):
        return _wrong(kind, node)
    if _UNUSABLE.search(node.value):
        return _wrong(kind, node, message="this holds a character that no command, file or message can hold")
    text: str = node.value
    match kind:
        case Scalar():
            return text
        case Flag():
            return text.lower() == "true" if node.tag == BOOL else _wrong(kind, node, _OLD_FLAGS.get(text.lower(), ""))
        case Integer(minimum, maximum):
            if node.tag != INT:
                return _wrong(kind, node)
            value = int(text) if len(text) <= _DIGITS else None
            fits = value is not None and minimum <= value and (maximum is None or value <= maximum)
            return value if fits else _wrong(kind, node, code=Code.VALUE)
        case Number(zero):
            if node.tag not in (INT, FLOAT):
                return _wrong(kind, node)
            number = float(text)
            fits = math.isfinite(number) and (number > 0 or (zero and number == 0))
            return number if fits else _wrong(kind, node, code=Code.VALUE)
        case _ if node.tag != STR:
            return _wrong(kind, node, suggestion=f'"{shown(text)[1:-1]}" in quotes' if isinstance(kind, Text) else "")
        case Text(pattern, _):
            return text if not pattern or re.fullmatch(pattern, text) else _wrong(kind, node, code=Code.VALUE)
        case Shell() | Folder():
            return text if text.strip() else _wrong(kind, node, code=Code.VALUE)
        case Choice(values, planned) | Matcher(values, planned, _):
            known = (*values, *planned)
            return text if text in known else _wrong(kind, node, nearest(text, known), code=Code.VALUE)
        case Name(_, values, planned, _):
            known = (*values, *planned, *(name for name in names if name not in (*values, *planned)))
            if text in known:
                return text
            problem = _wrong(kind, node, nearest(text, known), code=Code.REFERENCE)
            return evolve(problem, allowed=", ".join(known) or problem.allowed)
        case _:
            return _wrong(kind, node)


def planned_word(kind: Kind, value: object, names: Collection[str] = ()) -> Problem | None:
    """The information that a value is accepted but what it names is not built yet, if so."""
    if not isinstance(kind, Choice | Name | Matcher) or value not in kind.planned or value in names:
        return None
    what = kind.slot if isinstance(kind, Name) else "format" if isinstance(kind, Matcher) else "value"
    return Problem(
        path=(),
        message=f"the {what} {value} is not built yet",
        code=Code.PLANNED,
        severity=Severity.INFORMATION,
        allowed=("usable now: " + ", ".join(kind.values)) if kind.values else "",
    )


def _wrong(
    kind: Kind,
    node: Node,
    suggestion: str = "",
    *,
    message: str = "",
    code: Code = Code.TYPE,
) -> Problem:
    return Problem(
        path=(),
        message=message
        or ("this is not the right kind of value" if code is Code.TYPE else "this value is not allowed"),
        code=code,
        found=describe(node, secret=isinstance(kind, Scalar)),
        allowed=allowed_text(kind),
        suggestion=suggestion,
    )
