"""Why a job failed: what its log says, what its tests reported beside, and its code quality report."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from agent_orchestrator.formats.ci_log import JobLog, Told, read_job_log, without_secrets
from agent_orchestrator.formats.json_text import items, mapping
from agent_orchestrator.model.external.text import output, title
from agent_orchestrator.model.pull import CiCheck
from agent_orchestrator.net.answers import Answer, Trouble
from agent_orchestrator.plugins.scm.gitlab import ci
from agent_orchestrator.plugins.scm.gitlab.reports import QUALITY, red_tests
from agent_orchestrator.plugins.scm.gitlab.reports import quality as quality_of
from agent_orchestrator.plugins.services.gitlab.api import GitLab
from agent_orchestrator.ports.scm import CiFailure

#: Bytes of a log that are read, its end, and characters of it that are told.
_LOG, _TOLD = 8 * 1024 * 1024, 8_000
#: Bytes of a report that are read.
_REPORT = 32 * 1024 * 1024
#: Jobs of another pipeline whose logs are read for the bridge that started it.
_JOBS = 3


async def failure(
    gitlab: GitLab, check: CiCheck, paths: Collection[str] | None = None, *, urgent: bool = False
) -> CiFailure:
    """Why a check failed. ``paths`` are the files of the repository as of the head."""
    if ci.kind_of(check.id) == ci.EXTERNAL or not check.number:
        return CiFailure(check)
    if ci.kind_of(check.id) != ci.BRIDGE:
        return await _job(gitlab, check, check.number, check.name, paths, urgent=urgent)
    where = f"{gitlab.project}/pipelines/{check.run}/jobs?scope[]=failed"
    jobs = await gitlab.items(where, 1, urgent=urgent)
    if isinstance(jobs, Trouble):
        return CiFailure(check, missing=(jobs.sentence,), trouble=jobs if jobs.passes else None)
    failed = [job for job in map(mapping, jobs[0]) if type(job.get("id")) is int and job.get("allow_failure") is False]
    # They are listed from the newest on, and what failed first is the cause more often than what came after it.
    failed.sort(key=lambda job: int(str(job["id"])))
    if not failed:
        return CiFailure(check, missing=(f"{check.name}: no job of the pipeline that it started has failed",))
    found = [
        await _job(gitlab, check, int(str(job["id"])), str(job.get("name")), paths, urgent=urgent)
        for job in failed[:_JOBS]
    ]
    left = len(failed) - _JOBS
    return CiFailure(
        check,
        tuple(told for each in found for told in each.findings),
        output("\n".join(each.log for each in found), _TOLD),
        (*(said for each in found for said in each.missing), *([f"{left} more jobs failed"] if left > 0 else ())),
        next((each.trouble for each in found if each.trouble), None),
    )


async def _job(
    gitlab: GitLab, check: CiCheck, number: int, name: str, paths: Collection[str] | None, *, urgent: bool
) -> CiFailure:
    missing: list[str] = []
    where = f"{gitlab.project}/jobs/{number}"
    trace = await gitlab.get(f"{where}/trace", urgent=urgent, most=_LOG, tail=True, accept="text/plain")
    if isinstance(trace, Trouble):
        missing.append(trace.sentence)
    trouble = trace if isinstance(trace, Trouble) and trace.passes else None
    data = trace.body if isinstance(trace, Answer) else b""
    log = read_job_log(data, paths)
    tests = await gitlab.read(f"{gitlab.project}/pipelines/{check.run}/test_report", urgent=urgent, most=_REPORT)
    if isinstance(tests, Trouble):
        if tests.kind != "missing":
            missing.append(tests.sentence)
        tests = {}
    quality = await _quality(gitlab, where, urgent=urgent)
    if isinstance(quality, Trouble):
        missing.append(quality.sentence)
        quality = []
    found = _together(log, tests, quality, name, paths)
    return CiFailure(check, found, output(data.decode(errors="replace"), _TOLD), tuple(missing), trouble)


def _together(log: JobLog, tests: Any, quality: Any, name: str, paths: Collection[str] | None) -> tuple[Told, ...]:
    """All that is told of a job, and what two tell once; the log knows the tool and so comes first."""
    told = (*log.findings, *red_tests(log, tests, name, paths))
    told = (*told, *quality_of(told, quality, title(name), paths))
    return tuple(map(without_secrets, told))


async def _quality(gitlab: GitLab, where: str, *, urgent: bool) -> Any | Trouble:
    """The code quality report of a job, empty where it has none."""
    job = await gitlab.read(where, urgent=urgent)
    if isinstance(job, Trouble):
        return job
    kinds = [mapping(each).get("file_type") for each in items(mapping(job).get("artifacts"))]
    if "codequality" not in kinds:
        return []
    # It is in the archive only where the job keeps it as an artifact beside the report.
    report = await gitlab.read(f"{where}/artifacts/{QUALITY}", urgent=urgent, most=_REPORT)
    return [] if isinstance(report, Trouble) and report.kind == "missing" else report
