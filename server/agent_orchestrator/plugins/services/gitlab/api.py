"""Asking GitLab: its REST interface, its GraphQL interface, and what a server is too old, or too small, to know."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

from attrs import field, frozen

from agent_orchestrator.model.external.text import title
from agent_orchestrator.net.answers import Answer, Trouble, unreadable
from agent_orchestrator.net.client import Request
from agent_orchestrator.plugins.services.server import Server

#: Items of a page of a list: the most that there may be.
PAGE = 100
#: Fields that one document may lose before it is given up.
_FIELDS = 12
#: What an error says where a document asks for too much at once.
_TOO_MUCH = ("complexity", "timeout", "timed out")

#: Makes a document without some fields.
Document = Callable[[Collection[str]], str]


@frozen
class Reply:
    """What a document gave. ``errors``: what the service says that it could not give."""

    data: Mapping[str, Any]
    errors: tuple[str, ...] = ()
    #: Less is to be asked at once.
    too_much: bool = False
    #: Fields that the server does not have.
    undefined: frozenset[str] = frozenset()
    #: What it tells is no older than this, in seconds since 1970 by the server's own clock; 0: it does not say.
    at: float = 0.0


@frozen(slots=False)
class GitLab(Server):
    """One project at one server with one login: ``path`` is like ``group/name``."""

    path: str
    #: Fields that the server was found not to have: it is older, or of the edition that has them not.
    absent: set[str] = field(factory=set)

    program = "glab"

    @property
    def rest(self) -> str:
        """Where the REST interface is."""
        return f"{self.address.url}/api/v4"

    @property
    def web(self) -> str:
        """The project's page."""
        return f"{self.address.url}/{self.path}"

    @property
    def project(self) -> str:
        """The project's path in the REST interface."""
        return f"/projects/{quote(self.path, safe='')}"

    async def read(self, path: str, *, urgent: bool = False, most: int = 0) -> Any | Trouble:
        """The JSON at a path of the REST interface."""
        return self.json(await self.get(path, urgent=urgent, most=most))

    async def items(self, path: str, pages: int, *, urgent: bool = False) -> tuple[list[Any], bool] | Trouble:
        """The items of a list whose ``path`` has a query already, and whether there are more than in ``pages``."""
        found: list[Any] = []
        for page in range(1, pages + 1):
            read = await self.read(f"{path}&per_page={PAGE}&page={page}", urgent=urgent)
            if isinstance(read, Trouble):
                return read
            if not isinstance(read, list):
                return Trouble("unreadable", f"{self.host}: {path.partition('?')[0]} is no list")
            found += read
            if len(read) < PAGE:
                return found, False
        return found, True

    async def do(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any | Trouble:
        """Change something: what the service says of it (None: nothing)."""
        request = Request(method, f"{self.rest}{path}", body=body, urgent=True)
        answer = await self.send(request)
        return None if isinstance(answer, Answer) and not answer.body.strip() else self.json(answer)

    async def ask(self, document: Document, variables: Mapping[str, Any]) -> Reply | Trouble:
        """Ask for a document, without the fields that this server does not have."""
        for _ in range(_FIELDS):
            reply = await self._ask(document(self.absent), variables)
            if isinstance(reply, Trouble) or not reply.undefined - self.absent:
                break
            self.absent.update(reply.undefined)
        if isinstance(reply, Reply) and not reply.data and not reply.too_much:
            return Trouble("unreadable", f"{self.host}: {'; '.join(reply.errors)[:300] or 'nothing was answered'}")
        return reply

    def json(self, answer: Answer | Trouble) -> Any | Trouble:
        """What an answer holds."""
        if isinstance(answer, Trouble):
            return answer
        try:
            return answer.json()
        except ValueError as error:
            return unreadable(self.host, error, status=answer.status)

    async def _ask(self, document: str, variables: Mapping[str, Any]) -> Reply | Trouble:
        body = {"query": document, "variables": dict(variables)}
        began = self.http.now()
        given = await self.send(Request("POST", f"{self.address.url}/api/graphql", body=body, reads=True))
        answer = self.json(given)
        if isinstance(answer, Trouble) or isinstance(given, Trouble):
            return answer
        at = _told_at(given) - (self.http.now() - began)
        try:
            data, errors = answer.get("data"), answer.get("errors") or []
            said = tuple(title(str(error.get("message", ""))) for error in errors)
            extensions = [error.get("extensions") or {} for error in errors]
            undefined = frozenset(str(e["fieldName"]) for e in extensions if e.get("code") == "undefinedField")
        except (AttributeError, KeyError, TypeError) as error:
            return unreadable(self.host, error)
        heavy = not data and any(word in text.lower() for text in said for word in _TOO_MUCH)
        return Reply(data if isinstance(data, dict) else {}, said, heavy, undefined, max(0.0, at))


def _told_at(answer: Answer) -> float:
    """When an answer was given, in seconds since 1970 by the server's clock; 0: it does not say."""
    try:
        return parsedate_to_datetime(answer.headers["date"]).timestamp()
    except (LookupError, TypeError, ValueError):
        return 0.0
