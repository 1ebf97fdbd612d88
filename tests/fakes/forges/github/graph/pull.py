"""Pull requests."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ...graph.connection import Listed
from ...graph.view import View
from .. import gates
from ..people import may
from ..pull import Pull
from ..repository import Repository
from .checks import Rollup
from .git import Branch, Sha
from .issue import Item
from .repository import MergeQueue
from .review import ReviewRequest
from .shown import show, show_all, shows, time


@shows(Pull)
class PullRequest(Item):
    SAME = "body number title state merged"

    def isDraft(self) -> bool:
        return self.it.draft

    def headRefName(self) -> str:
        return self.it.head

    def headRefOid(self) -> str:
        return self.it.head_oid

    def baseRefName(self) -> str:
        return self.it.base

    def baseRefOid(self) -> str:
        return self.it.base_then

    def headRef(self) -> Any:
        return None if self.it.fork else self._ref(self.it.head)

    def baseRef(self) -> Any:
        return self._ref(self.it.base)

    def headRepository(self) -> Any:
        return None if self.it.fork else show(self.it.repository, self.see)

    def baseRepository(self) -> Any:
        return show(self.it.repository, self.see)

    def headRepositoryOwner(self) -> Any:
        return show(self.it.fork or self.it.repository.owner, self.see)

    def isCrossRepository(self) -> bool:
        return self.it.fork is not None

    def maintainerCanModify(self) -> bool:
        return False

    def mergeable(self) -> str:
        return self.see.merge(self.it)[0]

    def mergeStateStatus(self) -> str:
        return self.see.merge(self.it)[1]

    def reviewDecision(self) -> str | None:
        return gates.decision(self.it)

    def mergedAt(self) -> str | None:
        return time(self.it.merged_at)

    def mergedBy(self) -> Any:
        return show(self.it.merged_by, self.see)

    def mergeCommit(self) -> Any:
        return show(Sha(self.it.repository, self.it.merge_oid), self.see) if self.it.merge_oid else None

    def potentialMergeCommit(self) -> None:
        return None

    def autoMergeRequest(self) -> dict[str, Any] | None:
        if not (auto := self.it.auto_merge):
            return None
        return {
            "enabledAt": time(auto.at),
            "enabledBy": show(auto.by, self.see),
            "mergeMethod": auto.method,
            "pullRequest": self,
            "authorEmail": None,
            "commitBody": None,
            "commitHeadline": None,
        }

    def isInMergeQueue(self) -> bool:
        return self.it.queued_at is not None

    def isMergeQueueEnabled(self) -> bool:
        return self.it.repository.queue

    def mergeQueue(self) -> Any:
        return MergeQueue(self.it.repository, self.see) if self.it.repository.queue else None

    def mergeQueueEntry(self) -> Any:
        return MergeQueueEntry(self.it, self.see) if self.it.queued_at else None

    def statusCheckRollup(self) -> Any:
        return show(Rollup.of(self.it.repository, self.it.head_oid), self.see)

    def commits(self) -> list[Any]:
        oids = self.it.repository.refs.commits(self.it.base_oid, self.it.head_oid) or [self.it.head_oid]
        return [PullRequestCommit((self.it, oid), self.see) for oid in oids]

    def files(self) -> list[Any]:
        kinds = {"removed": "DELETED"}
        return [
            {
                "path": changed.path,
                "additions": changed.additions,
                "deletions": changed.deletions,
                "changeType": kinds.get(changed.status, changed.status.upper()),
                "viewerViewedState": "UNVIEWED",
            }
            for changed in self._changed()
        ]

    def changedFiles(self) -> int:
        return len(self._changed())

    def additions(self) -> int:
        return sum(changed.additions for changed in self._changed())

    def deletions(self) -> int:
        return sum(changed.deletions for changed in self._changed())

    def closingIssuesReferences(self, orderBy: Any = None, userLinkedOnly: bool = False) -> list[Any]:
        return show_all(self.it.repository.linked(self.it), self.see)

    def reviews(self, states: list[str] | None = None, author: str | None = None) -> list[Any]:
        found = [r for r in self.it.reviews if states is None or r.state in states]
        return show_all((r for r in found if author in (None, r.author.login)), self.see)

    def latestReviews(self) -> list[Any]:
        found = {r.author.login: r for r in self.it.reviews if r.state not in ("PENDING",)}
        return show_all(found.values(), self.see)

    def latestOpinionatedReviews(self, writersOnly: bool = False) -> list[Any]:
        found = gates.opinions(self.it).values()
        return show_all((r for r in found if not writersOnly or may(self.it.repository, r.author, "write")), self.see)

    def reviewRequests(self) -> list[Any]:
        return [ReviewRequest((self.it, who), self.see) for who in self.it.requested]

    def reviewThreads(self) -> list[Any]:
        return show_all(self.it.threads, self.see)

    def timelineItems(
        self, since: str | None = None, itemTypes: list[str] | None = None, skip: int | None = None
    ) -> Listed:
        found = [event for event in self.it.timeline if since is None or (time(event.created_at) or "") >= since]
        found = [event for event in found if itemTypes is None or _constant(event.kind) in itemTypes][skip or 0 :]
        return Listed(
            show_all(found, self.see), filtered_count=len(found), page_count=len(found), updated_at=self.updatedAt()
        )

    def viewerCanUpdateBranch(self) -> bool:
        return self._may("write")

    def viewerCanEnableAutoMerge(self) -> bool:
        return self._may("write") and self.it.repository.auto_merge_allowed

    def viewerCanDeleteHeadRef(self) -> bool:
        return self._may("write")

    def viewerMergeHeadlineText(self, mergeType: str | None = None) -> str:
        return f"{self.it.title} (#{self.it.number})"

    def viewerMergeBodyText(self, mergeType: str | None = None) -> str:
        return self.it.body

    def _changed(self) -> Any:
        return self.it.repository.refs.changed(self.it.base_oid, self.it.head_oid)

    def _ref(self, name: str) -> Any:
        oid = dict(self.it.repository.heads()).get(name)
        return show(Branch(self.it.repository, name, oid), self.see) if oid else None


def _constant(kind: str) -> str:
    """``LabeledEvent`` → ``LABELED_EVENT``."""
    return "".join(f"_{c}" if c.isupper() else c.upper() for c in kind).lstrip("_")


class PullRequestCommit(View):
    def id(self) -> str:
        return f"PRC_{self.it[0].node_id}_{self.it[1]}"

    def commit(self) -> Any:
        return show(Sha(self.it[0].repository, self.it[1]), self.see)

    def pullRequest(self) -> Any:
        return show(self.it[0], self.see)


class MergeQueueEntry(View):
    def id(self) -> str:
        return f"MQE_{self.it.node_id}"

    def state(self) -> str:
        return "AWAITING_CHECKS"

    def position(self) -> int:
        return queue(self.it.repository).index(self.it) + 1

    def enqueuedAt(self) -> str | None:
        return time(self.it.queued_at)

    def enqueuer(self) -> Any:
        return show(self.it.queued_by, self.see)

    def estimatedTimeToMerge(self) -> None:
        return None

    def headCommit(self) -> Any:
        return show(Sha(self.it.repository, self.it.head_oid), self.see)

    def baseCommit(self) -> Any:
        return show(Sha(self.it.repository, self.it.base_oid), self.see)

    def pullRequest(self) -> Any:
        return show(self.it, self.see)

    def mergeQueue(self) -> Any:
        return MergeQueue(self.it.repository, self.see)


def queue(repository: Repository) -> list[Pull]:
    """What is in the merge queue, in its order."""
    found: list[tuple[datetime, int, Pull]] = [(p.queued_at, p.number, p) for p in repository.pulls if p.queued_at]
    return [pull for _, _, pull in sorted(found, key=lambda entry: entry[:2])]
