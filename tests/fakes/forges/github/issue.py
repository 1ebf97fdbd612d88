"""Issues, and what a pull request has of one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from attrs import define, field

from .people import Account
from .talk import Comment, Said

if TYPE_CHECKING:
    from .repository import Repository


@define(eq=False)
class Label:
    """A label of a repository."""

    repository: Repository
    name: str
    color: str = "ededed"
    #: Not null: the description of REST allows that for issues, and not for pull requests.
    description: str = ""
    id: int = 0
    node_id: str = ""


@define(eq=False)
class Event:
    """Something that happened: ``kind`` is the published type of the timeline's item."""

    kind: str
    actor: Account
    created_at: datetime
    node_id: str
    details: Mapping[str, Any]


@define(eq=False)
class Issue:
    """An issue. ``state`` is OPEN or CLOSED; of a pull request also MERGED."""

    repository: Repository
    number: int
    title: str
    author: Account
    created_at: datetime
    updated_at: datetime
    body: str = ""
    state: str = "OPEN"
    id: int = 0
    node_id: str = ""
    state_reason: str | None = None
    closed_at: datetime | None = None
    edited_at: datetime | None = None
    labels: list[Label] = field(factory=list)
    assignees: list[Account] = field(factory=list)
    comments: list[Comment] = field(factory=list)
    timeline: list[Event] = field(factory=list)

    #: The event of its webhooks, and what it is called in them.
    EVENT = "issues"
    NAME = "issue"

    @property
    def path(self) -> str:
        """Below its repository, in a browser."""
        return f"issues/{self.number}"

    def comment(self, by: Account | str, body: str) -> Comment:
        """Say something in the conversation."""
        hub = self.repository.hub
        made = Comment(hub.account(by), body, self.touch(), on=self)
        made.id, made.node_id = hub.ids.enter("IC", made)
        self.comments.append(made)
        self.tell_said("created", made)
        return made

    def label(self, *names: str, by: Account | str | None = None) -> None:
        """Put labels on it; those that the repository has not are made."""
        for found in (self.repository.label(name) for name in names):
            if found not in self.labels:
                self.labels.append(found)
                self.event("LabeledEvent", by, label=found)
                self.tell("", "labeled", label=found)

    def unlabel(self, *names: str, by: Account | str | None = None) -> None:
        """Take labels off."""
        for found in [label for label in self.labels if label.name in names]:
            self.labels.remove(found)
            self.event("UnlabeledEvent", by, label=found)
            self.tell("", "unlabeled", label=found)

    def assign(self, *logins: Account | str) -> None:
        """Give it to somebody."""
        for account in map(self.repository.hub.account, logins):
            if account not in self.assignees:
                self.assignees.append(account)
                self.touch()
                self.tell("", "assigned", assignee=account)

    def close(self, by: Account | str | None = None, reason: str | None = "COMPLETED") -> None:
        """Close it."""
        self.state, self.closed_at, self.state_reason = "CLOSED", self.repository.hub.clock.now(), reason
        self.event("ClosedEvent", by)
        self.tell("", "closed")

    def reopen(self, by: Account | str | None = None) -> None:
        """Open it again."""
        self.state, self.closed_at, self.state_reason = "OPEN", None, "REOPENED"
        self.touch()
        self.tell("", "reopened")

    def touch(self) -> datetime:
        """It changed now."""
        self.updated_at = self.repository.hub.clock.now()
        return self.updated_at

    def event(self, kind: str, by: Account | str | None = None, **details: Any) -> Event:
        """Note in its timeline what happened."""
        hub = self.repository.hub
        actor = hub.account(by) if by else hub.actor
        made = Event(kind, actor, self.touch(), "", details)
        made.node_id = hub.ids.enter("EV", made)[1]
        self.timeline.append(made)
        return made

    def tell(self, event: str, action: str, **more: Any) -> None:
        """Send webhooks. An empty ``event`` is its own."""
        self.repository.tell(event or self.EVENT, action, **{self.NAME: self}, **more)

    def tell_said(self, action: str, said: Said) -> None:
        """Send the webhook of a text."""
        self.repository.tell("issue_comment", action, issue=self, comment=said)
