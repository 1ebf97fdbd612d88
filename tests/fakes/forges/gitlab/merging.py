"""How a merge request gets into its target."""

from __future__ import annotations

from ..graph.view import Refused
from . import gates
from .merge_request import MergeRequest
from .people import DEVELOPER, Account, level


def merge(
    it: MergeRequest,
    by: Account,
    *,
    sha: str | None,
    squash: bool,
    remove: bool,
    when_succeeds: bool,
    message: str = "",
) -> None:
    """Merge now, or once the pipeline has succeeded. Refused: https://docs.gitlab.com/api/merge_requests/#merge-a-merge-request."""
    if level(it.project, by) < DEVELOPER:
        raise Refused("401", "401 Unauthorized")
    if sha is not None and sha != it.sha:
        raise Refused("409", "SHA does not match HEAD of source branch: " + it.sha)
    status = gates.merge_status(it)
    it.squash, it.remove_source = squash, remove
    if when_succeeds and status in ("ci_still_running", "mergeable") and _is_busy(it):
        it.auto_merge = by
        it.touch()
        return
    if status == "conflict":
        raise Refused("422", "Branch cannot be merged")
    if status != "mergeable":
        raise Refused("405", "405 Method Not Allowed")
    _merged(it, by, message)


def board(it: MergeRequest, by: Account, *, sha: str | None, squash: bool, when_succeeds: bool) -> int:
    """Onto the merge train: the status of the answer, https://docs.gitlab.com/api/merge_trains/."""
    if level(it.project, by) < DEVELOPER:
        raise Refused("403", "403 Forbidden")
    if sha is not None and sha != it.sha:
        raise Refused("409", "SHA does not match HEAD of source branch: " + it.sha)
    it.squash = squash
    if when_succeeds and _is_busy(it):
        it.auto_merge = by
        it.touch()
        return 202
    if gates.merge_status(it) != "mergeable" or it.train or not it.project.merge_trains:
        raise Refused("400", "Failed to merge")
    it.train = True
    it.touch()
    return 201


def depart(it: MergeRequest) -> None:
    """The train has tested it: it is merged."""
    it.train = False
    _merged(it, it.project.lab.actor)


def _is_busy(it: MergeRequest) -> bool:
    pipeline = gates.head_pipeline(it)
    return pipeline is not None and pipeline.status in gates.BUSY


def _merged(it: MergeRequest, by: Account, message: str = "") -> None:
    project = it.project
    method = "SQUASH" if it.squash else "MERGE" if project.merge_method == "merge" else "REBASE"
    text = message or (it.title if it.squash else f"Merge branch '{it.source}' into '{it.target}'")
    oid = project.refs.merge(it.base_sha, it.sha, method, text)
    project.refs.write(it.target, oid)
    mark(it, by, oid)
    if it.remove_source:
        project.refs.write(it.source, None)
    project.sync()


def mark(it: MergeRequest, by: Account, oid: str) -> None:
    """It is in its target, by a merge or by a push of the same commits."""
    it.state, it.merged_at, it.merged_by, it.merge_sha, it.auto_merge = "merged", it.touch(), by, oid, None
    it.project.tell("Merge Request Hook", "merge_request", it)
    for issue in it.project.closes(it):
        if issue.state == "opened" and it.target == it.project.default_branch:
            issue.close()


def rebase(it: MergeRequest) -> None:
    """Bring the source onto the target's tip."""
    if it.project.conflicts(it):
        it.merge_error = "Rebase failed: Rebase locally, resolve all conflicts, then push the branch."
        return
    oid = it.project.refs.merge(it.base_sha, it.sha, "REBASE", "")
    it.project.refs.write(it.source, oid)
    it.project.sync()


def settle(it: MergeRequest) -> None:
    """Merge what waits for its pipeline, where that has succeeded."""
    if it.auto_merge and it.state == "opened" and gates.merge_status(it) == "mergeable" and not _is_busy(it):
        if it.project.merge_trains:
            it.train, it.auto_merge = True, None
            return
        _merged(it, it.auto_merge)
