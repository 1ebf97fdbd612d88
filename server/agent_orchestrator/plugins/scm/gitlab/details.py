"""Jobs and conversations of some merge requests, and jobs of any commit, with all their pages."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen

from agent_orchestrator.model.pull import CiCheck
from agent_orchestrator.net.answers import Trouble
from agent_orchestrator.plugins.scm.gitlab import ci, read, said
from agent_orchestrator.plugins.scm.gitlab.batch import batch, nodes_of
from agent_orchestrator.plugins.scm.gitlab.documents import DETAILED, commit, detail
from agent_orchestrator.plugins.services.gitlab.api import GitLab

log = logging.getLogger(__name__)

#: Pages of jobs, and of conversations, of one merge request that are read.
_PAGES = 10


@frozen
class Found:
    """The details of a merge request, and all that is said there; None: what is said is not all here."""

    detail: read.Detail
    notes: tuple[said.Note, ...] | None = None


async def details(
    gitlab: GitLab, ids: Sequence[str], heads: Mapping[str, str]
) -> tuple[dict[str, Found], Trouble | None]:
    """The details of merge requests whose heads are still ``heads``; what is missing was not to be had."""
    done = await batch(gitlab, detail, ids, DETAILED)
    found: dict[str, Found] = {}
    for id, node in done.nodes.items():
        try:
            one = await _detail(gitlab, node, heads[id])
        except ci.ODD as error:
            log.warning("merge request %s can not be read: %s: %s", id, type(error).__name__, error)
            continue
        if one is not None:
            found[id] = one
    return found, done.trouble


async def checks_of(gitlab: GitLab, sha: str) -> tuple[CiCheck, ...] | Trouble:
    """The checks of a commit's newest pipeline; empty: it has none."""
    jobs: list[Any] = []
    after: str | None = None
    pipeline: Mapping[str, Any] | None = None
    for _ in range(_PAGES):
        answer = await gitlab.ask(commit, {"path": gitlab.path, "sha": sha, "jobs": after})
        if isinstance(answer, Trouble):
            return answer
        try:
            pipelines = ci.whole(answer.data["project"]["pipelines"])
            if not pipelines or (pipeline is not None and pipelines[0]["id"] != pipeline["id"]):
                break
            pipeline = pipelines[0]
            jobs += ci.whole(pipeline["jobs"])
            after = ci.next_page(pipeline["jobs"])
            if not after:
                return ci.checks(pipeline, jobs, gitlab.web)
        except ci.ODD as error:
            said = "; ".join(answer.errors)[:200] or f"{type(error).__name__}: {error}"
            return Trouble("unreadable", f"{gitlab.host}: the pipeline of {sha[:12]} can not be read: {said}")
    if pipeline is None:
        return ()
    return Trouble("unreadable", f"{gitlab.host}: the jobs of {sha[:12]} are too many, or change while they are read")


async def _detail(gitlab: GitLab, node: Mapping[str, Any], head: str) -> Found | None:
    """What a node has, with its further pages; None: it is not all of ``head``, and could be green by mistake."""
    if node["diffHeadSha"] != head:
        return None
    pipeline = node["headPipeline"]
    jobs = list(ci.whole(pipeline["jobs"])) if pipeline else []
    threads = list(ci.whole(node["discussions"]))
    more_jobs = ci.next_page(pipeline["jobs"]) if pipeline else ""
    more_threads = ci.next_page(node["discussions"])
    for _ in range(_PAGES):
        if not more_jobs and not more_threads:
            break
        variables = {"path": gitlab.path, "iids": [node["iid"]], "jobs": more_jobs or None}
        answer = await gitlab.ask(detail, {**variables, "threads": more_threads or None})
        nodes = None if isinstance(answer, Trouble) else nodes_of(answer.data)
        if not nodes or nodes[0]["diffHeadSha"] != head:
            return None
        page = nodes[0]
        if more_jobs:
            if (page["headPipeline"] or {}).get("id") != pipeline["id"]:
                return None
            jobs += ci.whole(page["headPipeline"]["jobs"])
            more_jobs = ci.next_page(page["headPipeline"]["jobs"])
        if more_threads:
            threads += ci.whole(page["discussions"])
            more_threads = ci.next_page(page["discussions"])
    if more_jobs:
        return None
    checks = ci.checks(pipeline, jobs, gitlab.web)
    ran = ci.pipeline_of(pipeline, gitlab.web)
    notes = None if more_threads else _notes(threads, node["iid"])
    return Found(read.Detail(checks, read.threads(threads, head), bool(more_threads), ran, read.about(node)), notes)


def _notes(threads: Sequence[Mapping[str, Any]], number: str) -> tuple[said.Note, ...] | None:
    """What is said; where it is odd, or not all here, whoever wants to know asks for it by itself."""
    try:
        return said.of_graph(threads, number)
    except ci.ODD as error:
        log.info("what is said at merge request %s can not be read: %s: %s", number, type(error).__name__, error)
        return None
