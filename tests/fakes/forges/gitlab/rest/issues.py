"""Issues, notes and discussions, of merge requests too."""

from __future__ import annotations

from typing import Any

from ...wire.clock import iso, parse
from ..merge_request import Discussion, Issue, MergeRequest, Note, Position
from ..people import REPORTER, Account
from .actors import account
from .ask import Ask, Problem, Reply, found, route


def _milestone(ask: Ask, it: Issue) -> dict[str, Any]:
    times = {"created_at": iso(it.created_at), "updated_at": iso(it.created_at), "due_date": None, "start_date": None}
    numbers = {"id": 1, "iid": 1, "project_id": it.project.id}
    rest = {"expired": False, "web_url": f"{ask.web}/{it.project.path}/-/milestones/1"}
    return {**numbers, "title": it.milestone, "description": "", "state": "active", **times, **rest}


def item(ask: Ask, it: Issue) -> dict[str, Any]:
    """What issues and merge requests have in common."""
    said = [note for one in it.own for note in one.notes if not note.system]
    return {
        "id": it.id,
        "iid": it.iid,
        "project_id": it.project.id,
        "title": it.title,
        "description": it.description,
        "state": it.state,
        "created_at": iso(it.created_at),
        "updated_at": iso(it.updated_at),
        "closed_at": iso(it.closed_at),
        "closed_by": None,
        "labels": list(it.labels),
        "milestone": _milestone(ask, it) if it.milestone else None,
        "author": account(ask, it.author),
        "assignees": [account(ask, who) for who in it.assignees],
        "assignee": account(ask, next(iter(it.assignees), None)),
        "user_notes_count": len(said),
        "upvotes": 0,
        "downvotes": 0,
        "discussion_locked": None,
        "time_stats": {
            "time_estimate": 0,
            "total_time_spent": 0,
            "human_time_estimate": None,
            "human_total_time_spent": None,
        },
        "task_completion_status": {"count": 0, "completed_count": 0},
    }


def issue(ask: Ask, it: Issue) -> dict[str, Any]:
    """An issue."""
    web = f"{ask.web}/{it.project.path}/-/issues/{it.iid}"
    own = f"{ask.api}/projects/{it.project.id}/issues/{it.iid}"
    links = {"self": own, "notes": f"{own}/notes", "project": f"{ask.api}/projects/{it.project.id}"}
    references = {"short": f"#{it.iid}", "relative": f"#{it.iid}", "full": f"{it.project.path}#{it.iid}"}
    rest = {"type": "ISSUE", "issue_type": "issue", "confidential": False, "due_date": None, "merge_requests_count": 0}
    return {**item(ask, it), **rest, "web_url": web, "_links": links, "references": references}


def note(ask: Ask, it: Note, on: Issue, within: Discussion | None) -> dict[str, Any]:
    """A note, with its place where its discussion is on a line."""
    kind = "MergeRequest" if isinstance(on, MergeRequest) else "Issue"
    resolvable = within is not None and within.resolvable
    place = within.position if within else None
    shown: dict[str, Any] = {
        "id": it.id,
        "type": "DiffNote" if place else ("DiscussionNote" if resolvable else None),
        "body": it.body,
        "author": account(ask, it.author),
        "created_at": iso(it.created_at),
        "updated_at": iso(it.updated_at),
        "system": it.system,
        "noteable_id": on.id,
        "noteable_type": kind,
        "noteable_iid": on.iid,
        "project_id": on.project.id,
        "resolvable": resolvable,
        "confidential": False,
        "internal": False,
        "attachment": None,
    }
    if resolvable and within:
        shown |= {"resolved": within.resolved_by is not None, "resolved_by": account(ask, within.resolved_by)}
        shown["resolved_at"] = iso(it.updated_at) if within.resolved_by else None
    if place and within and isinstance(on, MergeRequest):
        shown["position"] = _position(on, within.sha, place)
        shown["commit_id"] = None
    return shown


def _position(on: MergeRequest, sha: str, place: Position) -> dict[str, Any]:
    lines = {"new_line": place.new_line, "old_line": place.old_line, "line_range": None}
    paths = {"old_path": place.new_path, "new_path": place.new_path}
    return {
        "base_sha": on.base_sha,
        "start_sha": on.base_sha,
        "head_sha": sha,
        "position_type": "text",
        **paths,
        **lines,
    }


def discussion(ask: Ask, it: Discussion) -> dict[str, Any]:
    """A discussion with its notes."""
    notes = [note(ask, one, it.on, it) for one in it.notes]
    return {"id": it.id, "individual_note": it.individual, "notes": notes}


