"""What GitHub answers, as pull requests. Pure, and strict only about what decides something.

GraphQL reference: ``PullRequest``, ``CheckConclusionState``, ``StatusState``, ``MergeableState``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from agent_orchestrator.model.external.text import title
from agent_orchestrator.model.pull import CheckState, CiCheck, Mergeable, Pull, Thread, newest
from agent_orchestrator.plugins.services.graphql import nodes

#: What every pull request has.
_NAMES = ("id", "url", "headRefOid", "headRefName", "baseRefName", "baseRefOid")
#: Ends of a check. One that is not known is a failure: it stopped the check, and nobody said that it passed.
_CONCLUSIONS: Mapping[str, CheckState] = {
    "SUCCESS": CheckState.PASSED,
    "NEUTRAL": CheckState.SKIPPED,
    "SKIPPED": CheckState.SKIPPED,
    "CANCELLED": CheckState.NEITHER,
    "STALE": CheckState.NEITHER,
    "ACTION_REQUIRED": CheckState.NEITHER,
}
_STATUSES: Mapping[str, CheckState] = {
    "SUCCESS": CheckState.PASSED,
    "PENDING": CheckState.PENDING,
    "EXPECTED": CheckState.PENDING,
}
_MERGEABLE: Mapping[str, Mergeable] = {"MERGEABLE": Mergeable.YES, "CONFLICTING": Mergeable.NO}
_DECISIONS: Mapping[str, str] = {
    "APPROVED": "approved",
    "CHANGES_REQUESTED": "changes-requested",
    "REVIEW_REQUIRED": "required",
}


def pull(node: Mapping[str, Any], more: Iterable[CiCheck] = ()) -> Pull:
    """A pull request; ``more`` are checks of further pages. Raises what ``answers.ODD`` names for what is none."""
    state = "merged" if node["merged"] else node["state"].lower()
    threads = _whole(node["reviewThreads"])
    if odd := [name for name in _NAMES if not isinstance(node[name], str)]:
        raise TypeError(f"it has no {odd[0]}")
    return Pull(
        id=node["id"],
        number=int(node["number"]),
        url=node["url"],
        title=title(node["title"]),
        state=state,
        head=node["headRefOid"],
        branch=node["headRefName"],
        base=node["baseRefName"],
        base_head=_base_head(node) if state == "open" else node["baseRefOid"],
        draft=node["isDraft"] is not False,
        foreign=bool(node["isCrossRepository"]),
        mergeable=_MERGEABLE.get(node["mergeable"], Mergeable.UNKNOWN),
        blocked=(node["mergeStateStatus"] or "").lower(),
        decision=_DECISIONS.get(node["reviewDecision"] or "", ""),
        labels=tuple(sorted(label["name"] for label in nodes(node.get("labels")))),
        checks=newest((*checks(node), *more)),
        threads=tuple(_thread(each) for each in threads),
        more_threads=node["reviewThreads"]["totalCount"] > len(threads),
        queued=bool(node["isInMergeQueue"]),
        auto_merge=node["autoMergeRequest"] is not None,
        updated_at=node["updatedAt"],
        merged_as=str((node["mergeCommit"] or {}).get("oid") or "") if state == "merged" else "",
    )


def _base_head(node: Mapping[str, Any]) -> str:
    """Where the base branch is. ``baseRefOid`` is where it was some time ago: it lags behind pushes to the base."""
    oid = node["baseRef"]["target"]["oid"]
    if not isinstance(oid, str):
        raise TypeError("its base is nowhere")
    return oid


def checks(node: Mapping[str, Any]) -> tuple[CiCheck, ...]:
    """The checks of one page."""
    rollup = node["statusCheckRollup"]
    return tuple(_check(each) for each in _whole(rollup["contexts"])) if rollup else ()


def next_page(node: Mapping[str, Any]) -> str:
    """Where the next page of checks begins; empty: this is the last."""
    rollup = node["statusCheckRollup"]
    page = rollup["contexts"]["pageInfo"] if rollup else {"hasNextPage": False}
    # Only a clear word says that this is all.
    return "" if page["hasNextPage"] is False else str(page["endCursor"])


def _check(node: Mapping[str, Any]) -> CiCheck:
    if node["__typename"] == "StatusContext":
        return CiCheck(
            key=f"status/{node['context']}",
            name=title(node["context"]),
            state=_STATUSES.get(node["state"], CheckState.FAILED),
            id=node["id"],
            url=node["targetUrl"] or "",
            started_at=node["createdAt"],
            word=node["state"],
            about=title(node.get("description") or ""),
        )
    suite = node["checkSuite"] or {}
    run = suite.get("workflowRun") or {}
    workflow = (run.get("workflow") or {}).get("name", "")
    app = (suite.get("app") or {}).get("slug", "")
    done = node["status"] == "COMPLETED"
    return CiCheck(
        # As `gh` tells re-runs from other checks: the same name may be in another workflow, or run on another event.
        key="/".join((app, workflow, run.get("event") or "", node["name"])),
        name=title(node["name"]),
        state=_CONCLUSIONS.get(node["conclusion"] or "", CheckState.FAILED) if done else CheckState.PENDING,
        id=node["id"],
        url=node["detailsUrl"] or "",
        workflow=title(workflow),
        number=int(node.get("databaseId") or 0),
        run=int(run.get("databaseId") or 0),
        started_at=node["startedAt"] or "",
        ended_at=node.get("completedAt") or "",
        word=(node["conclusion"] if done else node["status"]) or "",
    )


def _thread(node: Mapping[str, Any]) -> Thread:
    return Thread(node["id"], node["path"], node["line"] or 0, node["isResolved"] is True, bool(node["isOutdated"]))


def _whole(connection: Mapping[str, Any]) -> list[Any]:
    """The nodes of what decides something. Raises TypeError where one is missing: it could be the one that failed."""
    found = connection["nodes"]
    if not isinstance(found, list) or None in found:
        raise TypeError("a part of it is missing")
    return found
