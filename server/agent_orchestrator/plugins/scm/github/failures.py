"""Why a check of CI failed: what its log says, and the annotations that the log does not have.

Annotations are at most ten of a kind for each step ("Workflow commands for GitHub Actions", "Limits"), so the log is
always read where there is one. What both tell is told once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any
from urllib.parse import quote

from attrs import evolve, frozen

from agent_orchestrator.formats.ci_log import Told, read_job_log
from agent_orchestrator.model.external.text import output, title
from agent_orchestrator.model.pull import CiCheck
from agent_orchestrator.model.report import Finding, Kind
from agent_orchestrator.net.answers import Answer, Trouble
from agent_orchestrator.plugins.scm.github.api import GitHub
from agent_orchestrator.plugins.scm.github.documents import ANNOTATIONS

#: Bytes of a log that are read, its end, and characters of it that are told.
_LOG, _TOLD = 8 * 1024 * 1024, 8_000
#: Characters of an annotation's message.
_MESSAGE = 500
#: What the runner says of a step that failed: it names no line of the repository.
_RUNNER = (".github", "")


@frozen
class CiFailure:
    """What is known of a check that failed. ``log`` is the end of its log; ``missing`` says what could not be had."""

    check: CiCheck
    findings: tuple[Told, ...] = ()
    log: str = ""
    missing: tuple[str, ...] = ()


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
    told = read_job_log(text, paths).findings
    nodes = () if notes is None or isinstance(notes, Trouble) else _nodes(notes.data)
    return CiFailure(
        check, (*told, *_annotated(nodes, told, paths)), output(text.decode(errors="replace"), _TOLD), tuple(missing)
    )


async def _log(github: GitHub, repository: str, check: CiCheck, *, urgent: bool) -> bytes | Trouble | None:
    """The log of the check's job; None: it has none, being no job of Actions."""
    if not check.run:
        return None
    owner, _, name = repository.partition("/")
    where = f"/repos/{quote(owner, safe='')}/{quote(name, safe='')}/actions"
    jobs = await github.get(f"{where}/runs/{check.run}/jobs?filter=latest&per_page=100", urgent=urgent)
    if isinstance(jobs, Trouble):
        return jobs
    job = _job(jobs, check)
    if job is None:
        return Trouble("missing", f"{check.name}: its job is not in run {check.run}")
    found = await github.get(f"{where}/jobs/{job}/logs", urgent=urgent, most=_LOG, tail=True)
    return found.body if isinstance(found, Answer) else found


def _job(jobs: Answer, check: CiCheck) -> int | None:
    """The number of the job: it need not be that of its check run."""
    try:
        return next(
            (int(job["id"]) for job in jobs.json()["jobs"] if job["check_run_url"].endswith(f"/{check.number}")), None
        )
    except (ValueError, KeyError, TypeError):
        return None


def _annotated(
    nodes: Iterable[Mapping[str, Any]], told: Collection[Told], paths: Collection[str] | None
) -> Iterable[Told]:
    """The annotations about lines that nothing is told of yet."""
    known = {(each.finding.path, each.finding.line) for each in told}
    for node in nodes:
        path = node.get("path") or ""
        start = (node.get("location") or {}).get("start") or {}
        line, column = int(start.get("line") or 0), int(start.get("column") or 0)
        if node.get("annotationLevel") != "FAILURE" or path in _RUNNER or (path, line) in known:
            continue
        if paths is not None and path not in paths:
            continue
        known.add((path, line))
        said = title(node.get("title") or "")
        message = output(node.get("message") or said, _MESSAGE)
        found = Finding(f"{said or 'annotation'}@{path}", Kind.LINT, message, said, path, line, column)
        yield Told("github", "", _bounded(found))


def _bounded(finding: Finding) -> Finding:
    return evolve(finding, line=max(finding.line, 0), column=max(finding.column, 0))


def _nodes(data: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    node = data.get("node") or {}
    return tuple(each for each in (node.get("annotations") or {}).get("nodes") or () if each)
