"""A project: its settings and everything in it, and how it follows the git repository below."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from attrs import define, field

from ..refs import Refs
from . import merging
from .hooks import Hook
from .merge_request import Issue, MergeRequest, Note
from .people import Account
from .pipeline import Job, Pipeline

if TYPE_CHECKING:
    from .lab import Lab

#: https://docs.gitlab.com/user/project/issues/managing_issues/#default-closing-pattern
CLOSING = re.compile(r"\b(?:clos(?:e[sd]?|ing)|fix(?:e[sd]|ing)?|resolv(?:e[sd]?|ing))\b:?\s+#(\d+)", re.IGNORECASE)


@define(eq=False)
class Project:
    """Settings are plain attributes that a test sets."""

    lab: Lab
    id: int
    path: str
    refs: Refs
    created_at: datetime
    default_branch: str = "main"
    private: bool = False
    #: Username → 10 (guest) … 50 (owner).
    members: dict[str, int] = field(factory=dict)
    approvals_required: int = 0
    reset_approvals: bool = True
    pipeline_must_succeed: bool = False
    resolve_discussions: bool = False
    #: Whether an issue has one assignee at most, as in GitLab Free: of more the first is kept.
    one_assignee: bool = False
    merge_trains: bool = False
    #: merge, rebase_merge or ff.
    merge_method: str = "merge"
    #: After each push ``detailed_merge_status`` is ``checking`` for so many reads.
    unchecked_reads: int = 0
    merge_requests: dict[int, MergeRequest] = field(factory=dict)
    issues: dict[int, Issue] = field(factory=dict)
    pipelines: list[Pipeline] = field(factory=list)
    hooks: list[Hook] = field(factory=list)
    heads: dict[str, str] = field(factory=dict)
    _conflicts: dict[tuple[str, str], bool] = field(factory=dict)

    def issue(
        self, title: str, description: str = "", *, author: str | None = None, labels: Sequence[str] = ()
    ) -> Issue:
        """A new issue."""
        now = self.lab.clock.now()
        iid = len(self.issues) + 1
        made = Issue(self, self.lab.number(), iid, title, self._who(author), now, now, description, labels=[*labels])
        self.issues[iid] = made
        self.tell("Issue Hook", "issue", made)
        return made

    def merge_request(
        self,
        *,
        source: str,
        target: str | None = None,
        title: str = "",
        description: str = "",
        author: Account | str | None = None,
        draft: bool = False,
        labels: Sequence[str] = (),
        fork: int = 0,
    ) -> MergeRequest:
        """A new merge request; a source branch that is not there yet gets a commit. ``fork``: see its class."""
        self.sync()
        if source not in self.heads:
            self.commit(source, title or f"Work on {source}")
            self.sync()
        target, now, iid = target or self.default_branch, self.lab.clock.now(), len(self.merge_requests) + 1
        made = MergeRequest(
            self,
            self.lab.number(),
            iid,
            title or f"Work on {source}",
            self._who(author),
            now,
            now,
            description,
            labels=[*labels],
            source=source,
            target=target,
            sha=self.heads[source],
            base_sha=self.heads[target],
            draft=draft,
            unchecked_reads=self.unchecked_reads,
            fork=fork,
        )
        self.merge_requests[iid] = made
        self.tell("Merge Request Hook", "merge_request", made)
        return made

    def pipeline(self, sha: str, ref: str, source: str = "merge_request_event") -> Pipeline:
        """A new pipeline of a commit."""
        now = self.lab.clock.now()
        iid = len(self.pipelines) + 1
        made = Pipeline(self, self.lab.number(), iid, sha, ref, source, now, now, self.lab.actor)
        self.pipelines.append(made)
        return made

    def status(self, sha: str, name: str, state: str, url: str = "", description: str = "") -> Job:
        """What somebody else says of a commit: part of its newest pipeline, or of one of its own.

        https://docs.gitlab.com/api/commits/#set-commit-pipeline-status.
        """
        found = [one for one in self.pipelines if one.sha == sha and not one.is_child]
        pipeline = found[-1] if found else self.pipeline(sha, self.default_branch, "external")
        return pipeline.external(name, state, url, description)

    def note(self, by: Account | str, body: str, *, system: bool = False) -> Note:
        """A note that is nowhere yet."""
        now = self.lab.clock.now()
        return Note(self.lab.number(), self.lab.account(by), body, now, now, system)

    def commit(self, branch: str, message: str = "Work", files: Mapping[str, str] | None = None) -> str:
        """A commit on a branch, which starts at the default one; its sha. ``sync`` lets the rest follow."""
        heads = self.refs.heads()
        parent = heads.get(branch) or heads.get(self.default_branch)
        sha = self.refs.add(parent, message, files or {f"{branch}.txt": f"{message} {self.lab.number()}\n"})
        self.refs.write(branch, sha)
        return sha

    def sync(self) -> None:
        """See what was pushed since: heads move, and merge requests that are in their target are merged."""
        heads = self.refs.heads()
        if heads == self.heads:
            return
        self.heads = heads
        for it in [it for it in self.merge_requests.values() if it.state == "opened"]:
            source, target = heads.get(it.source), heads.get(it.target)
            if target is not None and target != it.base_sha:
                it.base_sha = target
                if self.refs.contains(target, source or it.sha):
                    merging.mark(it, self.lab.actor, source or it.sha)
                    continue
            if source is not None and source != it.sha:
                it.moved(source)
        self.settle()

    def settle(self) -> None:
        """Merge what was only waiting for its pipeline."""
        for it in self.merge_requests.values():
            merging.settle(it)

    def conflicts(self, it: MergeRequest) -> bool:
        """Whether source and target can not be merged without a person."""
        key = (it.base_sha, it.sha)
        if key not in self._conflicts:
            self._conflicts[key] = self.refs.conflicts(*key)
        return self._conflicts[key]

    def closes(self, it: MergeRequest) -> list[Issue]:
        """The issues that a merge request says it closes."""
        numbers = (int(number) for number in CLOSING.findall(it.description))
        return [self.issues[number] for number in numbers if number in self.issues]

    def tell(self, event: str, kind: str, thing: Issue | Pipeline, note: Note | None = None) -> None:
        """Note for every webhook what happened."""
        for hook in self.hooks:
            hook.note(event, kind, thing, note)

    def _who(self, author: Account | str | None) -> Account:
        return self.lab.account(author) if author else self.lab.actor
