"""Runs, jobs, logs and artifacts of Actions in REST."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta
from typing import Any

from ...wire.clock import iso
from ..checks import Artifact, Check, Run
from ..graph.checks import workflow_number
from ..see import See
from .ask import Ask, Problem, Reply, found, route
from .checks import conclusion, pulls_at
from .people import account
from .repositories import minimal

KEPT = timedelta(days=90)


def run(see: See, it: Run) -> dict[str, Any]:
    """``workflow-run``."""
    repository, url = it.repository, f"{see.api}/repos/{it.repository.full_name}/actions"
    own, file = f"{url}/runs/{it.id}", it.workflow.lower().replace(" ", "-")
    text = repository.refs.commit(it.sha)
    who = {"name": "Somebody", "email": "somebody@example.invalid"}
    return {
        "id": it.id,
        "name": it.workflow,
        "node_id": it.node_id,
        "check_suite_id": it.suite.id,
        "check_suite_node_id": it.suite.node_id,
        "head_branch": it.branch,
        "head_sha": it.sha,
        "path": f".github/workflows/{file}.yml",
        "run_number": it.number,
        "run_attempt": it.attempt,
        "event": it.event,
        "status": it.suite.status if it.jobs else "queued",
        "conclusion": it.suite.conclusion,
        "workflow_id": workflow_number(it),
        "url": own,
        "html_url": f"{see.web}/{repository.full_name}/actions/runs/{it.id}",
        "pull_requests": pulls_at(see, repository, it.sha),
        "created_at": iso(it.created_at),
        "updated_at": iso(it.updated_at),
        "run_started_at": iso(it.created_at),
        "actor": account(see, it.actor),
        "triggering_actor": account(see, it.actor),
        "jobs_url": f"{own}/jobs",
        "logs_url": f"{own}/logs",
        "check_suite_url": f"{see.api}/repos/{repository.full_name}/check-suites/{it.suite.id}",
        "artifacts_url": f"{own}/artifacts",
        "cancel_url": f"{own}/cancel",
        "rerun_url": f"{own}/rerun",
        "previous_attempt_url": f"{own}/attempts/{it.attempt - 1}" if it.attempt > 1 else None,
        "workflow_url": f"{url}/workflows/{workflow_number(it)}",
        "head_commit": {
            "id": it.sha,
            "tree_id": text.tree if text else "",
            "message": text.message if text else "",
            "timestamp": iso(it.created_at),
            "author": who,
            "committer": who,
        },
        "repository": minimal(see, repository),
        "head_repository": minimal(see, repository),
        "display_title": text.message.partition("\n")[0] if text else it.workflow,
    }


def job(see: See, it: Check) -> dict[str, Any]:
    """``job``: a check run of Actions, by its other number."""
    suite, run = it.suite, it.suite.run
    assert run is not None
    api = f"{see.api}/repos/{suite.repository.full_name}"
    started = iso(it.started_at or run.created_at)
    return {
        "id": it.job_id,
        "run_id": run.id,
        "run_url": f"{api}/actions/runs/{run.id}",
        "run_attempt": it.attempt,
        "node_id": it.job_node_id,
        "head_sha": suite.sha,
        "url": f"{api}/actions/jobs/{it.job_id}",
        "html_url": it.details_url,
        "status": it.status,
        "conclusion": conclusion(it),
        "created_at": iso(run.created_at),
        "started_at": started,
        "completed_at": iso(it.completed_at),
        "name": it.name,
        "steps": [
            {
                "name": step.name,
                "status": "completed" if step.conclusion else "in_progress",
                "conclusion": step.conclusion,
                "number": index,
                "started_at": started,
                "completed_at": iso(it.completed_at),
            }
            for index, step in enumerate(it.steps, 1)
        ],
        "check_run_url": f"{api}/check-runs/{it.id}",
        "labels": ["ubuntu-latest"],
        "runner_id": None,
        "runner_name": None,
        "runner_group_id": None,
        "runner_group_name": None,
        "workflow_name": run.workflow,
        "head_branch": suite.branch,
    }


def artifact(see: See, it: Artifact) -> dict[str, Any]:
    """``artifact``."""
    url = f"{see.api}/repos/{it.run.repository.full_name}/actions/artifacts/{it.id}"
    made = it.created_at
    return {
        "id": it.id,
        "node_id": it.node_id,
        "name": it.name,
        "size_in_bytes": len(it.content),
        "url": url,
        "archive_download_url": f"{url}/zip",
        "expired": it.expired,
        "created_at": iso(made),
        "updated_at": iso(made),
        "expires_at": iso(made + KEPT if made else None),
        "workflow_run": {"id": it.run.id, "head_branch": it.run.branch, "head_sha": it.run.sha},
    }


def _run_of(ask: Ask) -> Run:
    return found(ask.see.hub.ids.find(Run, int(ask.path["run_id"])))


def _job_of(ask: Ask) -> Check:
    wanted = int(ask.path["job_id"])
    return found(next((check for check in ask.see.hub.ids.of(Check) if check.job_id == wanted), None))


def _elsewhere(ask: Ask, content: bytes, kind: str) -> Reply:
    """302 to an address without a token, which is good for a minute."""
    return Reply(None, 302, {"location": ask.see.hub.blob(content, kind)})


def workflow(see: See, it: Run) -> dict[str, Any]:
    """``workflow``, as its last run knows it."""
    shown = run(see, it)
    names = {"id": "workflow_id", "name": "name", "path": "path", "url": "workflow_url", "html_url": "html_url"}
    times = {"created_at": shown["created_at"], "updated_at": shown["updated_at"]}
    more = {"node_id": f"W_{shown['workflow_id']:x}", "state": "active", "badge_url": f"{shown['html_url']}/badge.svg"}
    return {**{name: shown[source] for name, source in names.items()}, **times, **more}


def _workflows(ask: Ask) -> list[Run]:
    return list({run.workflow: run for run in ask.repository.runs}.values())


@route("GET /repos/{owner}/{repo}/actions/workflows")
def workflows(ask: Ask) -> Reply:
    return ask.listed(_workflows(ask), workflow, "workflows")


@route("GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}")
def get_workflow(ask: Ask) -> Reply:
    wanted = ask.path["workflow_id"]
    return Reply(
        workflow(ask.see, found(next((r for r in _workflows(ask) if str(workflow_number(r)) == wanted), None)))
    )


@route("GET /repos/{owner}/{repo}/actions/runs")
def runs(ask: Ask) -> Reply:
    sha, event, state, branch = (ask.param(name) for name in ("head_sha", "event", "status", "branch"))
    actor, suite = ask.param("actor"), ask.param("check_suite_id")
    ask.param("exclude_pull_requests")
    every = [r for r in reversed(ask.repository.runs) if sha in ("", r.sha) and event in ("", r.event)]
    every = [r for r in every if branch in ("", r.branch) and state in ("", r.suite.status, r.suite.conclusion)]
    every = [r for r in every if actor in ("", r.actor.login if r.actor else "") and suite in ("", str(r.suite.id))]
    return ask.listed(every, run, "workflow_runs")


@route("GET /repos/{owner}/{repo}/actions/runs/{run_id}")
def get_run(ask: Ask) -> Reply:
    ask.param("exclude_pull_requests")
    return Reply(run(ask.see, _run_of(ask)))


@route("GET /repos/{owner}/{repo}/actions/runs/{run_id}/jobs")
def jobs(ask: Ask) -> Reply:
    it = _run_of(ask)
    return ask.listed(it.suite.checks if ask.param("filter", "latest") == "all" else it.jobs, job, "jobs")


@route("GET /repos/{owner}/{repo}/actions/jobs/{job_id}")
def get_job(ask: Ask) -> Reply:
    return Reply(job(ask.see, _job_of(ask)))


@route("GET /repos/{owner}/{repo}/actions/jobs/{job_id}/logs")
def job_logs(ask: Ask) -> Reply:
    """410 once they were removed."""
    it = _job_of(ask)
    if it.log is None:
        raise Problem(410, "Gone")
    return _elsewhere(ask, it.log.encode(), "text/plain; charset=utf-8")


@route("GET /repos/{owner}/{repo}/actions/runs/{run_id}/logs")
def run_logs(ask: Ask) -> Reply:
    """A file a job, and a folder with a file a step: a job's text is in its first step that failed."""
    files: dict[str, str] = {}
    for index, it in enumerate(_run_of(ask).jobs):
        if it.log is not None:
            name = it.name.replace("/", "_")
            files[f"{index}_{name}.txt"] = it.log
            at = next((i for i, step in enumerate(it.steps, 1) if step.conclusion == "failure"), 1)
            files |= {f"{name}/{i}_{step.name}.txt": it.log if i == at else "" for i, step in enumerate(it.steps, 1)}
    if not files:
        raise Problem(410, "Gone")
    return _elsewhere(ask, zipped(files), "application/zip")


