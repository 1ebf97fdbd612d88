"""What all texts of people have in common: who wrote and edited them, what the reader may do with them."""

from __future__ import annotations

import html
from typing import Any

from ...graph.view import View
from ..issue import Issue
from ..people import association, may
from ..talk import REACTIONS
from .shown import show, time


class Written(View):
    """Of an issue, a pull request, a comment or a review."""

    SAME = "body"

    def id(self) -> str:
        return self.it.node_id

    def databaseId(self) -> int:
        return self.it.id

    def fullDatabaseId(self) -> str:
        return str(self.it.id)

    def author(self) -> Any:
        return show(self.it.author, self.see)

    def authorAssociation(self) -> str:
        return association(self._repository(), self.it.author)

    def bodyText(self) -> str:
        return self.it.body

    def bodyHTML(self) -> str:
        return f"<p>{html.escape(self.it.body)}</p>"

    def createdAt(self) -> str | None:
        return time(self.it.created_at)

    def publishedAt(self) -> str | None:
        return time(self.it.created_at)

    def updatedAt(self) -> str | None:
        return time(self.it.updated_at)

    def lastEditedAt(self) -> str | None:
        return time(self.it.edited_at)

    def includesCreatedEdit(self) -> bool:
        return self.it.edited_at is not None

    def createdViaEmail(self) -> bool:
        return False

    def repository(self) -> Any:
        return show(self._repository(), self.see)

    def reactionGroups(self) -> list[dict[str, Any]]:
        groups = {"viewerHasReacted": False, "users": [], "createdAt": None}
        return [{"__typename": "ReactionGroup", "content": content, **groups} for content in REACTIONS]

    def viewerDidAuthor(self) -> bool:
        return self.it.author is self.see.account

    def viewerCanUpdate(self) -> bool:
        return self.viewerDidAuthor() or self._may("write")

    def viewerCanReact(self) -> bool:
        return True

    def _repository(self) -> Any:
        return self.it.repository if isinstance(self.it, Issue) else self.it.subject.repository

    def _may(self, permission: str) -> bool:
        return may(self._repository(), self.see.account, permission)


class SaidView(Written):
    """Of a comment or a review."""

    def editor(self) -> Any:
        return show(self.it.editor, self.see)

    def isMinimized(self) -> bool:
        return self.it.minimized is not None

    def minimizedReason(self) -> str | None:
        return self.it.minimized

    def viewerCanDelete(self) -> bool:
        return self.viewerCanUpdate()

    def viewerCanMinimize(self) -> bool:
        return self._may("write")

    def url(self) -> str:
        subject = self.it.subject
        return f"{self.see.web}/{subject.repository.full_name}/{subject.path}#{self._anchor()}"

    def resourcePath(self) -> str:
        return self.url().removeprefix(self.see.web)

    def _anchor(self) -> str:
        raise NotImplementedError
