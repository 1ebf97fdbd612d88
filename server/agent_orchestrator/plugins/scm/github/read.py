"""What GitHub answers, as pull requests. Pure, and strict only about what decides something.

GraphQL reference: ``PullRequest``, ``CheckConclusionState``, ``StatusState``, ``MergeableState``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from agent_orchestrator.model.external.text import title
from agent_orchestrator.model.pull import CheckState, CiCheck, Mergeable, Pull, Thread, newest

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
    """A pull request; ``more`` are checks of further pages. Raises KeyError, TypeError for what is none."""
    state = "merged" if node["merged"] else node["state"].lower()
    return Pull(
        id=node["id"],
        number=int(node["number"]),
        url=node["url"],
        title=title(node["title"]),
        state=state,
        head=node["headRefOid"],
        branch=node["headRefName"],
        base=node["baseRefName"],
        base_head=node["baseRefOid"],
        draft=bool(node["isDraft"]),
        foreign=bool(node["isCrossRepository"]),
        mergeable=_MERGEABLE.get(node["mergeable"], Mergeable.UNKNOWN),
        blocked=(node["mergeStateStatus"] or "").lower(),
        decision=_DECISIONS.get(node["reviewDecision"] or "", ""),
        labels=tuple(sorted(label["name"] for label in _nodes(node.get("labels")))),
        checks=newest((*checks(node), *more)),
        threads=tuple(_thread(each) for each in _nodes(node["reviewThreads"])),
        queued=bool(node["isInMergeQueue"]),
        auto_merge=node["autoMergeRequest"] is not None,
    )


def checks(node: Mapping[str, Any]) -> tuple[CiCheck, ...]:
    """The checks of one page."""
    rollup = node["statusCheckRollup"]
    return tuple(_check(each) for each in _nodes(rollup["contexts"])) if rollup else ()


def next_page(node: Mapping[str, Any]) -> str:
    """Where the next page of checks begins; empty: this is the last."""
    rollup = node["statusCheckRollup"]
    page = rollup["contexts"]["pageInfo"] if rollup else None
    return str(page["endCursor"]) if page and page["hasNextPage"] else ""


def _check(node: Mapping[str, Any]) -> CiCheck:
    if node["__typename"] == "StatusContext":
        return CiCheck(
            key=f"status/{node['context']}",
            name=title(node["context"]),
            state=_STATUSES.get(node["state"], CheckState.FAILED),
            id=node["id"],
            url=node["targetUrl"] or "",
            started_at=node["createdAt"],
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
    )


def _thread(node: Mapping[str, Any]) -> Thread:
    return Thread(node["id"], node["path"], node["line"] or 0, bool(node["isResolved"]), bool(node["isOutdated"]))


def _nodes(connection: Mapping[str, Any] | None) -> list[Any]:
    return [node for node in (connection or {}).get("nodes") or () if node is not None]
