"""Issues, and the conversation of issues and pull requests, in REST."""

from __future__ import annotations

from typing import Any

from ...wire.clock import iso
from ..issue import Issue
from ..people import association, may
from ..pull import Pull
from ..see import See
from ..talk import Comment
from .ask import Ask, Problem, Reply, found, route
from .people import account
from .repositories import label


def issue(see: See, it: Issue) -> dict[str, Any]:
    """``issue``. A pull request is one too, with ``pull_request``."""
    url = f"{see.api}/repos/{it.repository.full_name}"
    own, web = f"{url}/issues/{it.number}", f"{see.web}/{it.repository.full_name}/{it.path}"
    return {
        "url": own,
        "repository_url": url,
        "labels_url": f"{own}/labels{{/name}}",
        "comments_url": f"{own}/comments",
        "events_url": f"{own}/events",
        "html_url": web,
        "id": it.id,
        "node_id": it.node_id,
        "number": it.number,
        "title": it.title,
        "user": account(see, it.author),
        "labels": [label(see, one) for one in it.labels],
        "state": "open" if it.state == "OPEN" else "closed",
        "state_reason": it.state_reason.lower() if it.state_reason else None,
        "locked": False,
        "active_lock_reason": None,
        "assignee": account(see, next(iter(it.assignees), None)),
        "assignees": [account(see, who) for who in it.assignees],
        "milestone": None,
        "comments": len(it.comments),
        "created_at": iso(it.created_at),
        "updated_at": iso(it.updated_at),
        "closed_at": iso(it.closed_at),
        "author_association": association(it.repository, it.author),
        "body": it.body or None,
        "timeline_url": f"{own}/timeline",
        **(_of_pull(see, it, web) if isinstance(it, Pull) else {}),
    }


def _of_pull(see: See, it: Pull, web: str) -> dict[str, Any]:
    url = f"{see.api}/repos/{it.repository.full_name}/pulls/{it.number}"
    addresses = {"url": url, "html_url": web, "diff_url": f"{web}.diff", "patch_url": f"{web}.patch"}
    return {"draft": it.draft, "pull_request": {**addresses, "merged_at": iso(it.merged_at)}}


def comment(see: See, it: Comment) -> dict[str, Any]:
    """``issue-comment``."""
    url = f"{see.api}/repos/{it.on.repository.full_name}/issues"
    return {
        "url": f"{url}/comments/{it.id}",
        "html_url": f"{see.web}/{it.on.repository.full_name}/{it.on.path}#issuecomment-{it.id}",
        "issue_url": f"{url}/{it.on.number}",
        "id": it.id,
        "node_id": it.node_id,
        "user": account(see, it.author),
        "created_at": iso(it.created_at),
        "updated_at": iso(it.updated_at),
        "body": it.body,
        "author_association": association(it.on.repository, it.author),
    }


def _issue_of(ask: Ask) -> Issue:
    return found(ask.repository.items.get(int(ask.path["issue_number"])))


@route("GET /repos/{owner}/{repo}/issues")
def listed(ask: Ask) -> Reply:
    """Pull requests are among them, as on the service."""
    state, labels = ask.param("state", "open"), {name for name in ask.param("labels").split(",") if name}
    assignee, creator, since = ask.param("assignee"), ask.param("creator"), ask.param("since")
    every = [i for i in ask.repository.items.values() if state == "all" or (i.state == "OPEN") == (state == "open")]
    every = [i for i in every if labels <= {one.name for one in i.labels} and creator in ("", i.author.rest_login)]
    every = [i for i in every if (iso(i.updated_at) or "") >= since and _assigned(i, assignee)]
    sort = ask.param("sort", "created")
    keys = {
        "created": lambda i: i.number,
        "updated": lambda i: (i.updated_at, i.number),
        "comments": lambda i: len(i.comments),
    }
    return ask.listed(sorted(every, key=keys[sort], reverse=ask.param("direction", "desc") == "desc"), issue)


def _assigned(it: Issue, wanted: str) -> bool:
    logins = {who.login for who in it.assignees}
    return {"": True, "*": bool(logins), "none": not logins}.get(wanted, wanted in logins)