@route("GET /repos/{owner}/{repo}/actions/runs/{run_id}/artifacts")
def artifacts(ask: Ask) -> Reply:
    name = ask.param("name")
    return ask.listed([a for a in _run_of(ask).artifacts if name in ("", a.name)], artifact, "artifacts")


@route("GET /repos/{owner}/{repo}/actions/artifacts/{artifact_id}")
def get_artifact(ask: Ask) -> Reply:
    return Reply(artifact(ask.see, found(ask.see.hub.ids.find(Artifact, int(ask.path["artifact_id"])))))


@route("GET /repos/{owner}/{repo}/actions/artifacts/{artifact_id}/{archive_format}")
def download(ask: Ask) -> Reply:
    it: Artifact = found(ask.see.hub.ids.find(Artifact, int(ask.path["artifact_id"])))
    if it.expired:
        raise Problem(410, "Artifact has expired")
    return _elsewhere(ask, it.content, "application/zip")


@route("POST /repos/{owner}/{repo}/actions/runs/{run_id}/rerun")
def rerun(ask: Ask) -> Reply:
    return _rerun(ask, only_failed=False)


@route("POST /repos/{owner}/{repo}/actions/runs/{run_id}/rerun-failed-jobs")
def rerun_failed(ask: Ask) -> Reply:
    return _rerun(ask, only_failed=True)


def _rerun(ask: Ask, *, only_failed: bool) -> Reply:
    ask.allowed()
    it = _run_of(ask)
    if it.suite.status != "completed":
        raise Problem(403, "This workflow is already running")
    ask.repository.rerun(it, only_failed=only_failed)
    return Reply({}, 201)


@route("POST /repos/{owner}/{repo}/actions/runs/{run_id}/cancel")
def cancel(ask: Ask) -> Reply:
    ask.allowed()
    it = _run_of(ask)
    if it.suite.status == "completed":
        raise Problem(409, "Cannot cancel a workflow run that is completed.")
    for check in it.jobs:
        if check.status != "completed":
            check.change("cancelled")
    return Reply({}, 202)


@route("POST /repos/{owner}/{repo}/actions/jobs/{job_id}/rerun")
def rerun_job(ask: Ask) -> Reply:
    ask.allowed()
    it = _job_of(ask)
    assert it.suite.run is not None
    ask.repository.rerun(it.suite.run, only_failed=it.conclusion not in ("success", "skipped"))
    return Reply({}, 201)


def zipped(files: dict[str, str]) -> bytes:
    """A zip file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return out.getvalue()
