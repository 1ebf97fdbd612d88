"""What webhooks carry: the shapes of REST, put together per event as the published examples have them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..checks import Check, Run, Status, Suite
from ..issue import Issue
from ..pull import Pull
from ..repository import Repository
from ..see import See
from ..talk import Comment, Review, ReviewComment, Thread
from ..token import Token
from .actions import job, run, workflow
from .checks import check_run, pulls_at
from .issues import comment, issue
from .people import account, app
from .pulls import pull_request
from .repositories import commit, label, repository
from .reviews import review, review_comment


def payload(it: Repository, event: str, action: str, things: Mapping[str, Any]) -> dict[str, Any]:
    """The body of a delivery."""
    hub = it.hub
    see = See(hub, Token(hub.actor, hub.actor.login, None), _api(hub.web), hub.web)
    made: dict[str, Any] = {"action": action} if action else {}
    for name, thing in things.items():
        if thing is not None and name in _SHAPES:
            made |= _SHAPES[name](see, thing)
    if event == "push":
        made |= _push(see, it, things)
    made |= {key: things[key] for key in ("reason",) if key in things}
    if action == "synchronize":
        made |= {"before": things["before"], "after": things["after"]}
    return made | {"repository": repository(see, it), "sender": account(see, hub.actor)}


def _api(web: str) -> str:
    return "https://api.github.com" if web == "https://github.com" else f"{web}/api/v3"


def _pull(see: See, it: Pull) -> dict[str, Any]:
    left = it.unknown_reads
    shown = {"number": it.number, "pull_request": pull_request(see, it)}
    it.unknown_reads = left  # A webhook is no read.
    return shown


def _workflow(see: See, it: Run) -> dict[str, Any]:
    return {"workflow_run": run(see, it), "workflow": workflow(see, it)}


def _check(see: See, it: Check) -> dict[str, Any]:
    shown = check_run(see, it)
    suite = _suite(see, it.suite)["check_suite"]
    wanted = ("id", "node_id", "head_branch", "head_sha", "status", "conclusion", "url", "before", "after", "app")
    shown["check_suite"] = {name: suite[name] for name in (*wanted, "pull_requests", "created_at", "updated_at")}
    both = {"check_run": shown}
    return both | ({"workflow_job": job(see, it)} if it.suite.run else {})


def _suite(see: See, it: Suite) -> dict[str, Any]:
    url = f"{see.api}/repos/{it.repository.full_name}/check-suites/{it.id}"
    text = it.repository.refs.commit(it.sha)
    return {
        "check_suite": {
            "id": it.id,
            "node_id": it.node_id,
            "head_branch": it.branch,
            "head_sha": it.sha,
            "status": it.status,
            "conclusion": it.conclusion,
            "url": url,
            "before": text.parents[0] if text and text.parents else "0" * 40,
            "after": it.sha,
            "pull_requests": pulls_at(see, it.repository, it.sha),
            "app": app(see, it.app),
            "created_at": see.time(it.created_at),
            "updated_at": see.time(it.updated_at),
            "latest_check_runs_count": len(it.checks),
            "check_runs_url": f"{url}/check-runs",
            "head_commit": {
                "id": it.sha,
                "tree_id": text.tree if text else "",
                "message": text.message if text else "",
                "timestamp": see.time(it.created_at),
                "author": {"name": "Somebody", "email": "somebody@example.invalid"},
                "committer": {"name": "Somebody", "email": "somebody@example.invalid"},
            },
        }
    }


def _status(see: See, it: Status) -> dict[str, Any]:
    text = it.repository.refs.commit(it.sha)
    heads = [name for name, oid in it.repository.heads() if oid == it.sha]
    url = f"{see.api}/repos/{it.repository.full_name}/commits/{it.sha}"
    return {
        "id": it.id,
        "sha": it.sha,
        "name": it.repository.full_name,
        "target_url": it.target_url,
        "avatar_url": None,
        "context": it.context,
        "description": it.description,
        "state": it.state,
        "commit": commit(see, it.repository, text) if text else {},
        "branches": [{"name": name, "commit": {"sha": it.sha, "url": url}, "protected": False} for name in heads],
        "created_at": see.time(it.created_at),
        "updated_at": see.time(it.created_at),
    }


def _push(see: See, it: Repository, things: Mapping[str, Any]) -> dict[str, Any]:
    before, after = things.get("before") or "0" * 40, things.get("after") or "0" * 40
    return {
        "ref": f"refs/heads/{things['branch']}",
        "before": before,
        "after": after,
        "created": things.get("before") is None,
        "deleted": things.get("after") is None,
        "forced": False,
        "base_ref": None,
        "compare": f"{see.web}/{it.full_name}/compare/{before[:12]}...{after[:12]}",
        "commits": [],
        "head_commit": None,
        "pusher": {"name": see.account.login, "email": f"{see.account.login}@example.invalid"},
    }


def _thread(see: See, it: Thread) -> dict[str, Any]:
    return {"thread": {"node_id": it.node_id, "comments": [review_comment(see, one) for one in it.comments]}}


def _said(see: See, it: Comment | ReviewComment) -> dict[str, Any]:
    return {"comment": comment(see, it) if isinstance(it, Comment) else review_comment(see, it)}


def _review(see: See, it: Review) -> dict[str, Any]:
    """Webhooks write a review's state small, REST in capitals."""
    return {"review": review(see, it) | {"state": it.state.lower()}}


def _issue(see: See, it: Issue) -> dict[str, Any]:
    return {"issue": issue(see, it)}


_SHAPES: Mapping[str, Callable[[See, Any], dict[str, Any]]] = {
    "pull_request": _pull,
    "issue": _issue,
    "comment": _said,
    "review": _review,
    "thread": _thread,
    "check": _check,
    "suite": _suite,
    "run": _workflow,
    "status": _status,
    "label": lambda see, it: {"label": label(see, it)},
    "assignee": lambda see, it: {"assignee": account(see, it)},
}
