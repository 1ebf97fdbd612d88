"""Patterns that are tried on text from outside: none that can take long is accepted."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

#: Characters of a text that a pattern is tried on, and repetitions without an end that it may have one after another:
#: the steps of a search are at most the one to the power of the other.
MATCHED, REPETITIONS = 300, 3
#: In how many ways the rest of a pattern (parts that may be there or not, one or another) may be tried.
WAYS = 4096


def compiled(pattern: str) -> re.Pattern[str]:
    """Read a pattern. Raises ValueError, also for one that takes too long."""
    try:
        tree = parser.parse(pattern)
        read = re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"the pattern can not be read: {error}") from error
    if _repetitions(tree) > REPETITIONS:
        raise ValueError(f"a pattern has at most {REPETITIONS} repetitions without an end: it would take too long")
    if _ways(tree) > WAYS:
        raise ValueError("a pattern with so many parts that may be there or not would take too long")
    return read


def matches(pattern: re.Pattern[str], text: str) -> bool:
    """Is it in the beginning of the text?"""
    return pattern.search(text[:MATCHED]) is not None


def _repetitions(tree: Iterable[Any]) -> int:
    """The repetitions without an end. Raises ValueError for one in another, which takes exponential time."""
    found = 0
    for operator, argument in tree:
        inside = sum(_repetitions(part) for part in _parts(argument))
        if operator in (codes.MAX_REPEAT, codes.MIN_REPEAT) and argument[1] > REPETITIONS:
            if inside or _branches(argument[2]):
                raise ValueError("a repetition in a repetition takes too long; write it without the outer one")
            inside = 1
        found += inside
    return found


def _ways(tree: Iterable[Any]) -> int:
    """In how many ways a text can be tried, repetitions without an end left out; :data:`WAYS` and one is many."""
    found = 1
    for operator, argument in tree:
        inside = [_ways(part) for part in _parts(argument)]
        ways = sum(inside) if operator is codes.BRANCH else math.prod(inside)
        if operator in (codes.MAX_REPEAT, codes.MIN_REPEAT) and argument[1] <= REPETITIONS:
            ways = (argument[1] - argument[0] + 1) * ways ** argument[1]
        found = min(found * ways, WAYS + 1)
    return found


def _branches(tree: Iterable[Any]) -> bool:
    return any(
        operator is codes.BRANCH or any(_branches(part) for part in _parts(argument)) for operator, argument in tree
    )


def _parts(argument: Any) -> Iterable[Any]:
    """The patterns in the argument of an operator, however it holds them."""
    if isinstance(argument, parser.SubPattern):
        yield argument
    elif isinstance(argument, tuple | list):
        for each in argument:
            yield from _parts(each)
