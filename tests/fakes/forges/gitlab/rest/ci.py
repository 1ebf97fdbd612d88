"""Pipelines, jobs, traces, reports of tests and artifacts."""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from typing import Any

from ...wire.clock import iso, parse
from ..people import DEVELOPER
from ..pipeline import Job, Pipeline, TestCase
from .actors import account
from .ask import Ask, Problem, Reply, found, route
from .projects import commit

#: What GitLab knows a job's code quality report by.
QUALITY = "gl-code-quality-report.json"


def pipeline(ask: Ask, it: Pipeline, *, whole: bool = False) -> dict[str, Any]:
    """A pipeline in a list, or by itself."""
    shown = {
        "id": it.id,
        "iid": it.iid,
        "project_id": it.project.id,
        "sha": it.sha,
        "ref": it.ref,
        "status": it.status,
        "source": it.source,
        "name": None,
        "created_at": iso(it.created_at),
        "updated_at": iso(it.updated_at),
        "web_url": f"{ask.web}/{it.project.path}/-/pipelines/{it.id}",
    }
    if not whole:
        return shown
    web = f"/{it.project.path}/-/pipelines/{it.id}"
    status = {"text": it.status.capitalize(), "label": it.status, "group": it.status, "icon": f"status_{it.status}"}
    detailed = {
        **status,
        "tooltip": it.status,
        "has_details": True,
        "details_path": web,
        "illustration": None,
        "favicon": "",
    }
    starts = [job.started_at for job in it.jobs if job.started_at]
    ends = [job.finished_at for job in it.jobs if job.finished_at]
    return {
        **shown,
        "before_sha": "0" * 40,
        "tag": False,
        "yaml_errors": None,
        "user": account(ask, it.user),
        "started_at": iso(min(starts, default=None)),
        "finished_at": iso(max(ends)) if ends and len(ends) == len(it.jobs) else None,
        "committed_at": None,
        "duration": None,
        "queued_duration": None,
        "coverage": None,
        "detailed_status": detailed,
        "archived": False,
    }


def job(ask: Ask, it: Job) -> dict[str, Any]:
    """A job."""
    files = (
        [{"file_type": "archive", "size": 1, "filename": "artifacts.zip", "file_format": "zip"}] if it.artifacts else []
    )
    if QUALITY in it.artifacts:
        files.append({"file_type": "codequality", "size": 1, "filename": QUALITY, "file_format": "raw"})
    return {
        "id": it.id,
        "status": it.status,
        "stage": it.stage,
        "name": it.name,
        "ref": it.pipeline.ref,
        "tag": False,
        "coverage": None,
        "allow_failure": it.allow_failure,
        "created_at": iso(it.created_at),
        "started_at": iso(it.started_at),
        "finished_at": iso(it.finished_at),
        "erased_at": None,
        "duration": None,
        "queued_duration": None,
        "user": account(ask, it.pipeline.user),
        "commit": commit(ask, it.pipeline.sha),
        "pipeline": pipeline(ask, it.pipeline),
        "failure_reason": it.failure_reason,
        "web_url": f"{ask.web}/{it.pipeline.project.path}/-/jobs/{it.id}",
        "artifacts": files,
        "artifacts_file": {"filename": "artifacts.zip", "size": 1} if files else None,
        "artifacts_expire_at": None,
        "runner": None,
        "tag_list": [],
        "archived": False,
        "source": it.pipeline.source,
    }


@route("GET /projects/:id/pipelines")
def pipelines(ask: Ask) -> Reply:
    sha, ref, status, source = (ask.param(name) for name in ("sha", "ref", "status", "source"))
    every = [p for p in ask.project.pipelines if sha in ("", p.sha) and ref in ("", p.ref) and not p.is_child]
    every = [p for p in every if status in ("", p.status) and source in ("", p.source)]
    if after := ask.param("updated_after"):
        every = [p for p in every if p.updated_at > parse(after)]
    key = "updated_at" if ask.param("order_by", "id") == "updated_at" else "id"
    every.sort(key=lambda p: (getattr(p, key), p.id), reverse=ask.param("sort", "desc") == "desc")
    return ask.listed(every, pipeline)


@route("GET /projects/:id/pipelines/latest")
def latest(ask: Ask) -> Reply:
    ref = ask.param("ref", ask.project.default_branch)
    every = [p for p in ask.project.pipelines if p.ref == ref]
    return Reply(pipeline(ask, found(every[-1] if every else None), whole=True))


@route("GET /projects/:id/pipelines/:pid")
def get(ask: Ask) -> Reply:
    return Reply(pipeline(ask, ask.pipeline, whole=True))


