"""Branches and commits."""

from __future__ import annotations

from typing import Any

from attrs import frozen

from ...graph.view import View
from ...refs import CommitText
from ..repository import Repository
from .checks import Rollup
from .ordered import ordered, with_states
from .shown import show, show_all, shows


@frozen
class Branch:
    """A branch of a repository."""

    repository: Repository
    name: str
    oid: str


@frozen
class Sha:
    """A commit of a repository."""

    repository: Repository
    oid: str

    @property
    def text(self) -> CommitText:
        """What git has of it."""
        return self.repository.refs.commit(self.oid) or CommitText(self.oid, "", (), "0" * 40)


@shows(Branch)
class Ref(View):
    SAME = "name"

    def id(self) -> str:
        return f"REF_{self.it.repository.node_id}_{self.it.name}"

    def prefix(self) -> str:
        return "refs/heads/"

    def target(self) -> Any:
        return show(Sha(self.it.repository, self.it.oid), self.see)

    def repository(self) -> Any:
        return show(self.it.repository, self.see)

    def branchProtectionRule(self) -> Any:
        it = self.it.repository
        if self.it.name != it.default_branch or not (it.required_checks or it.required_approvals or it.up_to_date):
            return None
        return {
            "__typename": "BranchProtectionRule",
            "id": f"BPR_{it.node_id}",
            "pattern": it.default_branch,
            "requiresStatusChecks": bool(it.required_checks),
            "requiredStatusCheckContexts": list(it.required_checks),
            "requiresStrictStatusChecks": it.up_to_date,
            "requiresApprovingReviews": bool(it.required_approvals),
            "requiredApprovingReviewCount": it.required_approvals,
            "requiresConversationResolution": it.resolve_conversations,
        }

    def associatedPullRequests(
        self, states: list[str] | None = None, orderBy: dict[str, str] | None = None
    ) -> list[Any]:
        found = [pull for pull in with_states(self.it.repository.pulls, states) if pull.head == self.it.name]
        return show_all(ordered(found, orderBy), self.see)


@shows(Sha)
class Commit(View):
    SAME = "oid"

    def id(self) -> str:
        return f"C_{self.it.oid}"

    def abbreviatedOid(self) -> str:
        return self.it.oid[:7]

    def message(self) -> str:
        return self.it.text.message

    def messageHeadline(self) -> str:
        return self.it.text.message.partition("\n")[0]

    def messageBody(self) -> str:
        return self.it.text.message.partition("\n")[2].strip()

    def url(self) -> str:
        return f"{self.see.web}/{self.it.repository.full_name}/commit/{self.it.oid}"

    def commitUrl(self) -> str:
        return self.url()

    def committedDate(self) -> str:
        return self.it.text.at

    def authoredDate(self) -> str:
        return self.it.text.at

    def authors(self) -> list[Any]:
        return [self.author()]

    def author(self) -> dict[str, Any]:
        return {"name": self.it.text.author, "email": self.it.text.email, "user": None, "date": self.it.text.at}

    def repository(self) -> Any:
        return show(self.it.repository, self.see)

    def parents(self) -> list[Any]:
        return show_all((Sha(self.it.repository, oid) for oid in self.it.text.parents), self.see)

    def statusCheckRollup(self) -> Any:
        return show(Rollup.of(self.it.repository, self.it.oid), self.see)

    def checkSuites(self, filterBy: dict[str, Any] | None = None) -> list[Any]:
        found = self.it.repository.suites.get(self.it.oid, [])
        if name := (filterBy or {}).get("checkName"):
            found = [suite for suite in found if name in {check.name for check in suite.checks}]
        return show_all(found, self.see)

    def associatedPullRequests(self, orderBy: dict[str, str] | None = None) -> list[Any]:
        found = [pull for pull in self.it.repository.pulls if self.it.oid in (pull.head_oid, pull.merge_oid)]
        return show_all(ordered(found, orderBy), self.see)