def narrowed(ask: Ask, items: list[Any]) -> list[Any]:
    """A list of issues or merge requests, as the parameters that both have want it."""
    state, labels = ask.param("state", "all"), set(ask.many("labels"))
    author, assignee = ask.param("author_username"), ask.param("assignee_username")
    items = [i for i in items if state in ("all", i.state) and labels <= set(i.labels)]
    items = [i for i in items if author in ("", i.author.username) and (not assignee or _has(i.assignees, assignee))]
    if numbers := ask.many("iids"):
        items = [i for i in items if str(i.iid) in numbers]
    if after := ask.param("updated_after"):
        items = [i for i in items if i.updated_at > parse(after)]
    if ask.param("scope", "all") == "created_by_me":
        items = [i for i in items if i.author is ask.account]
    if search := ask.param("search"):
        items = [i for i in items if search.lower() in f"{i.title} {i.description}".lower()]
    by = {"updated_at": lambda i: (i.updated_at, i.iid), "created_at": lambda i: i.iid}
    return sorted(items, key=by[ask.param("order_by", "created_at")], reverse=ask.param("sort", "desc") == "desc")


def _has(accounts: list[Account], username: str) -> bool:
    return username in {who.username for who in accounts}


def change(ask: Ask, it: Issue) -> None:
    """What ``PUT`` may change of both."""
    given = ask.given()
    for name in ("title", "description"):
        if ask.param(name) or name in given:
            setattr(it, name, str(given[name]))
    if "labels" in given or "labels[]" in given:
        it.labels = ask.many("labels")
    it.label(*ask.many("add_labels"))
    it.unlabel(*ask.many("remove_labels"))
    if "assignee_ids" in given or "assignee_id" in given:
        wanted = {str(id) for id in (*ask.many("assignee_ids"), ask.param("assignee_id"))}
        it.assignees = [who for who in ask.lab.accounts.values() if str(who.id) in wanted]
        if ask.project.one_assignee:
            first = next(iter(ask.many("assignee_ids")), ask.param("assignee_id"))
            it.assignees = [who for who in it.assignees if str(who.id) == str(first)]
    match ask.param("state_event"):
        case "close":
            it.close()
        case "reopen":
            it.reopen()


@route("GET /projects/:id/issues")
def listed(ask: Ask) -> Reply:
    return ask.listed(narrowed(ask, list(ask.project.issues.values())), issue)


@route("POST /projects/:id/issues")
def create(ask: Ask) -> Reply:
    made = ask.project.issue(
        ask.param("title"), ask.param("description"), author=ask.account.username, labels=ask.many("labels")
    )
    return Reply(issue(ask, made), 201)


@route("GET /projects/:id/issues/:iid")
def get(ask: Ask) -> Reply:
    return Reply(issue(ask, ask.issue))


@route("PUT /projects/:id/issues/:iid")
def update(ask: Ask) -> Reply:
    ask.allowed(REPORTER)
    change(ask, ask.issue)
    return Reply(issue(ask, ask.issue))


@route("GET /projects/:id/:of/:iid/notes")
def notes(ask: Ask) -> Reply:
    on = ask.issue
    every = [(one, within) for within in on.own for one in within.notes]
    key = "updated_at" if ask.param("order_by", "created_at") == "updated_at" else "created_at"
    every.sort(key=lambda pair: (getattr(pair[0], key), pair[0].id), reverse=ask.param("sort", "desc") == "desc")
    return ask.listed(every, lambda ask, pair: note(ask, pair[0], on, pair[1]))


@route("POST /projects/:id/:of/:iid/notes")
def say(ask: Ask) -> Reply:
    made = ask.issue.comment(ask.account, ask.param("body"))
    return Reply(note(ask, made, ask.issue, ask.issue.discussions[-1]), 201)


@route("GET /projects/:id/:of/:iid/discussions")
def discussions(ask: Ask) -> Reply:
    return ask.listed(ask.issue.own, discussion)


def _discussion_of(ask: Ask) -> Discussion:
    return found(next((one for one in ask.issue.own if one.id == ask.path["did"]), None))


@route("GET /projects/:id/:of/:iid/discussions/:did")
def get_discussion(ask: Ask) -> Reply:
    return Reply(discussion(ask, _discussion_of(ask)))


@route("POST /projects/:id/:of/:iid/discussions")
def begin(ask: Ask) -> Reply:
    place = ask.given().get("position")
    position = Position(place["new_path"], place.get("new_line"), place.get("old_line")) if place else None
    ask.param("position")
    return Reply(discussion(ask, ask.issue.discuss(ask.account, ask.param("body"), position)), 201)


@route("POST /projects/:id/:of/:iid/discussions/:did/notes")
def reply(ask: Ask) -> Reply:
    within = _discussion_of(ask)
    return Reply(note(ask, within.reply(ask.account, ask.param("body")), ask.issue, within), 201)


@route("PUT /projects/:id/:of/:iid/discussions/:did")
def resolve(ask: Ask) -> Reply:
    within = _discussion_of(ask)
    if not within.resolvable:
        raise Problem(400, "400 Bad request - Discussion is not resolvable")
    return Reply(discussion(ask, within.resolve(ask.account, ask.flag("resolved"))))
