"""Asking GitHub: GraphQL documents, and where its interfaces are.

Not verified against a description: how old an Enterprise server may be to know every field that is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import field, frozen

from agent_orchestrator.model.external.text import title
from agent_orchestrator.model.hosts import is_github_cloud
from agent_orchestrator.net.answers import Answer, Kind, Trouble, unreadable
from agent_orchestrator.net.client import Request
from agent_orchestrator.plugins.services.server import Server

PUBLIC = "https://github.com"
#: What an answer of the REST interface is to be.
ACCEPT = "application/vnd.github+json"
#: Kinds of errors in an answer that say that less is to be asked at once.
_TOO_MUCH = ("RESOURCE_LIMITS_EXCEEDED", "MAX_NODE_LIMIT_EXCEEDED")
#: Kinds of errors that say that the credential may not.
_DENIED = ("FORBIDDEN", "INSUFFICIENT_SCOPES")


@frozen
class Reply:
    """What a document gave. ``errors``: what it could not give, by the first two steps of the path to it."""

    data: Mapping[str, Any]
    errors: Mapping[tuple[str | int, ...], str] = field(factory=dict)
    #: Less is to be asked at once.
    too_much: bool = False
    #: Kinds of its errors, such as ``NOT_FOUND``.
    kinds: tuple[str, ...] = ()


@frozen(slots=False)
class GitHub(Server):
    """One server with one login."""

    server: str = PUBLIC

    program = "gh"
    accept = ACCEPT

    @property
    def rest(self) -> str:
        """Where the REST interface is; an Enterprise server has it below its own name."""
        return self._own if self._own else f"{self.address.url}/api/v3"

    @property
    def graphql(self) -> str:
        """Where the GraphQL interface is."""
        return f"{self._own or self.address.url + '/api'}/graphql"

    @property
    def _own(self) -> str:
        """The host of the interfaces where they have one."""
        return f"https://api.{self.host}" if is_github_cloud(self.host) else ""

    async def post(self, path: str, body: Mapping[str, Any] | None = None, *, status: int = 201) -> Answer | Trouble:
        """Do what is at a path of the REST interface, which says so with ``status``."""
        answer = await self.send(Request("POST", f"{self.rest}{path}", body=body, accept=ACCEPT, urgent=True))
        if isinstance(answer, Answer) and answer.status != status:
            # After a redirect that makes a question of it, nothing was done.
            sentence = f"{self.host}{path}: {answer.status}, which does not say that it is done"
            return Trouble("failed", sentence, status=answer.status)
        return answer

    async def ask(self, document: str, variables: Mapping[str, Any], *, urgent: bool = False) -> Reply | Trouble:
        """Ask for a document. What could be given is given, whatever else could not."""
        answer = await self.send(
            Request(
                "POST",
                self.graphql,
                body={"query": document, "variables": dict(variables)},
                accept=ACCEPT,
                resource="graphql",
                reads=not document.lstrip().startswith("mutation"),
                urgent=urgent,
            )
        )
        return await self._reply(answer) if isinstance(answer, Answer) else answer

    async def do(self, document: str, variables: Mapping[str, Any]) -> Mapping[str, Any] | Trouble:
        """Let a document of one mutation change something: its payload."""
        reply = await self.ask(document, variables, urgent=True)
        if isinstance(reply, Trouble):
            return reply
        payload = next(iter(reply.data.values()), None)
        if isinstance(payload, dict) and not reply.errors:
            return payload
        said = "; ".join(reply.errors.values())[:300] or "it was not done"
        kind: Kind = "denied" if any(kind in _DENIED for kind in reply.kinds) else "failed"
        return Trouble("missing" if "NOT_FOUND" in reply.kinds else kind, f"{self.host}: {said}", status=200)

    def refuses(self, trouble: Trouble) -> bool:
        """With 403 as well: the one that is found now may be allowed more."""
        return trouble.kind == "denied"

    async def _reply(self, answer: Answer) -> Reply | Trouble:
        try:
            read = answer.json()
            data, errors = read.get("data"), read.get("errors") or []
            kinds = tuple(str(error.get("type", "")) for error in errors)
            found = {tuple(error.get("path") or ())[:2]: title(str(error.get("message", ""))) for error in errors}
        except (ValueError, AttributeError, TypeError) as error:
            return unreadable(self.host, error, status=answer.status)
        if "RATE_LIMITED" in kinds:
            credential = await self.credential()
            if isinstance(credential, Trouble):
                return credential
            budget = self.http.budget(self.graphql, credential)
            budget.exhausted(self.http.now())
            free_at = budget.free_at("graphql", self.http.now())
            return Trouble("limited", f"{self.host}: {next(iter(found.values()))}", free_at, answer.status)
        if not isinstance(data, dict):
            kind: Kind = "denied" if any(kind in _DENIED for kind in kinds) else "unreadable"
            return Trouble(kind, f"{self.host}: {'; '.join(found.values())}"[:300], status=answer.status)
        return Reply(data, found, any(kind in _TOO_MUCH for kind in kinds), kinds)
