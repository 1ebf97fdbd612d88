"""A repository: its settings and everything in it, and how it follows the git repository below."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from attrs import define, field

from ..refs import Refs
from . import merging
from .checks import Run, Status, Suite
from .ci import Continuous
from .hooks import Hook, announce
from .issue import Issue, Label
from .people import Account
from .pull import Pull

if TYPE_CHECKING:
    from .hub import Hub

#: https://docs.github.com/issues/tracking-your-work-with-issues/linking-a-pull-request-to-an-issue
CLOSING = re.compile(r"\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+#(\d+)", re.IGNORECASE)


@define(eq=False)
class Repository(Continuous):
    """Settings are plain attributes that a test sets."""

    hub: Hub
    owner: Account
    name: str
    refs: Refs
    created_at: datetime
    id: int = 0
    node_id: str = ""
    default_branch: str = "main"
    description: str = ""
    private: bool = False
    #: Login → read, triage, write, maintain or admin.
    permissions: dict[str, str] = field(factory=dict)
    #: Login → what ``authorAssociation`` shows where that is not what follows from the permission.
    associations: dict[str, str] = field(factory=dict)
    required_approvals: int = 0
    required_checks: Sequence[str] = ()
    #: A head has to have the tip of its base.
    up_to_date: bool = False
    resolve_conversations: bool = False
    #: Whether the rules hold for administrators too; where not, their merge passes over them without a word.
    enforce_admins: bool = True
    merge_methods: Sequence[str] = ("MERGE", "SQUASH", "REBASE")
    auto_merge_allowed: bool = True
    delete_on_merge: bool = False
    #: Whether the default branch has a merge queue.
    queue: bool = False
    #: After each push ``mergeable`` is UNKNOWN for so many reads.
    unknown_reads: int = 0
    items: dict[int, Issue] = field(factory=dict)
    labels: dict[str, Label] = field(factory=dict)
    suites: dict[str, list[Suite]] = field(factory=dict)
    runs: list[Run] = field(factory=list)
    said: dict[str, list[Status]] = field(factory=dict)
    hooks: list[Hook] = field(factory=list)
    pushed_at: datetime | None = None
    _seen: dict[str, str] = field(factory=dict)
    _conflicts: dict[tuple[str, str], bool] = field(factory=dict)

    @property
    def full_name(self) -> str:
        """``owner/name``."""
        return f"{self.owner.login}/{self.name}"

    @property
    def pulls(self) -> list[Pull]:
        """All pull requests, oldest first."""
        return [item for item in self.items.values() if isinstance(item, Pull)]

    @property
    def issues(self) -> list[Issue]:
        """All issues that are no pull requests, oldest first."""
        return [item for item in self.items.values() if not isinstance(item, Pull)]

    def issue(
        self, title: str, body: str = "", *, author: Account | str | None = None, labels: Sequence[str] = ()
    ) -> Issue:
        """A new issue."""
        now = self.hub.clock.now()
        made = Issue(self, len(self.items) + 1, title, self._who(author), now, now, body)
        made.id, made.node_id = self.hub.ids.enter("I", made)
        self.items[made.number] = made
        made.tell("", "opened")
        made.label(*labels)
        return made

    def pull(
        self,
        *,
        head: str,
        base: str | None = None,
        title: str = "",
        body: str = "",
        author: Account | str | None = None,
        draft: bool = False,
        fork: str | None = None,
        labels: Sequence[str] = (),
    ) -> Pull:
        """A new pull request; a head branch that is not there yet gets a commit. ``fork``: whose fork it is in."""
        self.sync()
        base, now = base or self.default_branch, self.hub.clock.now()
        branch = f"forks/{fork}/{head}" if fork else head
        if branch not in self._seen:
            self.commit(branch, title or f"Work on {head}")
            self.sync()
        who = self._who(author or fork)
        made = Pull(
            self,
            len(self.items) + 1,
            title or f"Work on {head}",
            who,
            now,
            now,
            body,
            head=head,
            base=base,
            head_oid=self._seen[branch],
            base_oid=self._seen[base],
            base_then=self._seen[base],
            draft=draft,
            fork=self.hub.account(fork) if fork else None,
            unknown_reads=self.unknown_reads,
        )
        made.id, made.node_id = self.hub.ids.enter("PR", made)
        self.items[made.number] = made
        made.tell("", "opened")
        made.label(*labels)
        return made

    def branch_of(self, pull: Pull) -> str:
        """The branch in ``refs`` that a pull request follows."""
        return f"forks/{pull.fork.login}/{pull.head}" if pull.fork else pull.head

    def label(self, name: str) -> Label:
        """A label, made where it is not there."""
        if name not in self.labels:
            self.labels[name] = Label(self, name)
            self.labels[name].id, self.labels[name].node_id = self.hub.ids.enter("LA", self.labels[name])
        return self.labels[name]

    def _who(self, author: Account | str | None) -> Account:
        return self.hub.account(author) if author else self.hub.actor

    # Commits

    def commit(self, branch: str, message: str = "Work", files: Mapping[str, str] | None = None) -> str:
        """A commit on a branch, which starts at the default one; its oid. ``sync`` lets the rest follow."""
        heads = self.refs.heads()
        parent = heads.get(branch) or heads.get(self.default_branch)
        oid = self.refs.add(parent, message, files or {f"{branch}.txt": f"{message} {self.hub.ids.number()}\n"})
        self.refs.write(branch, oid)
        return oid

    def sync(self) -> None:
        """See what was pushed: heads move, pull requests that are in their base are merged, orphans closed."""
        heads = self.refs.heads()
        if heads == self._seen:
            return
        before, self._seen = self._seen, heads
        for branch in sorted(set(before) | set(heads)):
            if before.get(branch) != heads.get(branch):
                self.pushed_at = self.hub.clock.now()
                self.tell("push", "", branch=branch, before=before.get(branch), after=heads.get(branch))
        for pull in [pull for pull in self.pulls if pull.state == "OPEN"]:
            self._follow(pull, heads)
        self.settle()

    def _follow(self, pull: Pull, heads: Mapping[str, str]) -> None:
        head, base = heads.get(self.branch_of(pull)), heads.get(pull.base)
        if base is not None and base != pull.base_oid:
            pull.base_oid = base
            pull.unknown_reads = self.unknown_reads
            if self.refs.contains(base, head or pull.head_oid):
                merging.mark(pull, self.hub.actor, head or pull.head_oid)
                return
        if head is None or base is None:
            pull.close()
        elif head != pull.head_oid:
            pull.moved(head)

    def conflicts(self, pull: Pull) -> bool:
        """Whether head and base can not be merged without a person."""
        key = (pull.base_oid, pull.head_oid)
        if key not in self._conflicts:
            self._conflicts[key] = self.refs.conflicts(*key)
        return self._conflicts[key]

    def settle(self) -> None:
        """Merge what was only waiting for its rules."""
        for pull in self.pulls:
            merging.settle(pull)

    def land_next(self) -> None:
        """Let the merge queue merge its first entry, as it does once the queue's own checks are green."""
        merging.land_queue(min((p for p in self.pulls if p.queued_at), key=lambda p: (p.queued_at, p.number)))

    def close_linked(self, pull: Pull) -> None:
        """Close the issues that a merged pull request says it fixes."""
        for issue in self.linked(pull):
            if issue.state == "OPEN" and pull.base == self.default_branch:
                issue.close(pull.merged_by)

    def linked(self, pull: Pull) -> list[Issue]:
        """The issues that a pull request says it fixes."""
        numbers = (int(number) for number in CLOSING.findall(pull.body))
        return [self.items[n] for n in numbers if n in self.items and not isinstance(self.items[n], Pull)]

    # Webhooks

    def tell(self, event: str, action: str, **things: Any) -> None:
        """Something happened: every hook that wants to know of it gets a delivery."""
        announce(self, event, action, things)

    def heads(self) -> Iterator[tuple[str, str]]:
        """(branch, oid), those of forks not."""
        return ((name, oid) for name, oid in self._seen.items() if not name.startswith("forks/"))
