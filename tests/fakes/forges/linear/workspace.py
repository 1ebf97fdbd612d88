"""Linear as a whole: teams, issues, keys, and the door that requests come in by."""

from __future__ import annotations

import itertools
import uuid
from typing import Any, TypeVar

from attrs import define, field

from ..wire.clock import Clock
from ..wire.double import Double
from ..wire.faults import Faults
from ..wire.message import Answer, Request
from .hooks import Delivery, Hook
from .limits import Limits
from .things import Attachment, Comment, External, Issue, Label, State, Team, Thing, User

T = TypeVar("T", bound=Thing)

#: What a new team has: name and type.
STATES = (
    ("Triage", "triage"),
    ("Backlog", "backlog"),
    ("Todo", "unstarted"),
    ("In Progress", "started"),
    ("In Review", "started"),
    ("Done", "completed"),
    ("Canceled", "canceled"),
    ("Duplicate", "duplicate"),
)


@define(eq=False)
class Workspace(Double):
    """``Workspace().team("TEAM").…``: a workspace with nothing in it."""

    clock: Clock = field(factory=Clock)
    faults: Faults = field(factory=Faults)
    web: str = "https://linear.app/acme"
    things: dict[str, Thing] = field(factory=dict)
    keys: dict[str, User] = field(factory=dict)
    hooks: list[Hook] = field(factory=list)
    #: (operation, status) of every request that came.
    asked: list[tuple[str, int]] = field(factory=list)
    #: What the double can not do: a test ends with none.
    problems: list[str] = field(factory=list)
    limits: Limits = field(init=False)
    actor: User = field(init=False)
    _numbers: Any = field(factory=lambda: itertools.count(1))

    def __attrs_post_init__(self) -> None:
        self.limits = Limits(self.clock)
        self.actor = self.user("ao-user")

    def new(self, kind: type[T], *rest: Any, id: str | None = None, **more: Any) -> T:
        """A thing with an id, which is found by it from now on."""
        now = self.clock.now()
        made = kind(self, id or str(uuid.UUID(int=next(self._numbers), version=4)), now, now, *rest, **more)
        self.things[made.id] = made
        return made

    def of(self, kind: type[T]) -> list[T]:
        """All of a kind, oldest first."""
        return [thing for thing in self.things.values() if isinstance(thing, kind)]

    def user(self, who: User | str) -> User:
        """Somebody, made where they are not there."""
        if isinstance(who, User):
            return who
        return next((user for user in self.of(User) if user.name == who), None) or self.new(User, who)

    def team(self, key: str = "TEAM", name: str = "") -> Team:
        """A team with the usual states, made where it is not there."""
        found = next((team for team in self.of(Team) if team.key == key), None)
        if found is None:
            found = self.new(Team, key, name or key.title())
            found.states = [self.new(State, found, *state, float(place)) for place, state in enumerate(STATES)]
        return found

    def workspace_label(self, name: str, *, group: bool = False) -> Label:
        """A new label of no team."""
        return self.new(Label, None, name, group=group)

    def label(self, name: str, team: Team | None = None) -> Label:
        """A label of a team, made where it is not there."""
        team = team or self.team()
        found = next((label for label in team.labels if label.name == name), None)
        if found is None:
            found = self.new(Label, team, name)
            team.labels.append(found)
        return found

    def issue(
        self, title: str, description: str | None = None, *, team: Team | None = None, state: str = "Todo"
    ) -> Issue:
        """A new issue."""
        team = team or self.team()
        made = self.new(Issue, team, len(team.issues) + 1, title, team.state(state), self.actor, description)
        team.issues.append(made)
        self.tell("create", "Issue", made)
        return made

    def external(self, name: str) -> External:
        """Somebody who is no member."""
        return self.new(External, name)

    def comment(
        self, issue: Issue, by: User | External | str | None, body: str, id: str | None = None, bot: str = ""
    ) -> Comment:
        """A comment on an issue; the one that is there already where its id is."""
        if id is not None and isinstance(found := self.things.get(id), Comment):
            return found
        external = by if isinstance(by, External) else None
        user = self.user(by) if isinstance(by, User | str) else None
        made = self.new(Comment, issue, user, body, id=id, external=external, bot=bot)
        issue.comments.append(made)
        issue.touch()
        self.tell("create", "Comment", made)
        return made

    def attach(self, issue: Issue, url: str, title: str, kind: str | None = None) -> Attachment:
        """A link on an issue; an address is on it once."""
        found = next((one for one in issue.attachments if one.url == url), None)
        if found is None:
            found = self.new(Attachment, issue, url, title, kind)
            issue.attachments.append(found)
        return found

    def key(self, name: str = "ao-user") -> str:
        """A new API key of somebody."""
        made = f"lin_api_{name}{next(self._numbers)}"
        self.keys[made] = self.user(name)
        return made

    def hook(self, url: str, secret: str) -> Hook:
        """A new webhook."""
        self.hooks.append(Hook(self.clock, url, secret))
        return self.hooks[-1]

    def tell(self, action: str, kind: str, thing: Thing) -> list[Delivery]:
        """Note for every webhook what happened."""
        return [hook.note(action, kind, thing) for hook in self.hooks]

    def enter(self, request: Request) -> Answer:
        """By the views, which know what is here."""
        from .serve import serve

        return serve(self, request)
