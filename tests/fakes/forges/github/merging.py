"""How a pull request gets into its base: at once, when it may, or through the queue."""

from __future__ import annotations

from ..graph.view import Refused
from . import gates
from .people import Account, may
from .pull import AutoMerge, Pull


def merge(pull: Pull, by: Account, method: str = "MERGE", head: str | None = None, message: str = "") -> str:
    """Merge now; the commit's oid. Refused with the words of the service where it may not be."""
    repository = pull.repository
    if not may(repository, by, "write"):
        raise Refused("FORBIDDEN", f"{by.login} does not have the correct permissions to execute `MergePullRequest`")
    if pull.state != "OPEN":
        raise Refused("UNPROCESSABLE", "Pull Request is not mergeable")
    if head is not None and head != pull.head_oid:
        raise Refused("UNPROCESSABLE", "Head branch was modified. Review and try the merge again.")
    if method not in repository.merge_methods:
        raise Refused("UNPROCESSABLE", f"{method.capitalize()} merges are not allowed on this repository.")
    if repository.queue:
        raise Refused("UNPROCESSABLE", "Changes must be made through the merge queue")
    refuse_what_stands_between(pull, passes=not repository.enforce_admins and may(repository, by, "admin"))
    return _merged(pull, by, method, message)


def refuse_what_stands_between(pull: Pull, *, passes: bool = False) -> None:
    """Refused where a rule is not met; ``passes``: the rules are not for who asks."""
    if pull.draft:
        raise Refused("UNPROCESSABLE", "Pull Request is still a draft")
    match gates.merge_state(pull):
        case "DIRTY" | "UNKNOWN":
            raise Refused("UNPROCESSABLE", "Pull Request is not mergeable")
        case "BEHIND" if not passes:
            raise Refused("UNPROCESSABLE", "Head branch is out of date. Review and try the merge again.")
    if not passes and (found := gates.blockers(pull)):
        raise Refused("UNPROCESSABLE", " ".join(["Repository rule violations found", *found]))


def _merged(pull: Pull, by: Account, method: str, message: str = "") -> str:
    repository = pull.repository
    text = message or (f"{pull.title} (#{pull.number})" if method == "SQUASH" else f"Merge pull request #{pull.number}")
    oid = repository.refs.merge(pull.base_oid, pull.head_oid, method, text)
    repository.refs.write(pull.base, oid)
    mark(pull, by, oid)
    if repository.delete_on_merge:
        repository.refs.write(pull.head, None)
    repository.sync()
    return oid


def mark(pull: Pull, by: Account, oid: str) -> None:
    """It is in its base, by a merge or by a push of the same commits."""
    now = pull.repository.hub.clock.now()
    pull.state, pull.merged_at, pull.closed_at, pull.merged_by, pull.merge_oid = "MERGED", now, now, by, oid
    pull.auto_merge = pull.queued_at = None
    pull.event("MergedEvent", by)
    pull.event("ClosedEvent", by)
    pull.tell("", "closed")
    pull.repository.close_linked(pull)


def enable_auto_merge(pull: Pull, by: Account, method: str) -> None:
    """Merge once nothing stands between; refused where nothing does, as on the service."""
    if not pull.repository.auto_merge_allowed:
        raise Refused("UNPROCESSABLE", "Auto merge is not allowed for this repository")
    if gates.merge_state(pull) in ("CLEAN", "UNSTABLE"):
        raise Refused("UNPROCESSABLE", f"Pull request Pull request is in {gates.merge_state(pull).lower()} status")
    pull.auto_merge = AutoMerge(by, pull.touch(), method)
    pull.tell("", "auto_merge_enabled")


def disable_auto_merge(pull: Pull) -> None:
    """Not any more."""
    pull.auto_merge = None
    pull.touch()
    pull.tell("", "auto_merge_disabled")


def enqueue(pull: Pull, by: Account, head: str | None = None) -> None:
    """Into the repository's merge queue."""
    if not pull.repository.queue:
        raise Refused("UNPROCESSABLE", "Merge queue is not enabled for this branch")
    if head is not None and head != pull.head_oid:
        raise Refused("UNPROCESSABLE", "Head branch was modified. Review and try again.")
    refuse_what_stands_between(pull)
    pull.queued_at, pull.queued_by = pull.touch(), by
    pull.tell("", "enqueued")


def dequeue(pull: Pull, reason: str = "MANUAL") -> None:
    """Out of the queue, unmerged."""
    pull.queued_at = None
    pull.touch()
    pull.tell("", "dequeued", reason=reason)


def land_queue(pull: Pull) -> str:
    """What the queue does once its own checks are green; a test says when."""
    assert pull.queued_at is not None, "it is not in the queue"
    return _merged(pull, pull.queued_by or pull.author, pull.repository.merge_methods[0])


def settle(pull: Pull) -> None:
    """Merge what waits for its rules, where they are met now."""
    if pull.auto_merge and pull.state == "OPEN" and gates.merge_state(pull) in ("CLEAN", "UNSTABLE"):
        _merged(pull, pull.auto_merge.by, pull.auto_merge.method)


def update_branch(pull: Pull, method: str) -> str:
    """Bring the base's tip into the head: by a merge commit, or by a rebase."""
    repository = pull.repository
    if repository.conflicts(pull):
        raise Refused("UNPROCESSABLE", "merge conflict between base and head")
    if method == "REBASE":
        oid = repository.refs.merge(pull.base_oid, pull.head_oid, "REBASE", "")
    else:
        oid = repository.refs.merge(
            pull.head_oid, pull.base_oid, "MERGE", f"Merge branch '{pull.base}' into {pull.head}"
        )
    repository.refs.write(repository.branch_of(pull), oid)
    repository.sync()
    return oid
