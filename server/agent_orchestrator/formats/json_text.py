"""JSON from outside: strict where it matters, and read without trusting any type."""

from __future__ import annotations

import json
from collections import Counter
from typing import cast

#: Bytes of a report that are read; a larger one is refused.
SIZE_CAP = 50 * 1024 * 1024


class Malformed(ValueError):
    """A report that can not be read; the text is a sentence for a person."""


def load(data: bytes) -> object:
    """The JSON value in ``data``.

    Raises :class:`Malformed` for text that is not JSON, is not UTF-8, repeats a key in one object, nests too deep for
    the interpreter, or is larger than :data:`SIZE_CAP`.
    """
    if len(data) > SIZE_CAP:
        raise Malformed(f"the report is {len(data)} bytes long; the limit is {SIZE_CAP}")
    try:
        return cast(object, json.loads(data.decode("utf-8-sig"), object_pairs_hook=_unique))
    except Malformed:
        raise
    except RecursionError:
        raise Malformed("the report is nested too deep") from None
    except ValueError as error:
        raise Malformed(f"the report is not JSON: {error}") from None


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        repeated = next(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        raise Malformed(f"the report repeats the key {repeated[:80]!r} in one object")
    return found


def mapping(value: object) -> dict[str, object]:
    """``value`` if it is an object, else an empty one."""
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


def items(value: object) -> list[object]:
    """``value`` if it is an array, else an empty one."""
    return cast("list[object]", value) if isinstance(value, list) else []


def text(value: object) -> str:
    """``value`` if it is a string, else an empty one."""
    return value if isinstance(value, str) else ""


def number(value: object) -> int:
    """``value`` if it is a whole number from 0 to 2³¹ - 1, else 0 (which positions use for unknown)."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31 else 0
