"""Running checks of GitHub again, each once.

Not verified against a description: that a job's check run is another one after it was run again, as jobs are.
"""

from __future__ import annotations

from collections.abc import Sequence

from agent_orchestrator.formats.json_text import mapping
from agent_orchestrator.model.pull import CiCheck
from agent_orchestrator.net.answers import Trouble, trouble_in
from agent_orchestrator.plugins.scm.github.jobs import job_of
from agent_orchestrator.plugins.scm.github.mutations import SUITE
from agent_orchestrator.plugins.services.github.api import GitHub


async def rerun(github: GitHub, where: str, checks: Sequence[CiCheck]) -> Trouble | None:
    """Run again what failed of the runs that checks are of, and ask other apps for theirs. The first trouble of all."""
    troubles: list[Trouble | None] = []
    runs = {check.run: check for check in checks if check.run}
    troubles += [await _run(github, where, check) for check in runs.values()]
    troubles += [await _alone(github, where, check) for check in checks if not check.run]
    return next((trouble for trouble in troubles if trouble is not None), None)


async def _run(github: GitHub, where: str, check: CiCheck) -> Trouble | None:
    job = await job_of(github, where, check, urgent=True)
    if isinstance(job, Trouble):
        return job
    if job is None:
        return None  # The run has another attempt by now.
    answer = await github.post(f"/repos/{where}/actions/runs/{check.run}/rerun-failed-jobs")
    if not isinstance(answer, Trouble):
        return None
    return None if answer.status == 403 and "already running" in answer.sentence else answer


async def _alone(github: GitHub, where: str, check: CiCheck) -> Trouble | None:
    """A check run of another app: the app decides what it does about it."""
    if not check.number:
        return Trouble("failed", f"{check.name}: only whoever reports it can run it again")
    found = await github.ask(SUITE, {"id": check.id}, urgent=True)
    if isinstance(found, Trouble):
        return found
    node = mapping(found.data.get("node"))
    suite = mapping(node.get("checkSuite")).get("status")
    if node and (node.get("status"), suite) != ("COMPLETED", "COMPLETED"):
        return None  # It was asked for already.
    return trouble_in(await github.post(f"/repos/{where}/check-runs/{check.number}/rerequest"))