@route("GET /projects/:id/pipelines/:pid/jobs")
def jobs(ask: Ask) -> Reply:
    wanted = ask.many("scope")
    every = ask.pipeline.jobs if ask.flag("include_retried") else ask.pipeline.newest()
    own = [one for one in every if not one.external and not one.is_bridge]
    # "Jobs are sorted in descending order of their IDs": https://docs.gitlab.com/api/jobs/.
    own.sort(key=lambda one: one.id, reverse=True)
    return ask.listed([one for one in own if not wanted or one.status in wanted], job)


def _bridge(ask: Ask, it: Job) -> dict[str, Any]:
    below = it.downstream
    return {**job(ask, it), "downstream_pipeline": pipeline(ask, below) if below else None}


@route("GET /projects/:id/pipelines/:pid/bridges")
def bridges(ask: Ask) -> Reply:
    wanted = ask.many("scope")
    every = [one for one in ask.pipeline.newest() if one.is_bridge]
    return ask.listed([one for one in every if not wanted or one.status in wanted], _bridge)


@route("POST /projects/:id/pipelines/:pid/retry")
def retry(ask: Ask) -> Reply:
    ask.allowed(DEVELOPER)
    ask.pipeline.retry()
    return Reply(pipeline(ask, ask.pipeline, whole=True), 201)


@route("POST /projects/:id/pipelines/:pid/cancel")
def cancel(ask: Ask) -> Reply:
    ask.allowed(DEVELOPER)
    for one in ask.pipeline.newest():
        if one.finished_at is None:
            one.change("canceled")
    return Reply(pipeline(ask, ask.pipeline, whole=True))


def _case(it: TestCase) -> dict[str, Any]:
    return {
        "status": it.status,
        "name": it.name,
        "classname": it.classname,
        "file": it.file,
        "execution_time": it.seconds,
        "system_output": it.output,
        "stack_trace": it.stack_trace,
        "recent_failures": None,
        "attachment_url": None,
    }


def _counts(cases: list[TestCase]) -> dict[str, Any]:
    by = Counter(case.status for case in cases)
    words = {"success": "success", "failed": "failed", "skipped": "skipped", "error": "error"}
    counts = {f"{word}_count": by[status] for word, status in words.items()}
    return {"total_time": sum(case.seconds for case in cases), "total_count": len(cases), **counts}


@route("GET /projects/:id/pipelines/:pid/test_report")
def test_report(ask: Ask) -> Reply:
    tests = ask.pipeline.tests
    suites = [
        {"name": name, **_counts([*cases]), "suite_error": None, "test_cases": [_case(case) for case in cases]}
        for name, cases in tests.items()
    ]
    return Reply({**_counts([case for cases in tests.values() for case in cases]), "test_suites": suites})


@route("GET /projects/:id/pipelines/:pid/test_report_summary")
def test_report_summary(ask: Ask) -> Reply:
    tests = ask.pipeline.tests
    whole = _counts([case for cases in tests.values() for case in cases])
    total = {
        key.removeprefix("total_").removesuffix("_count") if key != "total_count" else "count": value
        for key, value in whole.items()
    }
    suites = [
        {"name": name, **_counts([*cases]), "build_ids": [], "suite_error": None} for name, cases in tests.items()
    ]
    return Reply({"total": {**total, "suite_error": None}, "test_suites": suites})


@route("GET /projects/:id/jobs")
def all_jobs(ask: Ask) -> Reply:
    wanted = ask.many("scope")
    every = [one for p in reversed(ask.project.pipelines) for one in p.newest()]
    return ask.listed([one for one in every if not wanted or one.status in wanted], job)


@route("GET /projects/:id/jobs/:jid")
def get_job(ask: Ask) -> Reply:
    return Reply(job(ask, ask.job))


@route("GET /projects/:id/jobs/:jid/trace")
def trace(ask: Ask) -> Reply:
    return Reply(None, body=ask.job.trace.encode())


@route("POST /projects/:id/jobs/:jid/retry")
def retry_job(ask: Ask) -> Reply:
    ask.allowed(DEVELOPER)
    it = ask.job
    if it not in it.pipeline.newest() or it.status not in ("success", "failed", "canceled"):
        raise Problem(403, "403 Forbidden - Job is not retryable")
    made = it.pipeline.job(it.name, "pending", stage=it.stage, allow_failure=it.allow_failure)
    return Reply(job(ask, made), 201)


@route("GET /projects/:id/jobs/:jid/artifacts")
def artifacts(ask: Ask) -> Reply:
    found(ask.job.artifacts or None)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in ask.job.artifacts.items():
            archive.writestr(name, content)
    return Reply(None, body=out.getvalue(), kind="application/zip")


@route("GET /projects/:id/jobs/:jid/artifacts/:path*")
def artifact(ask: Ask) -> Reply:
    return Reply(None, body=found(ask.job.artifacts.get(ask.path["path"])), kind="application/octet-stream")
