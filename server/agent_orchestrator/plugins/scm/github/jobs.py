"""The jobs of a run of GitHub Actions, as its REST interface has them."""

from __future__ import annotations

import re
from typing import Any

from agent_orchestrator.model.pull import CiCheck
from agent_orchestrator.net.answers import Answer, Trouble
from agent_orchestrator.plugins.services.github.api import GitHub

#: Jobs on one page, and pages that are looked through: a run has at most 256 jobs of each matrix.
_PAGE, _PAGES = 100, 10
#: Where a person looks at a job: the number of its run, and its own.
_SHOWN = re.compile(r"/actions/runs/([0-9]{1,19})/job/([0-9]{1,19})")


def job_shown(check: CiCheck) -> int | None:
    """The number of a check's job in the address of its page, which is not promised; None: it has none of its run."""
    found = _SHOWN.search(check.url)
    return int(found[2]) if found and int(found[1]) == check.run else None


async def job_of(github: GitHub, where: str, check: CiCheck, *, urgent: bool = False) -> int | Trouble | None:
    """The number of a check's job in the last attempt of its run; None: it is not in that.

    ``where`` is the repository, quoted for an address.
    """
    for page in range(1, _PAGES + 1):
        path = f"/repos/{where}/actions/runs/{check.run}/jobs?filter=latest&per_page={_PAGE}&page={page}"
        answer = await github.get(path, urgent=urgent)
        if isinstance(answer, Trouble):
            return answer
        jobs = _jobs(answer)
        job: int | None = next((each["id"] for each in jobs if _is_of(each, check)), None)
        if job is not None or len(jobs) < _PAGE:
            return job
    return None


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
