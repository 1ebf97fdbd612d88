"""Check runs, annotations and statuses in REST."""

from __future__ import annotations

from typing import Any

from ...graph.view import Unmodelled
from ...wire.clock import iso
from ..checks import Annotation, Check, Status, latest, rollup
from ..pull import Pull
from ..repository import Repository
from ..see import See
from .ask import Ask, Reply, found, route
from .people import account, app
from .repositories import minimal, resolved

#: Conclusions that GraphQL has and the description of REST has not.
WORDLESS = ("startup_failure", "stale")


def conclusion(check: Check) -> str | None:
    """As REST says it. What it says for those it has no word for is not published."""
    if check.conclusion in WORDLESS:
        raise Unmodelled(f"the conclusion {check.conclusion} in REST")
    return check.conclusion


def check_run(see: See, it: Check) -> dict[str, Any]:
    """``check-run``."""
    repository = it.suite.repository
    url = f"{see.api}/repos/{repository.full_name}/check-runs/{it.id}"
    return {
        "id": it.id,
        "head_sha": it.suite.sha,
        "node_id": it.node_id,
        "external_id": it.external_id,
        "url": url,
        "html_url": it.details_url,
        "details_url": it.details_url,
        "status": it.status,
        "conclusion": conclusion(it),
        "started_at": iso(it.started_at),
        "completed_at": iso(it.completed_at),
        "output": {
            "title": it.title,
            "summary": it.summary,
            "text": it.text,
            "annotations_count": len(it.annotations),
            "annotations_url": f"{url}/annotations",
        },
        "name": it.name,
        "check_suite": {"id": it.suite.id},
        "app": app(see, it.suite.app),
        "pull_requests": pulls_at(see, repository, it.suite.sha),
    }


def pulls_at(see: See, repository: Repository, sha: str) -> list[dict[str, Any]]:
    """``pull-request-minimal`` of each open one with a head; of forks there is none, as on the service."""
    repo = {"id": repository.id, "url": f"{see.api}/repos/{repository.full_name}", "name": repository.name}

    def shape(pull: Pull) -> dict[str, Any]:
        return {
            "id": pull.id,
            "number": pull.number,
            "url": f"{see.api}/repos/{repository.full_name}/pulls/{pull.number}",
            "head": {"ref": pull.head, "sha": pull.head_oid, "repo": repo},
            "base": {"ref": pull.base, "sha": pull.base_then, "repo": repo},
        }

    return [shape(p) for p in repository.pulls if p.head_oid == sha and p.state == "OPEN" and p.fork is None]


def annotation(see: See, it: tuple[Check, Annotation]) -> dict[str, Any]:
    """``check-annotation``."""
    check, note = it
    suite = check.suite
    return {
        "path": note.path,
        "blob_href": f"{see.web}/{suite.repository.full_name}/blob/{suite.sha}/{note.path}",
        "start_line": note.line,
        "start_column": note.column,
        "end_line": note.end_line or note.line,
        "end_column": note.end_column,
        "annotation_level": note.level,
        "title": note.title,
        "message": note.message,
        "raw_details": note.raw_details,
    }


def status(see: See, it: Status) -> dict[str, Any]:
    """``status``, and ``simple-commit-status``, which has no creator."""
    made = iso(it.created_at)
    return {
        "url": f"{see.api}/repos/{it.repository.full_name}/statuses/{it.sha}",
        "avatar_url": f"https://avatars.githubusercontent.com/u/{it.creator.id}?v=4",
        "id": it.id,
        "node_id": it.node_id,
        "state": it.state,
        "description": it.description,
        "target_url": it.target_url,
        "context": it.context,
        "created_at": made,
        "updated_at": made,
        "creator": account(see, it.creator),
    }


@route("GET /repos/{owner}/{repo}/commits/{ref}/check-runs")
def check_runs(ask: Ask) -> Reply:
    sha = resolved(ask, ask.path["ref"])
    if ask.param("filter", "latest") == "all":
        every = [check for suite in ask.repository.suites.get(sha, ()) for check in suite.checks]
    else:
        every = list(latest(ask.repository.checks(sha)))
    name, state, app_id = ask.param("check_name"), ask.param("status"), ask.param("app_id")
    every = [
        c for c in every if name in ("", c.name) and state in ("", c.status) and app_id in ("", str(c.suite.app.id))
    ]
    return ask.listed(every, check_run, "check_runs")


@route("GET /repos/{owner}/{repo}/check-runs/{check_run_id}")
def get(ask: Ask) -> Reply:
    return Reply(check_run(ask.see, found(ask.see.hub.ids.find(Check, int(ask.path["check_run_id"])))))


@route("POST /repos/{owner}/{repo}/check-runs/{check_run_id}/rerequest")
def rerequest(ask: Ask) -> Reply:
    """Its suite is reset; "the check run itself is not updated"."""
    ask.allowed()
    it: Check = found(ask.see.hub.ids.find(Check, int(ask.path["check_run_id"])))
    it.suite.rerequested = True
    ask.repository.tell("check_run", "rerequested", check=it)
    return Reply({}, 201)


@route("GET /repos/{owner}/{repo}/check-runs/{check_run_id}/annotations")
def annotations(ask: Ask) -> Reply:
    it: Check = found(ask.see.hub.ids.find(Check, int(ask.path["check_run_id"])))
    return ask.listed([(it, note) for note in it.annotations], annotation)


@route("GET /repos/{owner}/{repo}/commits/{ref}/status")
def combined(ask: Ask) -> Reply:
    """With no status at all the state is pending: only ``total_count`` tells."""
    sha, it = resolved(ask, ask.path["ref"]), ask.repository
    every = it.statuses(sha)
    shown, headers = ask.page(every)
    url = f"{ask.see.api}/repos/{it.full_name}"
    state = {"SUCCESS": "success", "PENDING": "pending", None: "pending"}.get(rollup((), every), "failure")
    value = {
        "state": state,
        "statuses": [status(ask.see, one) for one in shown],
        "sha": sha,
        "total_count": len(every),
        "repository": minimal(ask.see, it),
        "commit_url": f"{url}/commits/{sha}",
        "url": f"{url}/commits/{sha}/status",
    }
    return Reply(value, 200, headers)


@route("POST /repos/{owner}/{repo}/statuses/{sha}")
def create(ask: Ask) -> Reply:
    ask.allowed()
    given = ask.body()
    details = {name: given.get(name) for name in ("description", "target_url")}
    who = ask.see.account.rest_login
    made = ask.repository.status(ask.path["sha"], given.get("context", "default"), given["state"], by=who, **details)
    return Reply(status(ask.see, made), 201)
