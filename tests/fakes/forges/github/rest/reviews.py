"""Reviews and comments on lines, in REST."""

from __future__ import annotations

from typing import Any

from ...wire.clock import iso
from ..people import association
from ..see import See
from ..talk import Review, ReviewComment
from .ask import Ask, Problem, Reply, found, route
from .people import account
from .pulls import pull_of


def review(see: See, it: Review) -> dict[str, Any]:
    """``pull-request-review``."""
    web = f"{see.web}/{it.pull.repository.full_name}/{it.pull.path}#pullrequestreview-{it.id}"
    api = f"{see.api}/repos/{it.pull.repository.full_name}/pulls/{it.pull.number}"
    submitted = {"submitted_at": iso(it.submitted_at)} if it.submitted_at else {}
    return {
        "id": it.id,
        "node_id": it.node_id,
        "user": account(see, it.author),
        "body": it.body,
        "state": it.state,
        "html_url": web,
        "pull_request_url": api,
        "_links": {"html": {"href": web}, "pull_request": {"href": api}},
        **submitted,
        "commit_id": it.sha,
        "author_association": association(it.pull.repository, it.author),
    }


def review_comment(see: See, it: ReviewComment) -> dict[str, Any]:
    """``pull-request-review-comment``. What has no place any more has no ``line``."""
    pull, thread = it.thread.pull, it.thread
    url = f"{see.api}/repos/{pull.repository.full_name}/pulls"
    web = f"{see.web}/{pull.repository.full_name}/{pull.path}#discussion_r{it.id}"
    lines = {"line": thread.line, "original_line": thread.original_line}
    first = thread.comments[0]
    return {
        "url": f"{url}/comments/{it.id}",
        "pull_request_review_id": it.review.id,
        "id": it.id,
        "node_id": it.node_id,
        "diff_hunk": thread.diff_hunk,
        "path": thread.path,
        "commit_id": pull.head_oid,
        "original_commit_id": thread.sha,
        "user": account(see, it.author),
        "body": it.body,
        "created_at": iso(it.created_at),
        "updated_at": iso(it.updated_at),
        "html_url": web,
        "pull_request_url": f"{url}/{pull.number}",
        "author_association": association(pull.repository, it.author),
        "_links": {
            "self": {"href": f"{url}/comments/{it.id}"},
            "html": {"href": web},
            "pull_request": {"href": f"{url}/{pull.number}"},
        },
        "start_line": thread.start_line,
        "original_start_line": thread.start_line,
        "start_side": thread.side if thread.start_line else None,
        "side": thread.side,
        "subject_type": "line" if thread.original_line else "file",
        **{name: line for name, line in lines.items() if line is not None},
        **({} if first is it else {"in_reply_to_id": first.id}),
    }


@route("GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews")
def reviews(ask: Ask) -> Reply:
    return ask.listed(pull_of(ask).reviews, review)


@route("POST /repos/{owner}/{repo}/pulls/{pull_number}/reviews")
def create(ask: Ask) -> Reply:
    pull, given = pull_of(ask), ask.body()
    words = {"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED"}
    state = words.get(given.get("event", ""), "PENDING")
    if pull.author is ask.see.account and state in ("APPROVED", "CHANGES_REQUESTED"):
        raise Problem(422, "Unprocessable Entity", errors=["Can not approve your own pull request"])
    return Reply(review(ask.see, pull.review(ask.see.account, state, given.get("body", ""))))


@route("GET /repos/{owner}/{repo}/pulls/{pull_number}/comments")
def comments(ask: Ask) -> Reply:
    since = ask.param("since")
    every = [comment for thread in pull_of(ask).threads for comment in thread.comments]
    newest = ask.param("direction", "asc") == "desc"
    by_update = ask.param("sort", "created") == "updated"
    every = [comment for comment in every if (iso(comment.updated_at) or "") >= since]
    every.sort(key=lambda c: (c.updated_at if by_update else c.created_at, c.id), reverse=newest)
    return ask.listed(every, review_comment)


@route("POST /repos/{owner}/{repo}/pulls/{pull_number}/comments/{comment_id}/replies")
def reply(ask: Ask) -> Reply:
    wanted = int(ask.path["comment_id"])
    threads = [thread for thread in pull_of(ask).threads if wanted in {comment.id for comment in thread.comments}]
    thread = found(next(iter(threads), None))
    return Reply(review_comment(ask.see, thread.reply(ask.body()["body"], ask.see.account)), 201)
