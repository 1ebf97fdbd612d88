"""Issues, and what pull requests have of them; comments in their conversation."""

from __future__ import annotations

from typing import Any

from ..issue import Issue
from ..pull import Pull
from ..talk import Comment
from .shown import show, show_all, shows, time
from .text import SaidView, Written


class Item(Written):
    """An issue or a pull request."""

    SAME = "body number title state"

    def closed(self) -> bool:
        return self.it.state != "OPEN"

    def closedAt(self) -> str | None:
        return time(self.it.closed_at)

    def url(self) -> str:
        return f"{self.see.web}/{self.it.repository.full_name}/{self.it.path}"

    def resourcePath(self) -> str:
        return f"/{self.it.repository.full_name}/{self.it.path}"

    def labels(self, orderBy: dict[str, str] | None = None) -> list[Any]:
        return show_all(self.it.labels, self.see)

    def assignees(self) -> list[Any]:
        return show_all(self.it.assignees, self.see)

    def comments(self, orderBy: dict[str, str] | None = None) -> list[Any]:
        newest_first = orderBy is not None and orderBy["direction"] == "DESC"
        key = (lambda c: (c.updated_at, c.id)) if orderBy else (lambda c: (c.created_at, c.id))
        return show_all(sorted(self.it.comments, key=key, reverse=newest_first), self.see)

    def participants(self) -> list[Any]:
        everybody = [self.it.author, *(comment.author for comment in self.it.comments)]
        return show_all(dict.fromkeys(everybody), self.see)

    def projectCards(self, archivedStates: list[str] | None = None) -> list[Any]:
        return []

    def projectItems(self, includeArchived: bool = True) -> list[Any]:
        return []

    def milestone(self) -> None:
        return None

    def locked(self) -> bool:
        return False

    def viewerCanClose(self) -> bool:
        return self.viewerCanUpdate()

    def viewerCanReopen(self) -> bool:
        return self.viewerCanUpdate()

    def viewerCanLabel(self) -> bool:
        return self._may("triage")


@shows(Issue)
class IssueView(Item):
    TYPE = "Issue"

    def stateReason(self, enableDuplicate: bool = False) -> str | None:
        return self.it.state_reason

    def isPinned(self) -> bool:
        return False

    def closedByPullRequestsReferences(
        self, includeClosedPrs: bool = False, orderByState: bool = False, userLinkedOnly: bool = False
    ) -> list[Any]:
        found = [pull for pull in self.it.repository.pulls if self.it in self.it.repository.linked(pull)]
        return show_all((pull for pull in found if includeClosedPrs or pull.state != "CLOSED"), self.see)


@shows(Comment)
class IssueComment(SaidView):
    def issue(self) -> Any:
        return show(self.it.on, self.see)

    def pullRequest(self) -> Any:
        return show(self.it.on, self.see) if isinstance(self.it.on, Pull) else None

    def _anchor(self) -> str:
        return f"issuecomment-{self.it.id}"
