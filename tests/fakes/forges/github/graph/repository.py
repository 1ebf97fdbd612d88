"""Repositories, branches and commits."""

from __future__ import annotations

from typing import Any

from ...graph.view import Refused, View
from ..issue import Label
from ..people import permission
from ..pull import Pull
from ..repository import Repository
from .git import Branch, Sha
from .ordered import ordered, with_labels, with_states
from .shown import show, show_all, shows, time


@shows(Repository)
class RepositoryView(View):
    TYPE = "Repository"
    SAME = "name deleteBranchOnMerge autoMergeAllowed"

    def id(self) -> str:
        return self.it.node_id

    def databaseId(self) -> int:
        return self.it.id

    def nameWithOwner(self) -> str:
        return self.it.full_name

    def description(self) -> str | None:
        return self.it.description or None

    def owner(self) -> Any:
        return show(self.it.owner, self.see)

    def url(self) -> str:
        return f"{self.see.web}/{self.it.full_name}"

    def resourcePath(self) -> str:
        return f"/{self.it.full_name}"

    def sshUrl(self) -> str:
        return f"git@{self.see.web.partition('://')[2]}:{self.it.full_name}.git"

    def createdAt(self) -> str | None:
        return time(self.it.created_at)

    def updatedAt(self) -> str | None:
        return time(self.it.pushed_at or self.it.created_at)

    def pushedAt(self) -> str | None:
        return time(self.it.pushed_at)

    def isPrivate(self) -> bool:
        return self.it.private

    def visibility(self) -> str:
        return "PRIVATE" if self.it.private else "PUBLIC"

    def isFork(self) -> bool:
        return False

    def parent(self) -> None:
        return None

    def isArchived(self) -> bool:
        return False

    def isInOrganization(self) -> bool:
        return self.it.owner.kind == "Organization"

    def hasIssuesEnabled(self) -> bool:
        return True

    def hasWikiEnabled(self) -> bool:
        return False

    def hasProjectsEnabled(self) -> bool:
        return False

    def mergeCommitAllowed(self) -> bool:
        return "MERGE" in self.it.merge_methods

    def squashMergeAllowed(self) -> bool:
        return "SQUASH" in self.it.merge_methods

    def rebaseMergeAllowed(self) -> bool:
        return "REBASE" in self.it.merge_methods

    def viewerDefaultMergeMethod(self) -> str:
        return self.it.merge_methods[0]

    def deleteBranchOnMerge(self) -> bool:
        return self.it.delete_on_merge

    def viewerPermission(self) -> str | None:
        found = permission(self.it, self.see.account)
        return None if found == "none" else found.upper()

    def viewerCanAdminister(self) -> bool:
        return permission(self.it, self.see.account) == "admin"

    def defaultBranchRef(self) -> Any:
        return self.ref(f"refs/heads/{self.it.default_branch}")

    def ref(self, qualifiedName: str) -> Any:
        name = qualifiedName.removeprefix("refs/heads/")
        oid = dict(self.it.heads()).get(name)
        return show(Branch(self.it, name, oid), self.see) if oid else None

    def refs(self, refPrefix: str, query: str | None = None) -> list[Any]:
        found = [Branch(self.it, *head) for head in self.it.heads() if (query or "") in head[0]]
        return show_all(found if refPrefix.startswith("refs/heads") else [], self.see)

    def object(self, expression: str | None = None, oid: str | None = None) -> Any:
        sha = oid or dict(self.it.heads()).get(str(expression), str(expression))
        return show(Sha(self.it, sha), self.see) if self.it.refs.commit(sha) else None

    def pullRequest(self, number: int) -> Any:
        item = self.it.items.get(number)
        if not isinstance(item, Pull):
            raise Refused("NOT_FOUND", f"Could not resolve to a PullRequest with the number of {number}.")
        return show(item, self.see)

    def issue(self, number: int) -> Any:
        item = self.it.items.get(number)
        if item is None or isinstance(item, Pull):
            raise Refused("NOT_FOUND", f"Could not resolve to an Issue with the number of {number}.")
        return show(item, self.see)

    def issueOrPullRequest(self, number: int) -> Any:
        if number not in self.it.items:
            text = f"Could not resolve to an issue or pull request with the number of {number}."
            raise Refused("NOT_FOUND", text)
        return show(self.it.items[number], self.see)

    def pullRequests(
        self,
        states: list[str] | None = None,
        headRefName: str | None = None,
        baseRefName: str | None = None,
        labels: list[str] | None = None,
        orderBy: dict[str, str] | None = None,
    ) -> list[Any]:
        found = with_labels(with_states(self.it.pulls, states), labels)
        found = [p for p in found if headRefName in (None, p.head) and baseRefName in (None, p.base)]
        return show_all(ordered(found, orderBy), self.see)

    def issues(
        self,
        states: list[str] | None = None,
        labels: list[str] | None = None,
        orderBy: dict[str, str] | None = None,
        filterBy: dict[str, Any] | None = None,
    ) -> list[Any]:
        wanted = filterBy or {}
        found = with_labels(with_states(self.it.issues, states or wanted.get("states")), labels or wanted.get("labels"))
        if assignee := wanted.get("assignee"):
            found = [issue for issue in found if assignee in {who.login for who in issue.assignees}]
        if since := wanted.get("since"):
            found = [issue for issue in found if (time(issue.updated_at) or "") >= since]
        return show_all(ordered(found, orderBy), self.see)

    def labels(self, query: str | None = None, orderBy: dict[str, str] | None = None) -> list[Any]:
        return show_all([label for label in self.it.labels.values() if (query or "") in label.name], self.see)

    def label(self, name: str) -> Any:
        return show(self.it.labels.get(name), self.see)

    def assignableUsers(self, query: str | None = None) -> list[Any]:
        return show_all((self.see.hub.account(login) for login in self.it.permissions), self.see)

    def milestones(self) -> list[Any]:
        return []

    def mergeQueue(self, branch: str | None = None) -> Any:
        return MergeQueue(self.it, self.see) if self.it.queue else None


class MergeQueue(View):
    def id(self) -> str:
        return f"MQ_{self.it.node_id}"

    def url(self) -> str:
        return f"{self.see.web}/{self.it.full_name}/queue/{self.it.default_branch}"

    def repository(self) -> Any:
        return show(self.it, self.see)

    def entries(self) -> list[Any]:
        from .pull import queue

        return [entry for pull in queue(self.it) if (entry := show(pull, self.see).mergeQueueEntry())]


@shows(Label)
class LabelView(View):
    TYPE = "Label"
    SAME = "name color description"

    def id(self) -> str:
        return self.it.node_id

    def isDefault(self) -> bool:
        return False

    def url(self) -> str:
        return f"{self.see.web}/{self.it.repository.full_name}/labels/{self.it.name}"
