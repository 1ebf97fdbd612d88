"""What a workspace holds."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

from attrs import define, field

if TYPE_CHECKING:
    from .workspace import Workspace

PRIORITIES = ("No priority", "Urgent", "High", "Medium", "Low")


@define(eq=False)
class Thing:
    """Anything with an id, a UUID."""

    workspace: Workspace
    id: str
    created_at: datetime
    updated_at: datetime

    def touch(self) -> None:
        """It changed now."""
        self.updated_at = self.workspace.clock.now()


@define(eq=False)
class User(Thing):
    """Somebody."""

    name: str
    active: bool = True
    #: An application that has an account of its own.
    app: bool = False
    guest: bool = False

    @property
    def display_name(self) -> str:
        return self.name

    @property
    def email(self) -> str:
        return f"{self.name}@example.invalid"


@define(eq=False)
class External(Thing):
    """Somebody who writes by way of another service, such as Slack."""

    name: str

    @property
    def display_name(self) -> str:
        return self.name


@define(eq=False)
class State(Thing):
    """A workflow state; ``type``: triage, backlog, unstarted, started, completed, canceled or duplicate."""

    team: Team
    name: str
    type: str
    position: float
    color: str = "#bec2c8"


@define(eq=False)
class Label(Thing):
    """A label of a team, or of the whole workspace; ``group``: it holds others, and no issue has it."""

    team: Team | None
    name: str
    color: str = "#bec2c8"
    group: bool = False


@define(eq=False)
class Team(Thing):
    """A team; its issues are ``KEY-1`` and so on."""

    key: str
    name: str
    states: list[State] = field(factory=list)
    labels: list[Label] = field(factory=list)
    issues: list[Issue] = field(factory=list)

    def state(self, name: str) -> State:
        """A state by its name."""
        return next(state for state in self.states if state.name == name)


@define(eq=False)
class Issue(Thing):
    """An issue."""

    team: Team
    number: int
    title: str
    state: State
    creator: User
    description: str | None = None
    #: Who made it from elsewhere; the name of a program that did.
    external: External | None = None
    bot: str = ""
    priority: int = 0
    assignee: User | None = None
    labels: list[Label] = field(factory=list)
    comments: list[Comment] = field(factory=list)
    attachments: list[Attachment] = field(factory=list)

    @property
    def identifier(self) -> str:
        return f"{self.team.key}-{self.number}"

    @property
    def branch_name(self) -> str:
        """What Linear suggests."""
        title = re.sub(r"[^a-z0-9]+", "-", self.title.lower()).strip("-")
        return f"{self.creator.name}/{self.identifier.lower()}-{title}"

    def move(self, state: State | str) -> Issue:
        """Into another state."""
        self.state = self.team.state(state) if isinstance(state, str) else state
        self.touch()
        self.workspace.tell("update", "Issue", self)
        return self

    def comment(self, by: User | External | str | None, body: str, id: str | None = None, bot: str = "") -> Comment:
        """Say something; None with ``bot``, a name: a program does. The same ``id`` twice is one comment."""
        return self.workspace.comment(self, by, body, id, bot)


@define(eq=False)
class Comment(Thing):
    """A comment."""

    issue: Issue
    user: User | None
    body: str
    edited_at: datetime | None = None
    external: External | None = None
    bot: str = ""

    def edit(self, body: str) -> Comment:
        """Change the text."""
        self.body = body
        self.touch()
        self.edited_at = self.updated_at
        self.workspace.tell("update", "Comment", self)
        return self


@define(eq=False)
class Attachment(Thing):
    """A link to somewhere else."""

    issue: Issue
    url: str
    title: str
    source_type: str | None = None
