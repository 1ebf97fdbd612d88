"""Reviews, their threads on lines, and what is asked of reviewers."""

from __future__ import annotations

from typing import Any

from ...graph.view import View
from ..people import may
from ..talk import Review, ReviewComment, Thread
from .git import Sha
from .shown import show, show_all, shows, time
from .text import SaidView


@shows(Review)
class PullRequestReview(SaidView):
    SAME = "body state"

    def submittedAt(self) -> str | None:
        return time(self.it.submitted_at)

    def authorCanPushToRepository(self) -> bool:
        return may(self._repository(), self.it.author, "write")

    def commit(self) -> Any:
        return show(Sha(self._repository(), self.it.sha), self.see)

    def pullRequest(self) -> Any:
        return show(self.it.pull, self.see)

    def comments(self) -> list[Any]:
        found = [c for thread in self.it.pull.threads for c in thread.comments if c.review is self.it]
        return show_all(found, self.see)

    def _anchor(self) -> str:
        return f"pullrequestreview-{self.it.id}"


@shows(Thread)
class PullRequestReviewThread(View):
    SAME = "path line startLine originalLine"

    def id(self) -> str:
        return self.it.node_id

    def originalStartLine(self) -> int | None:
        return self.it.start_line

    def diffSide(self) -> str:
        return self.it.side

    def startDiffSide(self) -> str | None:
        return self.it.side if self.it.start_line else None

    def subjectType(self) -> str:
        return "LINE" if self.it.original_line else "FILE"

    def isResolved(self) -> bool:
        return self.it.resolved_by is not None

    def isCollapsed(self) -> bool:
        return self.isResolved() or self.it.outdated

    def isOutdated(self) -> bool:
        return self.it.outdated

    def resolvedBy(self) -> Any:
        return show(self.it.resolved_by, self.see)

    def comments(self, skip: int | None = None) -> list[Any]:
        return show_all(self.it.comments[skip or 0 :], self.see)

    def pullRequest(self) -> Any:
        return show(self.it.pull, self.see)

    def repository(self) -> Any:
        return show(self.it.pull.repository, self.see)

    def viewerCanReply(self) -> bool:
        return True

    def viewerCanResolve(self) -> bool:
        return not self.isResolved() and self._may()

    def viewerCanUnresolve(self) -> bool:
        return self.isResolved() and self._may()

    def _may(self) -> bool:
        return self.it.pull.author is self.see.account or may(self.it.pull.repository, self.see.account, "write")


@shows(ReviewComment)
class PullRequestReviewComment(SaidView):
    def path(self) -> str:
        return self.it.thread.path

    def line(self) -> int | None:
        return self.it.thread.line

    def startLine(self) -> int | None:
        return self.it.thread.start_line

    def originalLine(self) -> int | None:
        return self.it.thread.original_line

    def originalStartLine(self) -> int | None:
        return self.it.thread.start_line

    def outdated(self) -> bool:
        return self.it.thread.outdated

    def subjectType(self) -> str:
        return "LINE" if self.it.thread.original_line else "FILE"

    def diffHunk(self) -> str:
        return self.it.thread.diff_hunk

    def draftedAt(self) -> str | None:
        return time(self.it.created_at)

    def state(self) -> str:
        return "PENDING" if self.it.review.state == "PENDING" else "SUBMITTED"

    def pullRequestReview(self) -> Any:
        return show(self.it.review, self.see)

    def pullRequest(self) -> Any:
        return show(self.it.thread.pull, self.see)

    def replyTo(self) -> Any:
        first = self.it.thread.comments[0]
        return None if first is self.it else show(first, self.see)

    def commit(self) -> Any:
        return show(Sha(self._repository(), self.it.thread.pull.head_oid), self.see)

    def originalCommit(self) -> Any:
        return show(Sha(self._repository(), self.it.thread.sha), self.see)

    def _anchor(self) -> str:
        return f"discussion_r{self.it.id}"


class ReviewRequest(View):
    def id(self) -> str:
        return f"RR_{self.it[0].node_id}_{self.it[1].login}"

    def asCodeOwner(self) -> bool:
        return False

    def pullRequest(self) -> Any:
        return show(self.it[0], self.see)

    def requestedReviewer(self) -> Any:
        return show(self.it[1], self.see)
