"""Jobs of pipelines, as checks. Pure.

GraphQL reference: ``CiJobStatus``, ``PipelineStatusEnum``. The jobs of a pipeline are all that it knows of a commit:
its own jobs, bridges to other pipelines, and what others have said of the commit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from agent_orchestrator.model.external.text import title
from agent_orchestrator.model.pull import CheckState, CiCheck, Pipeline

#: What reading a shape raises that the service does not describe.
ODD = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
#: States of jobs and pipelines. One that is not known is a failure: nobody said that it passed.
_STATES: Mapping[str, CheckState] = {
    "SUCCESS": CheckState.PASSED,
    "FAILED": CheckState.FAILED,
    "SKIPPED": CheckState.SKIPPED,
    "CANCELED": CheckState.NEITHER,
    "MANUAL": CheckState.NEITHER,
    **dict.fromkeys(
        (
            "CANCELING",
            "CREATED",
            "PENDING",
            "PREPARING",
            "RUNNING",
            "SCHEDULED",
            "WAITING_FOR_CALLBACK",
            "WAITING_FOR_RESOURCE",
        ),
        CheckState.PENDING,
    ),
}
#: The kinds of jobs, as their global ids name them.
BRIDGE, EXTERNAL = "Ci::Bridge", "GenericCommitStatus"


def kind_of(gid: str) -> str:
    """What a global id (``gid://gitlab/Ci::Build/12``) is one of."""
    return gid.removeprefix("gid://gitlab/").rpartition("/")[0]


def number_of(gid: str) -> int:
    """The number at the end of a global id. Raises ValueError."""
    return int(gid.rpartition("/")[2])


def whole(connection: Mapping[str, Any] | None) -> list[Any]:
    """The nodes of what decides something. Raises TypeError where one is missing: it could be the one that failed."""
    nodes = (connection or {})["nodes"]
    if not isinstance(nodes, list) or None in nodes:
        raise TypeError("a part of it is missing")
    return nodes


def next_page(connection: Mapping[str, Any]) -> str:
    """Where the next page begins; empty: this is the last. Only a clear word says that."""
    page = connection["pageInfo"]
    return "" if page["hasNextPage"] is False else str(page["endCursor"])


def pipeline_of(node: Mapping[str, Any] | None, web: str) -> Pipeline | None:
    """A pipeline by itself. ``web`` is the project's page."""
    if node is None:
        return None
    number, ref = number_of(node["id"]), title(str(node.get("ref") or ""))
    return Pipeline(number, f"{web}/-/pipelines/{number}", ref, str(node.get("sha") or ""), node["status"].lower())


def checks(pipeline: Mapping[str, Any] | None, jobs: Iterable[Mapping[str, Any]], web: str) -> tuple[CiCheck, ...]:
    """The checks of a pipeline; of a job that ran more than once the newest. ``web`` is the project's page."""
    if pipeline is None:
        return ()
    newest: dict[str, CiCheck] = {}
    for job in sorted(jobs, key=lambda each: number_of(each["id"])):
        check = _check(pipeline, job, web)
        newest[check.key] = check
    return tuple(newest[key] for key in sorted(newest))


def _check(pipeline: Mapping[str, Any], job: Mapping[str, Any], web: str) -> CiCheck:
    kind, number = kind_of(job["id"]), number_of(job["id"])
    stage = "" if kind == EXTERNAL else str((job.get("stage") or {}).get("name") or "")
    below = job.get("downstreamPipeline")
    return CiCheck(
        key=f"status/{job['name']}" if kind == EXTERNAL else f"{stage}/{job['name']}",
        name=title(job["name"]),
        state=_state(pipeline, job, below),
        id=job["id"],
        url="" if kind == EXTERNAL else f"{web}/-/jobs/{number}",
        workflow=title(stage),
        number=number,
        run=number_of(below["id"] if below else pipeline["id"]),
        started_at=job.get("startedAt") or "",
        ended_at=job.get("finishedAt") or "",
        word=job["status"].lower(),
    )


def _state(pipeline: Mapping[str, Any], job: Mapping[str, Any], below: Mapping[str, Any] | None) -> CheckState:
    own, optional = str(job["status"]), job["allowFailure"] is True
    state = _STATES.get(own, CheckState.FAILED)
    if below and state is CheckState.PASSED:
        # A bridge that does not wait has passed as soon as the other pipeline is there.
        state = _STATES.get(str(below["status"]), CheckState.FAILED)
    if optional and (state is CheckState.FAILED or state is CheckState.NEITHER):
        # "allow_failure": the pipeline goes on, and may be merged. So may one with a job that nobody needs to start.
        return CheckState.SKIPPED
    if own == "CREATED" and pipeline["status"] == "MANUAL":
        return CheckState.NEITHER  # It waits for the job that waits for a person.
    return state
