"""Asking GitHub: GraphQL documents, and where its interfaces are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import evolve, field, frozen

from agent_orchestrator.model.external.text import title
from agent_orchestrator.net.answers import Answer, Trouble
from agent_orchestrator.net.client import HttpClient, Request
from agent_orchestrator.net.credential import Credential

PUBLIC = "github.com"
_ACCEPT = "application/vnd.github+json"
#: Kinds of errors in an answer that say that less is to be asked at once.
_TOO_MUCH = ("RESOURCE_LIMITS_EXCEEDED", "MAX_NODE_LIMIT_EXCEEDED")


@frozen
class Reply:
    """What a document gave. ``errors``: what it could not give, by the first two steps of the path to it."""

    data: Mapping[str, Any]
    errors: Mapping[tuple[str | int, ...], str] = field(factory=dict)
    #: Less is to be asked at once.
    too_much: bool = False


@frozen
class GitHub:
    """One host with one credential."""

    http: HttpClient
    credential: Credential | None
    host: str = PUBLIC

    @property
    def rest(self) -> str:
        """Where the REST interface is; an Enterprise server has it below its own name."""
        return "https://api.github.com" if self.host == PUBLIC else f"https://{self.host}/api/v3"

    @property
    def graphql(self) -> str:
        """Where the GraphQL interface is."""
        return "https://api.github.com/graphql" if self.host == PUBLIC else f"https://{self.host}/api/graphql"

    async def get(self, path: str, *, urgent: bool = False, most: int = 0, tail: bool = False) -> Answer | Trouble:
        """Get what is at a path of the REST interface; ``most`` bytes of it, with ``tail`` its end."""
        request = Request("GET", f"{self.rest}{path}", self.credential, accept=_ACCEPT, urgent=urgent, tail=tail)
        return await self.http.send(evolve(request, most=most) if most else request)

    async def ask(self, document: str, variables: Mapping[str, Any], *, urgent: bool = False) -> Reply | Trouble:
        """Ask for a document. What could be given is given, whatever else could not."""
        answer = await self.http.send(
            Request(
                "POST",
                self.graphql,
                self.credential,
                {"query": document, "variables": dict(variables)},
                accept=_ACCEPT,
                resource="graphql",
                reads=not document.lstrip().startswith("mutation"),
                urgent=urgent,
            )
        )
        return self._reply(answer) if isinstance(answer, Answer) else answer

    def _reply(self, answer: Answer) -> Reply | Trouble:
        try:
            read = answer.json()
            data, errors = read.get("data"), read.get("errors") or []
            kinds = [str(error.get("type", "")) for error in errors]
            found = {tuple(error.get("path") or ())[:2]: title(str(error.get("message", ""))) for error in errors}
        except (ValueError, AttributeError, TypeError) as error:
            return Trouble("unreadable", f"{self.host}: {error}", status=answer.status)
        if "RATE_LIMITED" in kinds:
            budget = self.http.budget(self.graphql, self.credential)
            budget.exhausted(self.http.now())
            free_at = budget.free_at("graphql", self.http.now())
            return Trouble("limited", f"{self.host}: {next(iter(found.values()))}", free_at, answer.status)
        if not isinstance(data, dict):
            return Trouble("unreadable", f"{self.host}: {'; '.join(found.values())}"[:300], status=answer.status)
        return Reply(data, found, any(kind in _TOO_MUCH for kind in kinds))
