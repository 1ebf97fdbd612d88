"""What goes wrong on purpose: a fault waits for its request, and is used up by it."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from typing import Any

from attrs import define, evolve, field

from .message import Answer, Request, answer

#: Makes of a request, and of the right answer to it, another answer. The right one is made only when it is asked for.
Spoil = Callable[[Request, Callable[[], Answer]], Answer]


@define(eq=False)
class Fault:
    """``times`` requests whose ``METHOD path?query`` or body has ``where`` in it are spoiled."""

    spoil: Spoil
    where: str = ""
    times: int = 1

    def fits(self, request: Request) -> bool:
        """Whether it is for this one."""
        head = f"{request.method} {request.path}?{request.query}"
        return self.times > 0 and (self.where in head or self.where.encode() in request.body)


@define(eq=False)
class Faults:
    """The faults that wait, first come first served."""

    waiting: list[Fault] = field(factory=list)

    def add(self, spoil: Spoil, *, where: str = "", times: int = 1) -> Fault:
        """Let the next requests go wrong."""
        self.waiting.append(Fault(spoil, where, times))
        return self.waiting[-1]

    def clear(self) -> None:
        """Let all be well again."""
        self.waiting.clear()

    def spoil(self, request: Request, right: Callable[[], Answer]) -> Answer:
        """The answer, spoiled where a fault waits for the request."""
        found = next((fault for fault in self.waiting if fault.fits(request)), None)
        if found is None:
            return right()
        found.times -= 1
        return found.spoil(request, right)


def status(code: int, message: str = "", **headers: str) -> Spoil:
    """Nothing is done, and the answer is an error: ``status(502)``, ``status(429, retry_after="30")``."""
    body = {"message": message or f"status {code}", "documentation_url": "https://docs.github.com/rest"}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda request, right: answer(body, code, named)


def secondary(seconds: int = 60) -> Spoil:
    """GitHub's limit for who asks too fast: https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api."""
    text = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
    return status(403, text, retry_after=str(seconds))


def gateway(code: int = 502) -> Spoil:
    """A proxy in front of the service answers, in HTML: 502 or 504."""
    html = b"<html><head><title>Unicorn!</title></head><body>We had issues producing the response.</body></html>"
    return lambda request, right: Answer(code, html, {"content-type": "text/html; charset=utf-8"})


def lost(code: int = 502) -> Spoil:
    """The service does what was asked, and its answer is lost: what idempotency is for."""

    def spoil(request: Request, right: Callable[[], Answer]) -> Answer:
        right()
        return gateway(code)(request, right)

    return spoil


def cut(after: int = 0) -> Spoil:
    """The connection ends after so many bytes of the body; with 0 before any answer."""
    return lambda request, right: evolve(right(), cut=after)


def said(value: Any) -> Spoil:
    """Nothing is done, and the answer is JSON of another shape."""
    return lambda request, right: answer(value)


def undefined(*names: str) -> Spoil:
    """A server that is too old for some fields of GraphQL refuses a document that asks for one, and names the first."""

    def spoil(request: Request, right: Callable[[], Answer]) -> Answer:
        words = set(re.findall(r"\w+", str(request.json().get("query"))))
        missing = next((name for name in names if name in words), None)
        if missing is None:
            return right()
        extensions = {"code": "undefinedField", "typeName": "Type", "fieldName": missing}
        return answer(
            {"errors": [{"message": f"Field '{missing}' doesn't exist on type 'Type'", "extensions": extensions}]}
        )

    return spoil


class Held:
    """A body that stops in its middle until ``release``."""

    def __init__(self) -> None:
        self.event = threading.Event()

    def release(self) -> None:
        """Let the rest come."""
        self.event.set()

    def __call__(self, request: Request, right: Callable[[], Answer]) -> Answer:
        """Spoil a request."""
        return evolve(right(), held=self.event)
