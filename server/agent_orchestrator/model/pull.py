"""Pull requests (GitLab: merge requests) as they were last seen: facts, and what follows from them.

Invariant: "no checks" and "unknown" are never green.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from attrs import frozen


class CheckState(StrEnum):
    """How a check of CI stands. ``NEITHER``: it ended with no word about the code (cancelled, waits for a person)."""

    PENDING = "pending"
    PASSED = "passed"
    SKIPPED = "skipped"
    FAILED = "failed"
    NEITHER = "neither"


class Mergeable(StrEnum):
    """Can it be merged without a conflict?"""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@frozen
class CiCheck:
    """A check of CI. ``key`` is the same for a re-run of it; ``id`` and ``run`` are this run's.

    ``started_at`` is the service's own time as text, which sorts like the time. ``number`` (of the check) and ``run``
    (of the workflow) are 0 where the service has none; both have more than 32 bits. ``word`` is the service's own for
    how it stands, ``about`` what it says of itself in a line.
    """

    key: str
    name: str
    state: CheckState
    id: str = ""
    url: str = ""
    workflow: str = ""
    number: int = 0
    run: int = 0
    started_at: str = ""
    ended_at: str = ""
    word: str = ""
    about: str = ""


@frozen
class Pipeline:
    """The run of CI that the checks of a head are of, where the service has one for all of them (GitLab).

    ``ref`` is what it ran for, such as the branch; ``word`` is the service's own for how it stands.
    """

    number: int
    url: str
    ref: str
    sha: str
    word: str


@frozen
class Thread:
    """A conversation on a line. ``line`` counts from 1 in the file as of the head; 0: it has none any more."""

    id: str
    path: str
    line: int = 0
    resolved: bool = False
    outdated: bool = False


@frozen
class Pull:
    """A pull request. ``state`` is ``open``, ``merged`` or ``closed``; ``head`` and ``base_head`` are commits.

    ``decision`` is ``approved``, ``changes-requested``, ``required`` (a review is), or empty: there is no rule.
    ``blocked`` is the service's own word for how it stands. ``stale``: the last look did not tell of it.
    """

    id: str
    number: int
    url: str
    title: str
    state: str
    head: str
    branch: str
    base: str
    base_head: str
    draft: bool = False
    foreign: bool = False
    mergeable: Mergeable = Mergeable.UNKNOWN
    blocked: str = ""
    decision: str = ""
    labels: tuple[str, ...] = ()
    checks: tuple[CiCheck, ...] = ()
    threads: tuple[Thread, ...] = ()
    #: There are conversations that were not looked at.
    more_threads: bool = False
    queued: bool = False
    auto_merge: bool = False
    #: The service's own time of the last change that it counts as one (a comment is, a resolved thread need not be).
    updated_at: str = ""
    #: What all of its checks are of; None: there is nothing yet, or the service has no such thing.
    pipeline: Pipeline | None = None
    #: The commit that it became, once it is merged and the service says so.
    merged_as: str = ""
    stale: bool = False

    @property
    def settled(self) -> bool:
        """Has every check come to its end?"""
        return bool(self.checks) and all(check.state is not CheckState.PENDING for check in self.checks)

    @property
    def failed(self) -> tuple[CiCheck, ...]:
        """The checks that failed."""
        return tuple(check for check in self.checks if check.state is CheckState.FAILED)

    @property
    def green(self) -> bool:
        """Did its checks pass, and is there at least one?"""
        states = {check.state for check in self.checks}
        return CheckState.PASSED in states and states <= {CheckState.PASSED, CheckState.SKIPPED}

    @property
    def ready(self) -> bool:
        """Is it approved as far as that is asked for, green, and free of conflicts and open conversations?"""
        approved = self.decision in ("approved", "")
        clear = not self.more_threads and all(thread.resolved for thread in self.threads)
        open_ = self.state == "open" and not self.draft and not self.stale
        return open_ and approved and clear and self.green and self.mergeable is Mergeable.YES


@frozen
class Page:
    """What is on the page of a pull request beside its facts. It is told to who asks for it, and never kept.

    ``state`` is the service's own word; people are named as the service names them. ``milestone`` is empty for none.
    """

    title: str
    state: str
    author: str
    labels: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()
    comments: int = 0
    milestone: str = ""
    text: str = ""


def newest(checks: Iterable[CiCheck]) -> tuple[CiCheck, ...]:
    """Of the runs of one check the one that was started last, as a re-run takes the place of what it repeats.

    One that waits to be started is newer than all that were.
    """
    found: dict[str, CiCheck] = {}
    for check in checks:
        if check.key not in found or _order(found[check.key]) <= _order(check):
            found[check.key] = check
    return tuple(found[key] for key in sorted(found))


def _order(check: CiCheck) -> tuple[bool, str]:
    return check.state is CheckState.PENDING and not check.started_at, check.started_at
