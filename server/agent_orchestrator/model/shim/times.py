"""Times as the forges write them. Kept free of imports: it is loaded each time."""

from __future__ import annotations


def seconds(text: str) -> int:
    """``2026-01-02T03:04:05Z`` → seconds since 1970. Raises LookupError for another shape."""
    if len(text) != 20 or text[19] != "Z":
        raise LookupError(text)
    import calendar

    numbers = (text[:4], text[5:7], text[8:10], text[11:13], text[14:16], text[17:19])
    if not all(number.isdecimal() for number in numbers):
        raise LookupError(text)
    return calendar.timegm(tuple(map(int, numbers)))
