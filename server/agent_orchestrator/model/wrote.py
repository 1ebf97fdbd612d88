"""Which files below a folder an agent says that it changes, by its own events. What only reads them is left out."""

from __future__ import annotations

import re
from collections.abc import Iterable

from agent_orchestrator.model.activity import ALLOW, ALLOW_ALWAYS, WORKING, Ask, Fact

#: Words before the colon in what it works on that change nothing.
_LOOKS = frozenset(("read", "grep", "glob", "ls", "list", "search", "find", "view", "fetch", "think", "notebookread"))
#: What an agent works on is told in so many characters; what is longer is cut. Here it then ends with the sign.
_LIMIT, _CUT = 80, "…"


def named(fact: Fact, folder: str) -> frozenset[str]:
    """The paths below ``folder``, relative to it, that a fact says the agent works on; one that was cut ends with …"""
    verb, _, what = fact.text.partition(": ")
    if fact.kind != WORKING or not what or verb.lower() in _LOOKS:
        return frozenset()
    cut = len(fact.text) >= _LIMIT
    return frozenset(f"{path}{_CUT}" if cut and what.endswith(path) else path for path in _below(what, folder))


def allowed(ask: Ask, option: str, folder: str) -> tuple[frozenset[str], frozenset[str]]:
    """The paths below ``folder`` that a question is about, as (those that it was allowed to change, the others)."""
    if ask.action not in ("edit", "run"):
        return frozenset(), frozenset()
    paths = frozenset(path for subject in ask.subjects for path in _below(subject, folder))
    chosen = next((each for each in ask.options if each.id == option), None)
    return (paths, frozenset()) if chosen and chosen.does in (ALLOW, ALLOW_ALWAYS) else (frozenset(), paths)


def is_named(path: str, names: Iterable[str]) -> bool:
    """Is a path, relative to the folder, among what was named?"""
    return any(path.startswith(name[: -len(_CUT)]) if name.endswith(_CUT) else path == name for name in names)


def _below(text: str, folder: str) -> Iterable[str]:
    """What in a path, a list of paths or a line of shell lies below ``folder``."""
    start = f"{folder.rstrip('/')}/"
    for part in (text, *text.split(", ")):
        if part.startswith(start):
            yield part[len(start) :]
    yield from re.findall(re.escape(start) + r"""([^\s'"`;&|<>()]+)""", text)
