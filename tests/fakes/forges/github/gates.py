"""What stands between a pull request and its base, derived each time from what is there."""

from __future__ import annotations

from .checks import Check, Status, latest, rollup
from .people import may
from .pull import Pull
from .talk import Review


def checks(pull: Pull) -> list[Check]:
    """The check runs that its rollup shows: those of the head, of a name and suite the newest."""
    return pull.repository.checks(pull.head_oid)


def statuses(pull: Pull) -> list[Status]:
    """The legacy statuses of the head: of a context the newest."""
    return pull.repository.statuses(pull.head_oid)


def rollup_state(pull: Pull) -> str | None:
    """SUCCESS, FAILURE, ERROR or PENDING; None without any check."""
    return rollup(list(latest(checks(pull))), statuses(pull))


def opinions(pull: Pull) -> dict[str, Review]:
    """The last review of each person that says yes or no."""
    found: dict[str, Review] = {}
    for review in pull.reviews:
        if review.state in ("APPROVED", "CHANGES_REQUESTED", "DISMISSED"):
            found[review.author.login] = review
    return found


def decision(pull: Pull) -> str | None:
    """``reviewDecision``: None is no rule, not a yes. Only those count who may write."""
    counted = [r for r in opinions(pull).values() if may(pull.repository, r.author, "write")]
    if any(review.state == "CHANGES_REQUESTED" for review in counted):
        return "CHANGES_REQUESTED"
    needed = pull.repository.required_approvals
    approved = sum(review.state == "APPROVED" for review in counted)
    if needed and approved < needed:
        return "REVIEW_REQUIRED"
    return "APPROVED" if approved else None


def mergeable(pull: Pull) -> str:
    """MERGEABLE, CONFLICTING or UNKNOWN. Does not use up a read: see ``read_mergeable``."""
    if pull.state != "OPEN" or pull.unknown_reads > 0:
        return "UNKNOWN"
    return "CONFLICTING" if pull.repository.conflicts(pull) else "MERGEABLE"


def merge_state(pull: Pull) -> str:
    """``mergeStateStatus``, by the order in which the service looks."""
    match mergeable(pull):
        case "UNKNOWN":
            return "UNKNOWN"
        case "CONFLICTING":
            return "DIRTY"
    if pull.draft:
        return "DRAFT"
    if blockers(pull):
        return "BLOCKED"
    if pull.repository.up_to_date and not pull.repository.refs.contains(pull.head_oid, pull.base_oid):
        return "BEHIND"
    return "CLEAN" if rollup_state(pull) in (None, "SUCCESS") else "UNSTABLE"


def blockers(pull: Pull) -> list[str]:
    """Which rules are not met, as the service says it when somebody merges all the same."""
    found = []
    if decision(pull) in ("REVIEW_REQUIRED", "CHANGES_REQUESTED"):
        found.append("At least one approving review is required by reviewers with write access.")
    green = {c.name for c in latest(checks(pull)) if c.conclusion in ("success", "neutral", "skipped")}
    green |= {status.context for status in statuses(pull) if status.state == "success"}
    found += [
        f'Required status check "{name}" is expected.' for name in pull.repository.required_checks if name not in green
    ]
    if pull.repository.resolve_conversations and any(thread.resolved_by is None for thread in pull.threads):
        found.append("A conversation must be resolved before this pull request can be merged.")
    return found
