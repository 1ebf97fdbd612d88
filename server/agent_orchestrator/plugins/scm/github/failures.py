"""Why a check of CI failed: what its log says, and the annotations that the log does not have.

Annotations are at most ten of a kind for each step ("Workflow commands for GitHub Actions", "Limits"), so the log is
always read where there is one. What both tell is told once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import quote

from attrs import evolve

from agent_orchestrator.formats.ci_log import Told, beside_log, read_job_log
from agent_orchestrator.formats.json_text import mapping
from agent_orchestrator.model.external.secrets import redact
from agent_orchestrator.model.external.text import output
from agent_orchestrator.model.pull import CiCheck
from agent_orchestrator.net.answers import Answer, Trouble
from agent_orchestrator.plugins.scm.github.api import GitHub
from agent_orchestrator.plugins.scm.github.documents import ANNOTATIONS
from agent_orchestrator.ports.scm import CiFailure

#: Bytes of a log that are read, its end, and characters of it that are told.
_LOG, _TOLD = 8 * 1024 * 1024, 8_000
#: Jobs on one page, and pages that are looked through: a run has at most 256 jobs of each matrix.
_PAGE, _PAGES = 100, 10


async def failure(
    github: GitHub, repository: str, check: CiCheck, paths: Collection[str] | None = None, *, urgent: bool = False
) -> CiFailure:
    """Why a check failed. ``repository`` is ``owner/name``, ``paths`` the files of the repository as of the head."""
    missing = []
    log = await _log(github, repository, check, urgent=urgent)
    if isinstance(log, Trouble):
        missing.append(log.sentence)
    notes = await github.ask(ANNOTATIONS, {"id": check.id}, urgent=urgent) if check.number else None
    if isinstance(notes, Trouble):
        missing.append(notes.sentence)
    text = log if isinstance(log, bytes) else b""
    told = read_job_log(text, paths)
    nodes = () if notes is None or isinstance(notes, Trouble) else _nodes(notes.data)
    findings = tuple(map(_without_secrets, (*told.findings, *beside_log(told, nodes, paths))))
    return CiFailure(check, findings, output(text.decode(errors="replace"), _TOLD), tuple(missing))


async def _log(github: GitHub, repository: str, check: CiCheck, *, urgent: bool) -> bytes | Trouble | None:
    """The log of the check's job; None: it has none, being no job of Actions."""
    if not check.run:
        return None
    owner, _, name = repository.partition("/")
    where = f"/repos/{quote(owner, safe='')}/{quote(name, safe='')}/actions"
    job = None
    for page in range(1, _PAGES + 1):
        path = f"{where}/runs/{check.run}/jobs?filter=latest&per_page={_PAGE}&page={page}"
        answer = await github.get(path, urgent=urgent)
        if isinstance(answer, Trouble):
            return answer
        jobs = _jobs(answer)
        job = next((each["id"] for each in jobs if _is_of(each, check)), None)
        if job is not None or len(jobs) < _PAGE:
            break
    if job is None:
        return Trouble("missing", f"{check.name}: its job is not in run {check.run}")
    found = await github.get(f"{where}/jobs/{job}/logs", urgent=urgent, most=_LOG, tail=True)
    return found.body if isinstance(found, Answer) else found


def _jobs(answer: Answer) -> list[Any]:
    try:
        read = answer.json()
    except ValueError:
        return []
    jobs = read.get("jobs") if isinstance(read, dict) else None
    return jobs if isinstance(jobs, list) else []


def _is_of(job: Any, check: CiCheck) -> bool:
    """Is it the job of the check? Its number need not be that of the check run."""
    if not isinstance(job, dict) or type(job.get("id")) is not int:
        return False
    return str(job.get("check_run_url")).endswith(f"/{check.number}")


def _without_secrets(told: Told) -> Told:
    found = told.finding
    return evolve(told, finding=evolve(found, message=redact(found.message), output=redact(found.output)))


def _nodes(data: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    nodes = mapping(mapping(data.get("node")).get("annotations")).get("nodes")
    return tuple(each for each in nodes if isinstance(each, dict)) if isinstance(nodes, list) else ()
