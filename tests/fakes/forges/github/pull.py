"""Pull requests: their head is a branch, and moves with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from attrs import define, field

from .checks import Annotation, Check, Status, Step
from .issue import Issue
from .people import Account
from .talk import Review, ReviewComment, Said, Thread


@define(eq=False)
class AutoMerge:
    """Merge it as soon as nothing is in the way."""

    by: Account
    at: datetime
    method: str


@define(eq=False)
class Pull(Issue):
    """A pull request. ``head_oid`` follows its branch until it is closed."""

    head: str = field(kw_only=True)
    base: str = field(kw_only=True)
    head_oid: str = field(kw_only=True)
    #: Where the base branch is, and where it was when the head was pushed: that is what the service calls its base.
    base_oid: str = field(kw_only=True)
    base_then: str = field(kw_only=True)
    draft: bool = field(kw_only=True, default=False)
    #: The owner of the fork that the head is in; None where it is in the repository itself.
    fork: Account | None = field(kw_only=True, default=None)
    merged_at: datetime | None = None
    merged_by: Account | None = None
    merge_oid: str | None = None
    reviews: list[Review] = field(factory=list)
    threads: list[Thread] = field(factory=list)
    requested: list[Account] = field(factory=list)
    auto_merge: AutoMerge | None = None
    queued_at: datetime | None = None
    queued_by: Account | None = None
    #: How often ``mergeable`` is still answered with UNKNOWN.
    unknown_reads: int = 0

    EVENT = "pull_request"
    NAME = "pull_request"

    @property
    def path(self) -> str:
        return f"pull/{self.number}"

    @property
    def merged(self) -> bool:
        """Whether it was merged."""
        return self.state == "MERGED"

    def check(
        self,
        name: str,
        state: str = "success",
        *,
        annotations: Sequence[Annotation] = (),
        steps: Sequence[Step] = (),
        log: str | None = None,
        workflow: str | None = "CI",
        app: str = "github-actions",
    ) -> Check:
        """A check run of the head: of a workflow of Actions, or with ``workflow=None`` of another app's."""
        where = self.repository.suite(
            self.head_oid, self.head, app=app, workflow=workflow if app == "github-actions" else None
        )
        made = self.repository.check(where, name)
        return made.change(state, annotations=annotations, steps=steps, log=log)

    def status(self, context: str, state: str = "success", **details: Any) -> Status:
        """A legacy status of the head."""
        return self.repository.status(self.head_oid, context, state, **details)

    def review(self, by: Account | str, state: str = "APPROVED", body: str = "") -> Review:
        """Somebody's review of the head as it is now."""
        hub = self.repository.hub
        made = Review(hub.account(by), body, self.touch(), pull=self, state=state, sha=self.head_oid)
        made.id, made.node_id = hub.ids.enter("PRR", made)
        self.reviews.append(made)
        if state != "PENDING":
            self.requested = [who for who in self.requested if who is not made.author]
            self.tell("pull_request_review", "submitted", review=made)
            self.repository.settle()
        return made

    def thread(self, path: str, line: int | None, body: str, by: Account | str, **where: Any) -> Thread:
        """A new conversation on a line, begun by a review that only comments."""
        made = Thread(self, path, line, self.head_oid, original_line=line, **where)
        made.id, made.node_id = self.repository.hub.ids.enter("PRRT", made)
        self.threads.append(made)
        self.say_in(made, body, by)
        return made

    def say_in(self, thread: Thread, body: str, by: Account | str) -> ReviewComment:
        """A comment in a thread, with the review that brings it."""
        hub = self.repository.hub
        review = self.review(by, "COMMENTED")
        made = ReviewComment(review.author, body, self.touch(), thread=thread, review=review)
        made.id, made.node_id = hub.ids.enter("PRRC", made)
        thread.comments.append(made)
        self.tell_said("created", made)
        return made

    def push(self, message: str = "More", *, files: dict[str, str] | None = None) -> str:
        """A new commit on the head branch, as its author would push it; its oid."""
        oid = self.repository.commit(self.head, message, files)
        self.repository.sync()
        return oid

    def ready(self) -> None:
        """No draft any more."""
        self.draft = False
        self.event("ReadyForReviewEvent")
        self.tell("", "ready_for_review")
        self.repository.settle()

    def to_draft(self) -> None:
        """A draft again."""
        self.draft = True
        self.touch()
        self.tell("", "converted_to_draft")

    def close(self, by: Account | str | None = None, reason: str | None = None) -> None:
        self.auto_merge = self.queued_at = None
        Issue.close(self, by, reason)

    def moved(self, oid: str) -> None:
        """The head branch is at another commit now."""
        before, self.head_oid = self.head_oid, oid
        self.base_then = self.base_oid
        if not self.repository.refs.contains(oid, before):
            self.event("HeadRefForcePushedEvent", before=before, after=oid)
        self.queued_at = None
        self.unknown_reads = self.repository.unknown_reads
        self.touch()
        self.tell("", "synchronize", before=before, after=oid)

    def tell_said(self, action: str, said: Said) -> None:
        match said:
            case ReviewComment():
                self.tell("pull_request_review_comment", action, comment=said)
            case Review():
                self.tell("pull_request_review", action, review=said)
            case _:
                Issue.tell_said(self, action, said)
