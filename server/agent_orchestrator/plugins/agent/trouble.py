"""Which kind of error an agent's turn ended in, from an HTTP status or the words that a program found for it."""

from __future__ import annotations

import re

from agent_orchestrator.ports.agent import FAILED, NO_CREDIT, NOT_LOGGED_IN, RATE_LIMITED, REFUSED, UNREACHABLE

#: Words of services and programs → the kind; the first that is found counts.
_WORDS = tuple(
    (re.compile(words, re.IGNORECASE), kind)
    for words, kind in (
        (r"insufficient.?(quota|credit|balance|funds)|credit balance|payment required|billing", NO_CREDIT),
        (r"rate.?limit|too.?many.?requests|usage limit|quota|resource.?exhausted", RATE_LIMITED),
        (r"unauthori[sz]ed|authenticat|auth_error|api.?key|invalid auth|log ?in\b|not signed in", NOT_LOGGED_IN),
        (r"overloaded|unavailable|internal.?server|server_error|bad gateway", UNREACHABLE),
        (r"econn|enotfound|eai_again|connect|network|timed.?out|timeout|fetch failed", UNREACHABLE),
        (r"invalid.?(request|argument)|bad.?request|context.?(length|window)|not.?found", REFUSED),
    )
)


def kind_of(words: str, status: int | None = None) -> str:
    """The kind of an error; the status counts more than the words, but who can not pay is told so by words alone."""
    worded = next((kind for pattern, kind in _WORDS if pattern.search(words)), FAILED)
    if status is None or (worded == NO_CREDIT and status < 500):
        return worded
    if status == 402:
        return NO_CREDIT
    if status == 429:
        return RATE_LIMITED
    if status in (401, 403):
        return NOT_LOGGED_IN
    return REFUSED if 400 <= status < 500 and status != 408 else UNREACHABLE