@route("POST /repos/{owner}/{repo}/issues")
def create(ask: Ask) -> Reply:
    given = ask.body()
    labels = [one if isinstance(one, str) else one["name"] for one in given.get("labels", ())]
    made = ask.repository.issue(str(given["title"]), given.get("body") or "", author=ask.see.account, labels=labels)
    made.assign(*given.get("assignees", ()))
    return Reply(issue(ask.see, made), 201, {"location": f"{ask.base}/{made.number}"})


@route("GET /repos/{owner}/{repo}/issues/{issue_number}")
def get(ask: Ask) -> Reply:
    return Reply(issue(ask.see, _issue_of(ask)))


@route("PATCH /repos/{owner}/{repo}/issues/{issue_number}")
def update(ask: Ask) -> Reply:
    it, given = _issue_of(ask), ask.body()
    it.title, it.body = given.get("title", it.title), given.get("body", it.body)
    it.touch()
    if given.get("state") == "closed" and it.state == "OPEN":
        it.close(ask.see.account, (given.get("state_reason") or "completed").upper())
    elif given.get("state") == "open" and it.state == "CLOSED":
        it.reopen(ask.see.account)
    return Reply(issue(ask.see, it))


@route("GET /repos/{owner}/{repo}/issues/{issue_number}/comments")
def comments(ask: Ask) -> Reply:
    since = ask.param("since")
    return ask.listed([c for c in _issue_of(ask).comments if (iso(c.updated_at) or "") >= since], comment)


@route("POST /repos/{owner}/{repo}/issues/{issue_number}/comments")
def say(ask: Ask) -> Reply:
    made = _issue_of(ask).comment(ask.see.account, ask.body()["body"])
    return Reply(comment(ask.see, made), 201)


@route("PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}")
def edit(ask: Ask) -> Reply:
    it = found(ask.see.hub.ids.find(Comment, int(ask.path["comment_id"])))
    return Reply(comment(ask.see, it.edit(ask.body()["body"], ask.see.account)))


@route("GET /repos/{owner}/{repo}/issues/{issue_number}/labels")
def labels_of(ask: Ask) -> Reply:
    return ask.listed(_issue_of(ask).labels, label)


@route("POST /repos/{owner}/{repo}/issues/{issue_number}/labels")
def add_labels(ask: Ask) -> Reply:
    ask.allowed("triage")
    it, given = _issue_of(ask), ask.body()
    names = given["labels"] if isinstance(given, dict) else given
    it.label(*(one if isinstance(one, str) else one["name"] for one in names), by=ask.see.account)
    return Reply([label(ask.see, one) for one in it.labels])


@route("DELETE /repos/{owner}/{repo}/issues/{issue_number}/labels/{name}")
def remove_label(ask: Ask) -> Reply:
    ask.allowed("triage")
    it, name = _issue_of(ask), ask.path["name"]
    if name not in {one.name for one in it.labels}:
        raise Problem(404, "Label does not exist")
    it.unlabel(name, by=ask.see.account)
    return Reply([label(ask.see, one) for one in it.labels])


@route("POST /repos/{owner}/{repo}/issues/{issue_number}/assignees")
def assign(ask: Ask) -> Reply:
    ask.allowed("triage")
    it = _issue_of(ask)
    it.assign(*(login for login in ask.body().get("assignees", ()) if _can_be_assigned(ask, it, login)))
    return Reply(issue(ask.see, it), 201)


def _can_be_assigned(ask: Ask, it: Issue, login: str) -> bool:
    """Yourself, who has commented, and who has write permission; others are passed over in silence."""
    who = ask.see.hub.accounts.get(login)
    spoke = {said.author for said in it.comments}
    return who is not None and (who is ask.see.account or who in spoke or may(ask.repository, who, "write"))


@route("DELETE /repos/{owner}/{repo}/issues/{issue_number}/assignees")
def unassign(ask: Ask) -> Reply:
    ask.allowed("triage")
    it, gone = _issue_of(ask), set(ask.body().get("assignees", ()))
    it.assignees = [who for who in it.assignees if who.login not in gone]
    it.touch()
    return Reply(issue(ask.see, it))
