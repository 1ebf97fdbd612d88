"""Merge requests."""

from __future__ import annotations

from typing import Any

from ...wire.clock import iso
from .. import gates, merging
from ..merge_request import MergeRequest
from ..people import DEVELOPER, level
from .actors import account
from .ask import Ask, Problem, Reply, route
from .ci import pipeline
from .issues import change, item, narrowed
from .projects import commit

#: What the old field says.
OLD = {"mergeable": "can_be_merged", "conflict": "cannot_be_merged", "checking": "checking", "unchecked": "unchecked"}


def basic(ask: Ask, it: MergeRequest) -> dict[str, Any]:
    """A merge request in a list."""
    status = gates.read_merge_status(it)
    web = f"{ask.web}/{it.project.path}/-/merge_requests/{it.iid}"
    references = {"short": f"!{it.iid}", "relative": f"!{it.iid}", "full": f"{it.project.path}!{it.iid}"}
    return {
        **item(ask, it),
        # GitLab's `MergeRequestBasic` sorts them.
        "labels": sorted(it.labels),
        "web_url": web,
        "reference": f"!{it.iid}",
        "references": references,
        "source_branch": it.source,
        "target_branch": it.target,
        "source_project_id": it.fork or it.project.id,
        "target_project_id": it.project.id,
        "sha": it.sha,
        "draft": it.draft,
        "work_in_progress": it.draft,
        "merged_at": iso(it.merged_at),
        "merged_by": account(ask, it.merged_by),
        "merge_user": account(ask, it.merged_by or it.auto_merge),
        "merge_commit_sha": it.merge_commit,
        "squash_commit_sha": it.merge_sha if it.squash and it.merge_commit is None else None,
        "merge_when_pipeline_succeeds": it.auto_merge is not None or it.train,
        "merge_status": OLD.get(status, "can_be_merged"),
        "detailed_merge_status": status,
        "prepared_at": iso(it.created_at),
        "has_conflicts": gates.conflicts(it),
        "blocking_discussions_resolved": gates.discussions_resolved(it) or not it.project.resolve_discussions,
        "reviewers": [account(ask, who) for who in it.reviewers],
        "squash": it.squash,
        "squash_on_merge": it.squash,
        "should_remove_source_branch": it.remove_source or None,
        "force_remove_source_branch": None,
        "imported": False,
        "approvals_before_merge": None,
    }


def whole(ask: Ask, it: MergeRequest) -> dict[str, Any]:
    """A merge request by itself."""
    it.checking = it.unchecked_reads > 0
    newest = gates.head_pipeline(it)
    can_merge = level(it.project, ask.account) >= DEVELOPER
    shown = {
        **basic(ask, it),
        "subscribed": False,
        "changes_count": str(len(it.project.refs.changed(it.base_sha, it.sha))),
        "latest_build_started_at": None,
        "latest_build_finished_at": None,
        "first_deployed_to_production_at": None,
        "pipeline": pipeline(ask, newest) if newest else None,
        "head_pipeline": pipeline(ask, newest, whole=True) if newest else None,
        "diff_refs": {"base_sha": it.base_sha, "head_sha": it.sha, "start_sha": it.base_sha},
        "merge_error": it.merge_error,
        "first_contribution": False,
        "user": {"can_merge": can_merge},
    }
    if ask.flag("include_rebase_in_progress"):
        shown["rebase_in_progress"] = False
    if ask.flag("include_diverged_commits_count"):
        shown["diverged_commits_count"] = gates.diverged(it)
    ask.flag("render_html")
    return shown


@route("GET /projects/:id/merge_requests")
def listed(ask: Ask) -> Reply:
    every = narrowed(ask, list(ask.project.merge_requests.values()))
    source, target = ask.param("source_branch"), ask.param("target_branch")
    for ignored in ("with_labels_details", "view", "non_archived"):
        ask.param(ignored)
    if ask.flag("with_merge_status_recheck") and level(ask.project, ask.account) >= DEVELOPER:
        for it in every:
            it.checking = it.unchecked_reads > 0
    draft = ask.param("wip")
    every = [it for it in every if source in ("", it.source) and target in ("", it.target)]
    return ask.listed([it for it in every if not draft or it.draft == (draft == "yes")], basic)


@route("POST /projects/:id/merge_requests")
def create(ask: Ask) -> Reply:
    source, target, title = ask.param("source_branch"), ask.param("target_branch"), ask.param("title")
    if source not in ask.project.heads:
        raise Problem(400, "source_branch does not exist")
    same = [i for i in ask.project.merge_requests.values() if i.source == source and i.target == target]
    if open_ := [i for i in same if i.state == "opened"]:
        raise Problem(409, f"Another open merge request already exists for this source branch: !{open_[0].iid}")
    draft = title.lower().startswith(("draft:", "[draft]", "(draft)"))
    made = ask.project.merge_request(
        source=source,
        target=target,
        title=title,
        description=ask.param("description"),
        author=ask.account,
        draft=draft,
        labels=ask.many("labels"),
    )
    made.squash, made.remove_source = ask.flag("squash"), ask.flag("remove_source_branch")
    for ignored in ("target_project_id", "allow_collaboration", "assignee_ids", "reviewer_ids", "milestone_id"):
        ask.many(ignored)
    return Reply(whole(ask, made), 201)


@route("GET /projects/:id/merge_requests/:iid")
def get(ask: Ask) -> Reply:
    return Reply(whole(ask, ask.merge_request))


