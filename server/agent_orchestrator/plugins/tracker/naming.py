"""What a person calls an issue: a number, a key, or an address."""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import unquote, urlsplit

from agent_orchestrator.ports.scm import Place

_NUMBER = re.compile(r"[1-9][0-9]{0,8}")


def number_at(place: Place, prefix: str, below: Collection[str], text: str) -> int:
    """The number of an issue of a place (``456``, ``#456``, ``PREFIX-456``, ``owner/name#456``, an address); 0: none.

    ``below`` are the paths below the repository's own that end in a number.
    """
    word = text.strip()
    if "://" in word:
        return _addressed(place, below, word)
    before, mark, number = word.rpartition("#")
    if not mark:
        before, _, number = word.rpartition("-")
        own = before.lower() in ("", prefix.lower()) and (bool(before) or "-" not in word)
    else:
        own = before.lower() in ("", place.path.lower())
    return int(number) if own and _NUMBER.fullmatch(number) else 0


def number_of(key: str) -> int:
    """The number at the end of a key; 0: there is none."""
    number = key.rpartition("-")[2]
    return int(number) if _NUMBER.fullmatch(number) else 0


def _addressed(place: Place, below: Collection[str], address: str) -> int:
    found = parts_of(address)
    server = parts_of(place.server)
    if found is None or server is None or found[0] != server[0]:
        return 0
    path = found[1].lower()
    for each in below:
        start = f"{server[1]}/{place.path}/{each}/".lower()
        # An address may go on: a comment has one of its own.
        number = path.removeprefix(start).partition("/")[0]
        if path.startswith(start) and _NUMBER.fullmatch(number):
            return int(number)
    return 0


def parts_of(address: str) -> tuple[str, str] | None:
    """(host with its port, path without a slash at the end) of a web address; None: it is none."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or not parts.netloc:
        return None
    host = parts.netloc.rpartition("@")[2].lower().removeprefix("www.")
    return host, unquote(parts.path).rstrip("/")
