"""Merge requests, issues, and what people say of them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from attrs import define, field, frozen

from .people import Account

if TYPE_CHECKING:
    from .project import Project


@frozen
class Position:
    """Where in a file a discussion is."""

    new_path: str
    new_line: int | None = None
    old_line: int | None = None


@define(eq=False)
class Note:
    """Something said; ``system``: by GitLab itself."""

    id: int
    author: Account
    body: str
    created_at: datetime
    updated_at: datetime
    system: bool = False


@define(eq=False)
class Discussion:
    """Notes that belong together; ``individual`` is a plain comment, which can not be resolved."""

    on: Issue
    id: str
    notes: list[Note]
    position: Position | None = None
    sha: str = ""
    individual: bool = False
    #: It is about the commit ``sha``, which the merge request has.
    commit: bool = False
    resolved_by: Account | None = None

    @property
    def resolvable(self) -> bool:
        return not self.individual and not self.commit and not self.notes[0].system

    @property
    def kind(self) -> str:
        """Of which class it is, as its global id tells."""
        if self.individual:
            return "IndividualNoteDiscussion"
        return "OutOfContextDiscussion" if self.commit else "DiffDiscussion" if self.position else "Discussion"

    def reply(self, by: Account | str, body: str) -> Note:
        """Say something more."""
        note = self.on.project.note(by, body)
        self.notes.append(note)
        self.on.touch()
        self.on.project.tell("Note Hook", "note", self.on, note=note)
        return note

    def resolve(self, by: Account | str | None, resolved: bool = True) -> Discussion:
        """Settle it, or open it again."""
        self.resolved_by = self.on.project.lab.account(by) if by and resolved else None
        self.on.project.settle()
        return self


@define(eq=False)
class Issue:
    """An issue, and what a merge request has of one. ``state``: opened, closed; also merged."""

    project: Project
    id: int
    iid: int
    title: str
    author: Account
    created_at: datetime
    updated_at: datetime
    description: str = ""
    #: The title of its milestone.
    milestone: str = ""
    state: str = "opened"
    labels: list[str] = field(factory=list)
    assignees: list[Account] = field(factory=list)
    closed_at: datetime | None = None
    discussions: list[Discussion] = field(factory=list)

    @property
    def own(self) -> list[Discussion]:
        """What is said about itself, and not about one of its commits."""
        return [one for one in self.discussions if not one.commit]

    def touch(self) -> datetime:
        """It changed now."""
        self.updated_at = self.project.lab.clock.now()
        return self.updated_at

    def comment(self, by: Account | str, body: str) -> Note:
        """A plain comment."""
        return self._discuss(Discussion(self, self.project.lab.hash(), [self.project.note(by, body)], individual=True))

    def discuss(self, by: Account | str, body: str, position: Position | None = None) -> Discussion:
        """Begin a discussion, which can be resolved; on a line, where there is a position."""
        sha = getattr(self, "sha", "")
        made = Discussion(self, self.project.lab.hash(), [self.project.note(by, body)], position, sha)
        self._discuss(made)
        return made

    def _discuss(self, made: Discussion) -> Note:
        self.discussions.append(made)
        self.touch()
        self.project.tell("Note Hook", "note", self, note=made.notes[0])
        return made.notes[0]

    def label(self, *names: str) -> None:
        """Put labels on it."""
        self.labels += [name for name in names if name not in self.labels]
        self._changed()

    def unlabel(self, *names: str) -> None:
        """Take labels off."""
        self.labels = [name for name in self.labels if name not in names]
        self._changed()

    def close(self) -> None:
        """Close it."""
        self.state, self.closed_at = "closed", self.touch()
        self._changed()

    def reopen(self) -> None:
        """Open it again."""
        self.state, self.closed_at = "opened", None
        self._changed()

    def _changed(self) -> None:
        self.touch()
        self.project.tell("Issue Hook", "issue", self)


@define(eq=False)
class MergeRequest(Issue):
    """``sha`` follows its source branch until it is closed."""

    source: str = field(kw_only=True)
    target: str = field(kw_only=True)
    sha: str = field(kw_only=True)
    base_sha: str = field(kw_only=True)
    draft: bool = field(kw_only=True, default=False)
    approved_by: list[Account] = field(factory=list)
    merged_at: datetime | None = None
    merged_by: Account | None = None
    merge_sha: str | None = None
    merge_error: str | None = None
    #: Merge it once its pipeline has succeeded; by whom.
    auto_merge: Account | None = None
    #: Why GraphQL can not tell of it, for a test of what fails for one alone.
    broken: str = ""
    #: It waits in, or is built by, the merge train.
    train: bool = False
    #: The number of the project that its branch is in, where that is a fork.
    fork: int = 0
    #: Reviewers with how they reviewed: UNREVIEWED, REVIEWED, REQUESTED_CHANGES or APPROVED.
    reviewers: dict[Account, str] = field(factory=dict)
    squash: bool = False
    remove_source: bool = False
    #: How often whether it can be merged is still being computed, once that has begun.
    unchecked_reads: int = 0
    #: It has begun: REST begins it, GraphQL never does.
    checking: bool = False

    @property
    def merge_commit(self) -> str | None:
        """The commit of the merge, where the project's method makes one."""
        return self.merge_sha if self.project.merge_method == "merge" else None

    def remark(self, by: Account | str, body: str) -> Note:
        """Say something about its head as a commit."""
        said = [self.project.note(by, body)]
        self.discussions.append(Discussion(self, self.project.lab.hash(), said, sha=self.sha, commit=True))
        return said[0]

    def approve(self, by: Account | str) -> None:
        """Approve the head as it is, which is no change of the merge request itself."""
        who = self.project.lab.account(by)
        if who not in self.approved_by:
            self.approved_by.append(who)
        self.project.settle()

    def review(self, by: Account | str, state: str = "REQUESTED_CHANGES") -> None:
        """Review it; nothing of the merge request itself changes by that."""
        self.reviewers[self.project.lab.account(by)] = state

    def unapprove(self, by: Account | str) -> None:
        """Take it back."""
        self.approved_by.remove(self.project.lab.account(by))

    def push(self, message: str = "More", files: dict[str, str] | None = None) -> str:
        """A new commit on the source branch; its sha."""
        sha = self.project.commit(self.source, message, files)
        self.project.sync()
        return sha

    def moved(self, sha: str) -> None:
        """The source branch is at another commit now."""
        self.sha = sha
        self.unchecked_reads, self.checking = self.project.unchecked_reads, False
        if self.project.reset_approvals:
            self.approved_by.clear()
        self._changed()

    def _changed(self) -> None:
        self.touch()
        self.project.tell("Merge Request Hook", "merge_request", self)
