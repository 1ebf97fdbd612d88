"""Why a check of CI failed: what its log says, and what the annotations and the run's reports have beyond that.

Annotations are at most ten of a kind for each step ("Workflow commands for GitHub Actions", "Limits"), so the log is
always read where there is one. What several tell is told once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from typing import Any

from attrs import evolve

from agent_orchestrator.formats.ci_log import beside_log, beside_reports, read_job_log, without_secrets
from agent_orchestrator.formats.json_text import mapping
from agent_orchestrator.model.external.text import output, title
from agent_orchestrator.model.pull import CiCheck
from agent_orchestrator.net.answers import Answer, Trouble
from agent_orchestrator.plugins.scm.github.documents import ANNOTATIONS
from agent_orchestrator.plugins.scm.github.jobs import job_of, job_shown
from agent_orchestrator.plugins.scm.github.reports import reports
from agent_orchestrator.plugins.services.github.api import GitHub
from agent_orchestrator.ports.scm import CiFailure

#: Bytes of a log that are read, its end, and characters of it that are told.
_LOG, _TOLD = 8 * 1024 * 1024, 8_000


async def failure(
    github: GitHub,
    where: str,
    check: CiCheck,
    paths: Collection[str] | None = None,
    *,
    alone: bool = True,
) -> CiFailure:
    """Why a check failed. ``where`` is the repository, quoted for an address, ``paths`` its files as of the head.

    ``alone``: no other check of its run failed, so that what the run's reports tell is this one's.
    """
    missing = []
    log = await _log(github, where, check)
    if isinstance(log, Trouble):
        missing.append(log.sentence)
    notes = await github.ask(ANNOTATIONS, {"id": check.id}) if check.number else None
    if isinstance(notes, Trouble):
        missing.append(notes.sentence)
    xml, problems = await reports(github, where, check.run) if check.run else ([], [])
    text = log if isinstance(log, bytes) else b""
    shown = text.decode(errors="replace")
    told = read_job_log(text, paths)
    nodes = () if notes is None or isinstance(notes, Trouble) else _nodes(notes.data)
    # Megabytes of XML take seconds to read.
    tests, broken = await asyncio.to_thread(beside_reports, told, xml, paths, None if alone else shown)
    noted = beside_log(evolve(told, findings=(*told.findings, *tests)), nodes, paths)
    findings = tuple(map(without_secrets, (*told.findings, *tests, *noted)))
    missing += [*problems, *(title(f"a report of the run: {problem}") for problem in broken)]
    trouble = next((each for each in (log, notes) if isinstance(each, Trouble) and each.passes), None)
    return CiFailure(check, findings, output(shown, _TOLD), tuple(missing), trouble)


async def _log(github: GitHub, where: str, check: CiCheck) -> bytes | Trouble | None:
    """The log of the check's job; None: it has none, being no job of Actions."""
    if not check.run:
        return None
    shown = job_shown(check)
    if shown is not None:
        found = await _log_of(github, where, shown)
        if isinstance(found, bytes) or found.kind != "missing":
            return found
    job = await job_of(github, where, check)
    if isinstance(job, Trouble):
        return job
    if job is None:
        return Trouble("missing", f"{check.name}: its job is not in run {check.run}")
    return await _log_of(github, where, job)


async def _log_of(github: GitHub, where: str, job: int) -> bytes | Trouble:
    found = await github.get(f"/repos/{where}/actions/jobs/{job}/logs", most=_LOG, tail=True)
    return found.body if isinstance(found, Answer) else found


def _nodes(data: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    nodes = mapping(mapping(data.get("node")).get("annotations")).get("nodes")
    return tuple(each for each in nodes if isinstance(each, dict)) if isinstance(nodes, list) else ()
