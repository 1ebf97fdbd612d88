"""A REST request on its way to the function of its operation."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, unquote

from attrs import define, field, frozen

from ...wire.message import Request, link
from ..lab import Lab
from ..merge_request import Issue, MergeRequest
from ..people import Account, level
from ..pipeline import Job, Pipeline
from ..project import Project

PER_PAGE, MOST = 20, 100


class Problem(Exception):
    """The answer is an error: its status and message."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@frozen
class Reply:
    """A value to answer with; ``body`` where it is no JSON."""

    value: Any
    status: int = 200
    headers: Mapping[str, str] = field(factory=dict)
    body: bytes | None = None
    kind: str = "text/plain; charset=utf-8"


@define(eq=False)
class Ask:
    """``path`` are the parts of the address. A parameter that nobody reads is a loud error."""

    lab: Lab
    account: Account
    request: Request
    path: Mapping[str, str]
    api: str
    web: str
    read: set[str] = field(factory=set)

    def param(self, name: str, default: str = "") -> str:
        """A parameter of the query, or of the body."""
        self.read.add(name)
        return str(self.given().get(name, default))

    def flag(self, name: str) -> bool:
        """A parameter that is true or false."""
        return self.param(name).lower() in ("true", "1")

    def many(self, name: str) -> list[str]:
        """A parameter that may come more than once (``name[]``), or with commas."""
        self.read |= {name, f"{name}[]"}
        found = self.given().get(f"{name}[]", self.given().get(name, []))
        several = [value for key, value in self.request.params_list if key == f"{name}[]"] or found
        return several if isinstance(several, list) else [part for part in str(several).split(",") if part]

    def given(self) -> dict[str, Any]:
        """The query, and what the body has: JSON or a form."""
        body = self.request.body
        if not body:
            return dict(self.request.params)
        if "json" in self.request.headers.get("content-type", ""):
            return {**self.request.params, **json.loads(body)}
        return {**self.request.params, **dict(parse_qsl(body.decode()))}

    @property
    def project(self) -> Project:
        """That of the path, by its number or path; 404 where it is not there, or not to be seen."""
        wanted = self.path["id"]
        found_ = next((p for p in self.lab.projects.values() if wanted in (p.path, str(p.id))), None)
        if found_ is None or (found_.private and not level(found_, self.account)):
            raise Problem(404, "404 Project Not Found")
        return found_

    @property
    def merge_request(self) -> MergeRequest:
        """That of the path."""
        return found(self.project.merge_requests.get(int(self.path["iid"])))

    @property
    def issue(self) -> Issue:
        """That of the path: an issue, or where the path says so a merge request."""
        if "/merge_requests/" in self.request.path:
            return self.merge_request
        return found(self.project.issues.get(int(self.path["iid"])))

    @property
    def pipeline(self) -> Pipeline:
        """That of the path."""
        return found(next((p for p in self.project.pipelines if str(p.id) == self.path["pid"]), None))

    @property
    def job(self) -> Job:
        """That of the path."""
        every = (job for pipeline in self.project.pipelines for job in pipeline.jobs)
        return found(next((job for job in every if str(job.id) == self.path["jid"]), None))

    def allowed(self, at_least: int) -> None:
        """403 where the asker has not a level."""
        if level(self.project, self.account) < at_least:
            raise Problem(403, "403 Forbidden")

    def listed(self, items: Sequence[Any], shape: Callable[[Ask, Any], Any]) -> Reply:
        """A page of a list, with the headers that tell of the others."""
        size = max(1, min(MOST, int(self.param("per_page", str(PER_PAGE)))))
        number = max(1, int(self.param("page", "1")))
        last = max(1, -(-len(items) // size))
        base = f"{self.request.scheme}://{self.request.host}{self.request.path}"
        pages = {
            "x-total": str(len(items)),
            "x-total-pages": str(last),
            "x-page": str(number),
            "x-per-page": str(size),
            "x-next-page": str(number + 1) if number < last else "",
            "x-prev-page": str(number - 1) if number > 1 else "",
        }
        shown = [shape(self, item) for item in items[(number - 1) * size : number * size]]
        return Reply(shown, 200, {**pages, **link(self.request, number, last, base)})


def found(value: Any) -> Any:
    """The value; 404 of None."""
    if value is None:
        raise Problem(404, "404 Not found")
    return value


Handler = Callable[[Ask], Reply]
ROUTES: list[tuple[str, re.Pattern[str], Handler]] = []


def route(name: str) -> Callable[[Handler], Handler]:
    """Decorates the function of an operation: ``@route("GET /projects/:id")``. ``*`` at the end has slashes."""
    method, _, path = name.partition(" ")

    def part(match: re.Match[str]) -> str:
        return f"(?P<{match[1]}>{'.+' if match[2] else '[^/]+'})"

    def enter(handler: Handler) -> Handler:
        ROUTES.append((method, re.compile(re.sub(r":(\w+)(\*?)", part, path)), handler))
        return handler

    return enter


def match(method: str, path: str) -> tuple[Handler, dict[str, str]] | None:
    """The function of a request, with the decoded parts of its path."""
    for known, pattern, handler in ROUTES:
        if known == method and (parts := pattern.fullmatch(path)):
            return handler, {name: unquote(value) for name, value in parts.groupdict().items()}
    return None
