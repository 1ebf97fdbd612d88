"""What agents use, by their own numbers, and why their turns end in errors."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from attrs import frozen

#: Why an agent's turn ended in an error: its usage limit is reached; the key or login is refused; the account can not
#: pay; the service failed or could not be reached; the request is refused; anything else.
RATE_LIMITED, NOT_LOGGED_IN, NO_CREDIT = "rate-limited", "not-logged-in", "no-credit"
UNREACHABLE, REFUSED, FAILED = "unreachable", "refused", "failed"
#: Its program could not be started: no turn took place.
MISSING = "missing"

N = TypeVar("N", int, float)

#: Errors that another try by the same agent would only repeat.
HOPELESS = (NOT_LOGGED_IN, NO_CREDIT)
#: Errors that are none of the tries which a task has.
NO_TRY = (RATE_LIMITED, MISSING)


@frozen
class Usage:
    """What a turn used, by the agent's own numbers; None where it does not say. ``cost`` is in US dollars.

    ``context`` is the share of the model's context window in use at the end, from 0 to 1. ``steps`` counts the calls of
    the model. ``so_far``: the tokens and the cost are those of the whole conversation, this turn and the ones before.
    """

    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int | None = None
    cost: float | None = None
    context: float | None = None
    steps: int | None = None
    model: str = ""
    so_far: bool = False


def total(turns: Iterable[Usage | None]) -> Usage:
    """The usage of the turns of one conversation: sums of what was said, and the newest share of the context."""
    said = [usage for usage in turns if usage is not None]

    def summed(numbers: Iterable[N | None]) -> N | None:
        found: N | None = None
        for usage, number in zip(said, numbers, strict=True):
            if number is not None:
                # A conversation that began anew in between counts from there on again: then this is too little.
                found = number if found is None or usage.so_far else found + number
        return found

    return Usage(
        input_tokens=summed(u.input_tokens for u in said),
        output_tokens=summed(u.output_tokens for u in said),
        cached_tokens=summed(u.cached_tokens for u in said),
        cost=summed(u.cost for u in said),
        context=next((u.context for u in reversed(said) if u.context is not None), None),
        steps=summed(u.steps for u in said),
        model=next((u.model for u in reversed(said) if u.model), ""),
    )
