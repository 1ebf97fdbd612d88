"""The root of queries."""

from __future__ import annotations

from typing import Any

from ...graph.connection import Listed
from ...graph.view import Refused, Unmodelled, View
from ...wire.clock import iso
from ..cost import Cost
from ..issue import Issue
from ..pull import Pull
from ..see import See
from . import checks, issue, people, pull, repository, review, timeline  # noqa: F401  Each enters its views.
from .shown import node, show, show_all


class Query(View):
    """``dry``: only the price is asked. The published text is silent on what stands for the rest: nothing does here."""

    def __init__(self, it: Any, see: See, cost: Cost, *, dry: bool) -> None:
        super().__init__(it, see)
        self._cost, self._dry = cost, dry

    def rateLimit(self, dryRun: bool = False) -> dict[str, Any]:
        budget = self.see.hub.ledger.budget(self.see.token.bucket, "graphql")
        return {
            "cost": self._cost.points,
            "nodeCount": self._cost.nodes,
            "limit": budget.limit,
            "used": budget.used,
            "remaining": budget.remaining,
            "resetAt": iso(budget.reset),
        }

    def viewer(self) -> Any:
        return show(self.see.account, self.see)

    def node(self, id: str) -> Any:
        return None if self._dry else node(self.see, id)

    def nodes(self, ids: list[str]) -> list[Any]:
        return [] if self._dry else [_or_refusal(self.see, id) for id in ids]

    def user(self, login: str) -> Any:
        return self._account(login, "User")

    def organization(self, login: str) -> Any:
        return self._account(login, "Organization")

    def repositoryOwner(self, login: str) -> Any:
        return show(self.see.hub.accounts.get(login), self.see)

    def repository(self, owner: str, name: str, followRenames: bool = True) -> Any:
        if self._dry:
            return None
        found = self.see.hub.repositories.get(f"{owner}/{name}")
        if found is None:
            raise Refused("NOT_FOUND", f"Could not resolve to a Repository with the name '{owner}/{name}'.")
        return show(found, self.see)

    def search(self, query: str, type: str) -> list[Any]:
        if type != "ISSUE":
            raise Unmodelled(f"Query.search(type: {type})")
        found = search(self.see, query)
        return Listed(show_all(found, self.see), issue_count=len(found))

    def _account(self, login: str, kind: str) -> Any:
        found = self.see.hub.accounts.get(login)
        if found is None or found.kind != kind:
            raise Refused("NOT_FOUND", f"Could not resolve to a {kind} with the login of '{login}'.")
        return show(found, self.see)


def _or_refusal(see: See, id: str) -> Any:
    """A node, or why there is none: in a list that is an error beside the others."""
    try:
        return node(see, id)
    except Refused as refused:
        return refused


def search(see: See, query: str) -> list[Issue]:
    """Issues and pull requests, newest first, by the usual qualifiers; any other is loud."""
    found = [item for within in see.hub.repositories.values() for item in within.items.values()]
    for word in query.split():
        name, _, value = word.partition(":")
        value = see.account.login if value == "@me" else value.strip('"')
        match name:
            case "repo":
                found = [i for i in found if i.repository.full_name == value]
            case "is" | "type" | "state" if value in ("pr", "issue"):
                found = [i for i in found if isinstance(i, Pull) == (value == "pr")]
            case "is" | "state":
                found = [i for i in found if i.state == value.upper() or (value == "closed" and i.state == "MERGED")]
            case "author":
                found = [i for i in found if i.author.login == value]
            case "assignee":
                found = [i for i in found if value in {who.login for who in i.assignees}]
            case "review-requested":
                found = [i for i in found if isinstance(i, Pull) and value in {who.login for who in i.requested}]
            case "label":
                found = [i for i in found if value in {label.name for label in i.labels}]
            case "head" | "base":
                found = [i for i in found if isinstance(i, Pull) and getattr(i, name) == value]
            case "archived" | "sort":
                pass
            case _:
                raise Unmodelled(f"search for {word!r}")
    return sorted(found, key=lambda i: i.number, reverse=True)
