"""What people say: comments, reviews, and the threads on lines."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

from attrs import define, field

from .people import Account

if TYPE_CHECKING:
    from .issue import Issue
    from .pull import Pull

#: Emoji of reactions, in GitHub's order.
REACTIONS = ("THUMBS_UP", "THUMBS_DOWN", "LAUGH", "HOORAY", "CONFUSED", "HEART", "ROCKET", "EYES")


@define(eq=False)
class Said:
    """A text of somebody, which they may edit."""

    author: Account
    body: str
    created_at: datetime
    id: int = 0
    node_id: str = ""
    edited_at: datetime | None = None
    editor: Account | None = None
    minimized: str | None = None

    @property
    def updated_at(self) -> datetime:
        return self.edited_at or self.created_at

    @property
    def subject(self) -> Issue | Pull:
        """What it was said of."""
        raise NotImplementedError

    def edit(self, body: str, by: Account | str | None = None) -> Self:
        """Change the text."""
        hub = self.subject.repository.hub
        self.body, self.editor = body, hub.account(by) if by else self.author
        self.edited_at = self.subject.updated_at = hub.clock.now()
        self.subject.tell_said("edited", self)
        return self


@define(eq=False)
class Comment(Said):
    """A comment in the conversation of an issue or a pull request."""

    on: Issue = field(kw_only=True)

    @property
    def subject(self) -> Issue | Pull:
        return self.on


@define(eq=False)
class Review(Said):
    """``state``: APPROVED, CHANGES_REQUESTED, COMMENTED, DISMISSED or PENDING; ``sha`` the head that was looked at."""

    pull: Pull = field(kw_only=True)
    state: str = field(kw_only=True)
    sha: str = field(kw_only=True)

    @property
    def submitted_at(self) -> datetime | None:
        return None if self.state == "PENDING" else self.created_at

    def dismiss(self) -> Review:
        """Take the verdict back."""
        self.state = "DISMISSED"
        self.pull.event("ReviewDismissedEvent", review=self)
        self.pull.tell("pull_request_review", "dismissed", review=self)
        return self

    @property
    def subject(self) -> Issue | Pull:
        return self.pull


@define(eq=False)
class ReviewComment(Said):
    """A comment of a thread; with a review that it came by."""

    thread: Thread = field(kw_only=True)
    review: Review = field(kw_only=True)

    @property
    def subject(self) -> Issue | Pull:
        return self.thread.pull


@define(eq=False)
class Thread:
    """A conversation on lines of a file; ``line`` None where the file as a whole is meant, or where it is outdated."""

    pull: Pull
    path: str
    line: int | None
    sha: str
    start_line: int | None = None
    side: str = "RIGHT"
    id: int = 0
    node_id: str = ""
    original_line: int | None = None
    outdated: bool = False
    resolved_by: Account | None = None
    comments: list[ReviewComment] = field(factory=list)
    diff_hunk: str = "@@ -1,1 +1,1 @@"

    def reply(self, body: str, by: Account | str) -> ReviewComment:
        """Say something more."""
        return self.pull.say_in(self, body, by)

    def resolve(self, by: Account | str) -> Thread:
        """Settle it. The pull request's ``updatedAt`` stays."""
        self.resolved_by = self.pull.repository.hub.account(by)
        self.pull.tell("pull_request_review_thread", "resolved", thread=self)
        return self

    def unresolve(self) -> Thread:
        """Open it again."""
        self.resolved_by = None
        self.pull.tell("pull_request_review_thread", "unresolved", thread=self)
        return self

    def outdate(self) -> Thread:
        """The line has changed since: it still counts until it is resolved."""
        self.outdated, self.line = True, None
        return self