@route("PUT /projects/:id/merge_requests/:iid")
def update(ask: Ask) -> Reply:
    ask.allowed(DEVELOPER)
    it = ask.merge_request
    change(ask, it)
    it.draft = it.title.lower().startswith(("draft:", "[draft]", "(draft)"))
    it.target = ask.param("target_branch", it.target)
    return Reply(whole(ask, it))


@route("PUT /projects/:id/merge_requests/:iid/merge")
def merge(ask: Ask) -> Reply:
    it = ask.merge_request
    when = ask.flag("merge_when_pipeline_succeeds") | ask.flag("auto_merge")
    message = ask.param("squash_commit_message") or ask.param("merge_commit_message")
    merging.merge(
        it,
        ask.account,
        sha=ask.param("sha") or None,
        squash=ask.flag("squash"),
        remove=ask.flag("should_remove_source_branch"),
        when_succeeds=when,
        message=message,
    )
    return Reply(whole(ask, it))


@route("POST /projects/:id/merge_trains/merge_requests/:iid")
def board(ask: Ask) -> Reply:
    it, when = ask.merge_request, ask.flag("when_pipeline_succeeds") | ask.flag("auto_merge")
    done = merging.board(it, ask.account, sha=ask.param("sha") or None, squash=ask.flag("squash"), when_succeeds=when)
    short = {"id": it.id, "iid": it.iid, "project_id": it.project.id, "title": it.title, "state": it.state}
    car = {"id": it.id, "merge_request": short, "user": account(ask, ask.account), "status": "idle"}
    return Reply([car] if done == 201 else [], done)


@route("POST /projects/:id/merge_requests/:iid/cancel_merge_when_pipeline_succeeds")
def cancel(ask: Ask) -> Reply:
    ask.merge_request.auto_merge = None
    return Reply(whole(ask, ask.merge_request), 201)


@route("PUT /projects/:id/merge_requests/:iid/rebase")
def rebase(ask: Ask) -> Reply:
    ask.allowed(DEVELOPER)
    ask.flag("skip_ci")
    merging.rebase(ask.merge_request)
    return Reply({"rebase_in_progress": True}, 202)


def _approvals(ask: Ask) -> dict[str, Any]:
    it = ask.merge_request
    left = max(0, it.project.approvals_required - len(it.approved_by))
    mine = ask.account in it.approved_by
    return {
        "id": it.id,
        "iid": it.iid,
        "project_id": it.project.id,
        "title": it.title,
        "state": it.state,
        "approved": not left and (bool(it.approved_by) or not it.project.approvals_required),
        "approvals_required": it.project.approvals_required,
        "approvals_left": left,
        "approved_by": [{"user": account(ask, who), "approved_at": iso(it.updated_at)} for who in it.approved_by],
        "user_has_approved": mine,
        "user_can_approve": not mine and it.author is not ask.account,
        "suggested_approvers": [],
        "merge_status": OLD.get(gates.merge_status(it), "can_be_merged"),
    }


@route("GET /projects/:id/merge_requests/:iid/approvals")
def approvals(ask: Ask) -> Reply:
    return Reply(_approvals(ask))


@route("GET /projects/:id/merge_requests/:iid/approval_state")
def approval_state(ask: Ask) -> Reply:
    it = ask.merge_request
    by = [account(ask, who) for who in it.approved_by]
    rule = {"id": 1, "name": "All Members", "rule_type": "any_approver", "eligible_approvers": [], "users": []}
    needed = it.project.approvals_required
    counts = {"approvals_required": needed, "approved_by": by, "approved": len(by) >= needed}
    rest = {"groups": [], "contains_hidden_groups": False, "code_owner": False, "source_rule": None, "section": ""}
    return Reply({"approval_rules_overwritten": False, "rules": [{**rule, **counts, **rest}]})


@route("POST /projects/:id/merge_requests/:iid/approve")
def approve(ask: Ask) -> Reply:
    ask.allowed(DEVELOPER)
    if ask.param("sha", ask.merge_request.sha) != ask.merge_request.sha:
        raise Problem(409, "SHA does not match HEAD of source branch: " + ask.merge_request.sha)
    ask.merge_request.approve(ask.account)
    return Reply(_approvals(ask), 201)


@route("POST /projects/:id/merge_requests/:iid/unapprove")
def unapprove(ask: Ask) -> Reply:
    ask.merge_request.unapprove(ask.account)
    return Reply(None, 201)


@route("GET /projects/:id/merge_requests/:iid/commits")
def commits(ask: Ask) -> Reply:
    it = ask.merge_request
    return ask.listed(it.project.refs.commits(it.base_sha, it.sha)[::-1], commit)


@route("GET /projects/:id/merge_requests/:iid/pipelines")
def pipelines(ask: Ask) -> Reply:
    it = ask.merge_request
    own = set(it.project.refs.commits(it.base_sha, it.sha)) | {it.sha}
    return ask.listed([p for p in reversed(it.project.pipelines) if p.sha in own], pipeline)


@route("GET /projects/:id/merge_requests/:iid/diffs")
def diffs(ask: Ask) -> Reply:
    it = ask.merge_request
    return ask.listed(
        it.project.refs.changed(it.base_sha, it.sha),
        lambda _, file: {
            "old_path": file.path,
            "new_path": file.path,
            "a_mode": "100644",
            "b_mode": "100644",
            "diff": "",
            "new_file": file.status == "added",
            "renamed_file": False,
            "deleted_file": file.status == "removed",
            "generated_file": False,
        },
    )


@route("GET /projects/:id/merge_requests/:iid/closes_issues")
def closes(ask: Ask) -> Reply:
    from .issues import issue

    return ask.listed(ask.project.closes(ask.merge_request), issue)
