"""Projects, branches and commits."""

from __future__ import annotations

from typing import Any

from ...wire.clock import iso
from ..people import DEVELOPER, level
from ..pipeline import Job
from ..project import Project
from .actors import account
from .ask import Ask, Problem, Reply, found, route


def project(ask: Ask, it: Project) -> dict[str, Any]:
    """As ``GET /projects/:id`` has it, what clients of merge requests read."""
    space, _, name = it.path.rpartition("/")
    host = ask.web.partition("://")[2].partition(":")[0]
    mine = level(it, ask.account)
    return {
        "id": it.id,
        "description": None,
        "name": name,
        "name_with_namespace": it.path.replace("/", " / "),
        "path": name,
        "path_with_namespace": it.path,
        "created_at": iso(it.created_at),
        "default_branch": it.default_branch,
        "tag_list": [],
        "topics": [],
        "ssh_url_to_repo": f"git@{host}:{it.path}.git",
        "http_url_to_repo": f"{ask.web}/{it.path}.git",
        "web_url": f"{ask.web}/{it.path}",
        "readme_url": None,
        "forks_count": 0,
        "star_count": 0,
        "namespace": {"id": 1, "name": space, "path": space, "kind": "group", "full_path": space, "parent_id": None},
        "archived": False,
        "visibility": "private" if it.private else "public",
        "issues_enabled": True,
        "merge_requests_enabled": True,
        "jobs_enabled": True,
        "merge_method": it.merge_method,
        "merge_trains_enabled": it.merge_trains,
        "squash_option": "default_off",
        "only_allow_merge_if_pipeline_succeeds": it.pipeline_must_succeed,
        "only_allow_merge_if_all_discussions_are_resolved": it.resolve_discussions,
        "remove_source_branch_after_merge": True,
        "open_issues_count": sum(issue.state == "opened" for issue in it.issues.values()),
        "permissions": {
            "project_access": {"access_level": mine, "notification_level": 3} if mine else None,
            "group_access": None,
        },
    }


def commit(ask: Ask, sha: str) -> dict[str, Any]:
    """A commit."""
    text = found(ask.project.refs.commit(sha))
    who = {
        f"{role}_{part}": value
        for role in ("author", "committer")
        for part, value in (("name", text.author), ("email", text.email))
    }
    return {
        "id": text.oid,
        "short_id": text.oid[:8],
        "created_at": text.at,
        "parent_ids": list(text.parents),
        "title": text.message.partition("\n")[0],
        "message": text.message,
        **who,
        "authored_date": text.at,
        "committed_date": text.at,
        "web_url": f"{ask.web}/{ask.project.path}/-/commit/{text.oid}",
    }


@route("GET /projects/:id")
def get(ask: Ask) -> Reply:
    for ignored in ("license", "statistics", "with_custom_attributes"):
        ask.param(ignored)
    return Reply(project(ask, ask.project))


@route("GET /projects/:id/labels")
def labels(ask: Ask) -> Reply:
    every = [*ask.project.merge_requests.values(), *ask.project.issues.values()]
    names = sorted({label for item in every for label in item.labels})
    ask.param("with_counts")
    return ask.listed(list(enumerate(names, 1)), lambda _, one: {"id": one[0], "name": one[1], "color": "#ededed"})


@route("GET /projects/:id/repository/branches/:branch*")
def branch(ask: Ask) -> Reply:
    name = ask.path["branch"]
    sha = found(ask.project.heads.get(name))
    shown = {"merged": False, "protected": name == ask.project.default_branch, "can_push": True}
    web = f"{ask.web}/{ask.project.path}/-/tree/{name}"
    flags = {"default": name == ask.project.default_branch, "developers_can_push": False, "developers_can_merge": False}
    return Reply({"name": name, "commit": commit(ask, sha), **shown, **flags, "web_url": web})


@route("DELETE /projects/:id/repository/branches/:branch*")
def delete_branch(ask: Ask) -> Reply:
    ask.allowed(DEVELOPER)
    found(ask.project.heads.get(ask.path["branch"]))
    if ask.path["branch"] == ask.project.default_branch:
        raise Problem(400, "Cannot remove HEAD branch")
    ask.project.refs.write(ask.path["branch"], None)
    ask.project.sync()
    return Reply(None, 204)


@route("GET /projects/:id/repository/commits/:sha")
def get_commit(ask: Ask) -> Reply:
    sha = ask.project.heads.get(ask.path["sha"], ask.path["sha"])
    pipelines = [p for p in ask.project.pipelines if p.sha == sha]
    status = pipelines[-1].status if pipelines else None
    ask.param("stats")
    return Reply({**commit(ask, sha), "status": status})


def _status(ask: Ask, it: Job) -> dict[str, Any]:
    web = f"{ask.web}/{ask.project.path}/-/jobs/{it.id}"
    url, description = it.external or (web, "")
    return {
        "id": it.id,
        "sha": it.pipeline.sha,
        "ref": it.pipeline.ref,
        "status": it.status,
        "name": it.name,
        "target_url": url or None,
        "description": description or None,
        "created_at": iso(it.created_at),
        "started_at": iso(it.started_at),
        "finished_at": iso(it.finished_at),
        "allow_failure": it.allow_failure,
        "coverage": None,
        "pipeline_id": it.pipeline.id,
        "author": account(ask, it.pipeline.user),
    }


@route("GET /projects/:id/repository/commits/:sha/statuses")
def statuses(ask: Ask) -> Reply:
    """Jobs are among them, and what others have said."""
    jobs = [job for p in ask.project.pipelines if p.sha == ask.path["sha"] for job in p.newest()]
    ask.param("all")
    return ask.listed(jobs, _status)


@route("POST /projects/:id/statuses/:sha")
def set_status(ask: Ask) -> Reply:
    ask.allowed(DEVELOPER)
    name = ask.param("name") or ask.param("context") or "default"
    url, description = ask.param("target_url"), ask.param("description")
    ask.param("ref")
    made = ask.project.status(ask.path["sha"], name, ask.param("state"), url, description)
    return Reply(_status(ask, made), 201)
