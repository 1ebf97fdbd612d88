"""Which line of an earlier text a line is: what was said of a line goes with it, and nothing is guessed. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

#: What ends a line: the "Text Documents" of the Language Server Protocol.
LINE_END = re.compile(r"\r\n|\n|\r")


def lines_of(text: str) -> list[str]:
    """The lines as an editor counts them, without their ends: one more than there are ends."""
    return LINE_END.split(text)


def trace(before: Sequence[str], after: Sequence[str]) -> list[int | None]:
    """For each line of ``after``, which of ``before`` it is: the same ones at both ends, those that there is one of,
    and the same ones next to these. None: a new line."""
    shorter = min(len(before), len(after))
    head = next((i for i in range(shorter) if before[i] != after[i]), shorter)
    tail = next((i for i in range(shorter - head) if before[-1 - i] != after[-1 - i]), shorter - head)
    origins: list[int | None] = [None] * len(after)
    origins[:head] = range(head)
    origins[len(after) - tail :] = range(len(before) - tail, len(before))
    old, new = before[head : len(before) - tail], after[head : len(after) - tail]
    once = {text for text, count in Counter(old).items() if count == 1}
    once &= {text for text, count in Counter(new).items() if count == 1}
    place = {text: number for number, text in enumerate(old) if text in once}
    middle: list[int | None] = [place.get(text) for text in new]
    _spread(middle, old, new, 1)
    _spread(middle, old, new, -1)
    origins[head : len(after) - tail] = [None if origin is None else head + origin for origin in middle]
    return origins


def _spread(origins: list[int | None], old: Sequence[str], new: Sequence[str], step: int) -> None:
    """Equal lines next to lines that are known to be the same are the same as well."""
    taken = {origin for origin in origins if origin is not None}
    order = range(len(new)) if step > 0 else range(len(new) - 1, -1, -1)
    for number in order:
        beside = number - step
        known = origins[beside] if 0 <= beside < len(new) else None
        if origins[number] is not None or known is None:
            continue
        candidate = known + step
        if 0 <= candidate < len(old) and candidate not in taken and old[candidate] == new[number]:
            origins[number] = candidate
            taken.add(candidate)
