"""What comes of a request: an answer, or trouble that says what to do about it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal

from attrs import field, frozen

from agent_orchestrator.model.external.text import title

#: ``limited``: the budget is spent or the service asks for a pause; ``unreachable``: no connection, or too slow;
#: ``denied``: the credential may not; ``missing``: it is not there, or not to be seen; ``gone``: it was there;
#: ``failed``: the service failed; ``too-large``: more bytes than were wanted; ``unreadable``: not what was expected.
Kind = Literal["limited", "unreachable", "denied", "missing", "gone", "failed", "too-large", "unreadable"]
#: What reading an answer raises that has not the shape that its service describes.
ODD = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


@frozen
class Answer:
    """An answer with a status below 400. ``headers`` have names in small letters.

    ``unchanged``: the service said that it is the same as the last time, at no cost.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    unchanged: bool = False

    def json(self) -> Any:
        """The body as JSON types. Raises ValueError."""
        return read_json(self.body)


@frozen
class Trouble:
    """There is no answer. ``sentence`` says what happened, ``until`` (seconds since 1970, or 0) when to ask again."""

    kind: Kind
    sentence: str
    until: float = 0.0
    status: int = 0

    @property
    def passes(self) -> bool:
        """Does it pass by itself, so that the same is worth asking again?"""
        return self.kind in ("limited", "unreachable")

    @property
    def stops(self) -> bool:
        """Is nothing else to be had now either?"""
        return self.kind in ("limited", "unreachable", "denied")


def unreadable(where: str, error: Exception, *, status: int = 0) -> Trouble:
    """An answer of another shape: ``error`` is what reading it raised. Its words can quote what was answered."""
    return Trouble("unreadable", f"{where}: {title(str(error))} ({type(error).__name__})", status=status)


def trouble_in(answer: object) -> Trouble | None:
    """The trouble, where an answer is some; None: it was done."""
    return answer if isinstance(answer, Trouble) else None


def read_json(body: bytes) -> Any:
    """JSON types. Raises ValueError, also for what is nested too deeply."""
    try:
        return json.loads(body)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
