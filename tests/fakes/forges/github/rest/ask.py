"""A REST request on its way to the function of its operation, and what that function gives back."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from attrs import define, field, frozen

from ...wire.message import Request, link
from ..people import may
from ..repository import Repository
from ..see import See
from .contract import Operation, wrong

#: https://docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api
PER_PAGE, MOST = 30, 100


class Problem(Exception):
    """The answer is an error: its status and message."""

    def __init__(self, status: int, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status, self.more = status, more


@frozen
class Reply:
    """A value to answer with; ``body`` where it is no JSON."""

    value: Any
    status: int = 200
    headers: Mapping[str, str] = field(factory=dict)
    body: bytes | None = None


@define(eq=False)
class Ask:
    """``path`` are the parts of the address. A published query parameter that nobody reads is not modelled."""

    see: See
    request: Request
    operation: Operation
    path: Mapping[str, str]
    read: set[str] = field(factory=set)
    base: str = ""

    def param(self, name: str, default: str = "") -> str:
        """A parameter of the query."""
        self.read.add(name)
        return self.request.params.get(name, default)

    def body(self) -> Any:
        """The body. Problem where it is not as published."""
        try:
            given = json.loads(self.request.body or b"{}")
        except ValueError:
            raise Problem(400, "Problems parsing JSON") from None
        if self.operation.body is not None and (errors := wrong(self.operation.body, given)):
            raise Problem(422, f"Invalid request.\n\n{errors}")
        return given

    @property
    def repository(self) -> Repository:
        """That of the path; 404 where it is not there, or not to be seen."""
        found = self.see.hub.repositories.get(f"{self.path['owner']}/{self.path['repo']}")
        if found is None or not may(found, self.see.account, "read"):
            raise Problem(404, "Not Found")
        return found

    def allowed(self, at_least: str = "write") -> None:
        """403 where the asker has not a permission."""
        if not may(self.repository, self.see.account, at_least):
            raise Problem(
                403, "Must have admin rights to Repository." if at_least == "admin" else "Resource not accessible"
            )

    def page(self, items: Sequence[Any]) -> tuple[Sequence[Any], dict[str, str]]:
        """(the part of a list that is asked for, its ``Link`` header)."""
        size = max(1, min(MOST, int(self.param("per_page", str(PER_PAGE)))))
        number = max(1, int(self.param("page", "1")))
        last = max(1, -(-len(items) // size))
        return items[(number - 1) * size : number * size], link(self.request, number, last, self.base)

    def listed(self, items: Sequence[Any], shape: Callable[[See, Any], Any], name: str = "") -> Reply:
        """A page of a list; with ``name`` inside of an object that has the ``total_count``."""
        shown, headers = self.page(items)
        values = [shape(self.see, item) for item in shown]
        return Reply({"total_count": len(items), name: values} if name else values, 200, headers)


Handler = Callable[[Ask], Reply]
HANDLERS: dict[str, Handler] = {}


def route(name: str) -> Callable[[Handler], Handler]:
    """Decorates the function of an operation: ``@route("GET /user")``."""

    def enter(handler: Handler) -> Handler:
        HANDLERS[name] = handler
        return handler

    return enter


def found(value: Any) -> Any:
    """The value; 404 of None."""
    if value is None:
        raise Problem(404, "Not Found")
    return value
