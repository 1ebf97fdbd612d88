"""``detailed_merge_status``: only the first check that fails is told.

https://docs.gitlab.com/api/merge_requests/#merge-status. Whoever wants all of them computes them from the fields.
"""

from __future__ import annotations

from .merge_request import MergeRequest
from .pipeline import Pipeline

BUSY = ("created", "waiting_for_resource", "preparing", "pending", "running", "scheduled")


def head_pipeline(it: MergeRequest) -> Pipeline | None:
    """The newest pipeline of its head."""
    found = [pipeline for pipeline in it.project.pipelines if pipeline.sha == it.sha and not pipeline.is_child]
    return found[-1] if found else None


def discussions_resolved(it: MergeRequest) -> bool:
    """Whether no discussion that could be is unresolved."""
    return all(one.resolved_by for one in it.discussions if one.resolvable)


def conflicts(it: MergeRequest) -> bool:
    """Whether a person has to merge."""
    return it.state == "opened" and it.project.conflicts(it)


def diverged(it: MergeRequest) -> int:
    """How many commits of the target the source has not."""
    return len(it.project.refs.commits(it.sha, it.base_sha))


def read_merge_status(it: MergeRequest) -> str:
    """The status as somebody reads it, which brings its computation on."""
    status = merge_status(it)
    if it.checking:
        it.unchecked_reads = max(0, it.unchecked_reads - 1)
        it.checking = it.unchecked_reads > 0
    return status


def merge_status(it: MergeRequest) -> str:
    """The first reason not to merge, ``mergeable`` where there is none."""
    project, pipeline = it.project, head_pipeline(it)
    if it.state != "opened":
        return "not_open"
    if it.unchecked_reads > 0:
        return "checking" if it.checking else "unchecked"
    if it.draft:
        return "draft_status"
    if project.resolve_discussions and not discussions_resolved(it):
        return "discussions_not_resolved"
    if project.pipeline_must_succeed and (pipeline is None or pipeline.status != "success"):
        return "ci_still_running" if pipeline and pipeline.status in BUSY else "ci_must_pass"
    if len(it.approved_by) < project.approvals_required:
        return "not_approved"
    if conflicts(it):
        return "conflict"
    if project.merge_method in ("ff", "rebase_merge") and diverged(it):
        return "need_rebase"
    return "mergeable"
