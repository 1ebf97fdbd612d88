"""What GitLab answers, as merge requests. Pure, and strict only about what decides something.

``detailed_merge_status`` names only the first thing that is in the way, so nothing is concluded from it that a field
says itself (https://docs.gitlab.com/api/merge_requests/#merge-status).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from attrs import frozen

from agent_orchestrator.model.external.text import title
from agent_orchestrator.model.pull import CheckState, CiCheck, Mergeable, Pull, Thread
from agent_orchestrator.plugins.scm.gitlab.ci import BRIDGE, kind_of

#: While it is one of these, nothing is known of conflicts.
_BEING_CHECKED = ("unchecked", "checking", "preparing", "cannot_be_merged_recheck", "cannot_be_merged_rechecking")
_STATES = {"opened": "open", "locked": "open", "merged": "merged", "closed": "closed"}
#: What every merge request has.
_NAMES = ("web_url", "source_branch", "target_branch", "sha")


@frozen
class Detail:
    """What is looked at only where something has changed."""

    checks: tuple[CiCheck, ...] = ()
    threads: tuple[Thread, ...] = ()
    more_threads: bool = False


@frozen
class Mark:
    """What a change of :class:`Detail` shows in. ``counted``: the server counts conversations."""

    head: str = ""
    updated_at: str = ""
    pipeline: tuple[Any, ...] = ()
    resolvable: int = 0
    resolved: int = 0
    counted: bool = True
    notes: int = 0


def pull(item: Mapping[str, Any], base_head: str, pulse: Mapping[str, Any] | None, detail: Detail) -> Pull:
    """A merge request of a list, with its small facts (None: it is not open). Raises what ``ci.ODD`` names."""
    if odd := [name for name in _NAMES if not isinstance(item[name], str)]:
        raise TypeError(f"it has no {odd[0]}")
    strategy = str((pulse or {}).get("autoMergeStrategy") or "")
    return Pull(
        id=str(int(item["iid"])),
        number=int(item["iid"]),
        url=item["web_url"],
        title=title(str(item["title"])),
        state=_STATES[item["state"]],
        head=item["sha"],
        branch=item["source_branch"],
        base=item["target_branch"],
        base_head=base_head,
        draft=item.get("draft", item.get("work_in_progress")) is not False,
        foreign=is_foreign(item),
        mergeable=mergeable(item),
        blocked=str(item.get("detailed_merge_status") or ""),
        decision=decision(item, pulse or {}),
        labels=tuple(sorted(title(str(label)) for label in item.get("labels") or ())),
        checks=detail.checks,
        threads=detail.threads,
        more_threads=detail.more_threads,
        queued=strategy == "merge_train",
        auto_merge=item.get("merge_when_pipeline_succeeds") is True and strategy != "merge_train",
        updated_at=str(item["updated_at"]),
        merged_as=merged_as(item),
    )


def merged_as(item: Mapping[str, Any]) -> str:
    """The commit that it became: the merge's or the squash's; its own, where the target was only moved on to it."""
    if item["state"] != "merged":
        return ""
    return str(item.get("merge_commit_sha") or item.get("squash_commit_sha") or item["sha"])


def is_foreign(item: Mapping[str, Any]) -> bool:
    """Is its branch in another project, or in one that is gone?"""
    return item["source_project_id"] is None or item["source_project_id"] != item["target_project_id"]


def mergeable(item: Mapping[str, Any]) -> Mergeable:
    """Can it be merged without a conflict? ``has_conflicts`` is false also where nobody has looked yet."""
    if item.get("has_conflicts") is True:
        return Mergeable.NO
    words = {item.get("merge_status"), item.get("detailed_merge_status")}
    if words & set(_BEING_CHECKED):
        return Mergeable.UNKNOWN
    if "cannot_be_merged" in words or "conflict" in words:
        return Mergeable.NO
    return Mergeable.YES if words & {"can_be_merged", "mergeable"} else Mergeable.UNKNOWN


def decision(item: Mapping[str, Any], pulse: Mapping[str, Any]) -> str:
    """What its reviewers say, as :class:`Pull` has it."""
    reviewers = (pulse.get("reviewers") or {}).get("nodes") or ()
    said = {((each or {}).get("mergeRequestInteraction") or {}).get("reviewState") for each in reviewers}
    first = item.get("detailed_merge_status")
    if "REQUESTED_CHANGES" in said or first == "requested_changes":
        return "changes-requested"
    needed = pulse.get("approvalsRequired")
    if needed:
        return "approved" if pulse.get("approvalsLeft") == 0 else "required"
    if "APPROVED" in said:
        return "approved"
    # A server that counts no approvals may still want one.
    return "required" if first in ("not_approved", "approvals_syncing") else ""


def threads(nodes: Iterable[Mapping[str, Any]], head: str) -> tuple[Thread, ...]:
    """Those discussions that can be resolved. A line is one of the commit that the discussion is on."""
    return tuple(_thread(node, head) for node in nodes if node["resolvable"] is not False)


def _thread(node: Mapping[str, Any], head: str) -> Thread:
    notes = [note for note in node["notes"]["nodes"] or () if note]
    place = (notes[0].get("position") if notes else None) or {}
    outdated = bool(place) and (place.get("diffRefs") or {}).get("headSha") != head
    line = place.get("newLine") or 0
    return Thread(
        id=node["id"].rpartition("/")[2],
        path=str(place.get("newPath") or place.get("oldPath") or ""),
        line=0 if outdated or not isinstance(line, int) else line,
        resolved=node["resolved"] is True,
        outdated=outdated,
    )


def mark(item: Mapping[str, Any], pulse: Mapping[str, Any]) -> Mark:
    """What a change shows in. Raises what ``ci.ODD`` names."""
    pipeline = pulse["headPipeline"]
    jobs = (pipeline or {}).get("jobs") or {}
    resolvable, resolved = pulse.get("resolvableDiscussionsCount"), pulse.get("resolvedDiscussionsCount")
    return Mark(
        head=item["sha"],
        updated_at=str(item["updated_at"]),
        pipeline=(pipeline["id"], pipeline["status"], pipeline["updatedAt"], jobs.get("count")) if pipeline else (),
        resolvable=resolvable or 0,
        resolved=resolved or 0,
        counted=resolvable is not None and resolved is not None,
        notes=int(item.get("user_notes_count") or 0),
    )


def moves(seen: Mark, detail: Detail) -> bool:
    """Can more change than a mark shows?

    Jobs end while their pipeline runs on, and a pipeline that another one started is run again without it. Of
    conversations one may be resolved and another opened again between two looks, where there are some of both; and
    where the server does not count them nothing else tells.
    """
    mixed = 0 < seen.resolved < seen.resolvable if seen.counted else seen.notes > 0
    return mixed or any(map(_may_change, detail.checks))


def _may_change(check: CiCheck) -> bool:
    is_red_bridge = check.state is CheckState.FAILED and kind_of(check.id) == BRIDGE
    return check.state is CheckState.PENDING or is_red_bridge
