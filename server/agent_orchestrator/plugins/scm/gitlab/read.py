"""What GitLab answers, as merge requests. Pure, and strict only about what decides something.

``detailedMergeStatus`` names only the first thing that is in the way, so nothing is concluded from it that a field
says itself (https://docs.gitlab.com/api/merge_requests/#merge-status).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from attrs import evolve, frozen

from agent_orchestrator.model.external.text import LOOKED_AT, comment, title
from agent_orchestrator.model.pull import CheckState, CiCheck, Mergeable, Page, Pipeline, Pull, Thread
from agent_orchestrator.plugins.scm.gitlab.ci import BRIDGE, ODD, checks, kind_of, next_page, pipeline_of, whole

#: While it is one of these, nothing is known of conflicts; of the first nobody has begun to find it out.
_UNCHECKED = ("unchecked", "cannot_be_merged_recheck")
_BEING_CHECKED = (*_UNCHECKED, "checking", "preparing", "cannot_be_merged_rechecking")
_STATES = {"opened": "open", "locked": "open", "merged": "merged", "closed": "closed"}
#: What every merge request has.
_NAMES = ("webUrl", "sourceBranch", "targetBranch", "diffHeadSha")
#: The end of the seconds of a time.
_SECOND = re.compile(r"(?<=:\d\d)(?=Z|[+-])")
#: Seconds after which nothing more can happen at a time that is told in whole seconds.
_OVER = 1.0


@frozen
class About:
    """What is on its page beside the small facts. ``milestone`` is empty for none."""

    author: str
    text: str = ""
    milestone: str = ""
    assignees: tuple[str, ...] = ()


@frozen
class Detail:
    """What is looked at only where something has changed. ``about`` None: it is not to be told as it is."""

    checks: tuple[CiCheck, ...] = ()
    threads: tuple[Thread, ...] = ()
    more_threads: bool = False
    pipeline: Pipeline | None = None
    about: About | None = None


@frozen
class Mark:
    """What a change of :class:`Detail` shows in. ``counted``: the server counts conversations.

    ``notes`` are what people have said; -1: nobody knows.
    """

    head: str = ""
    updated_at: str = ""
    pipeline: tuple[Any, ...] = ()
    resolvable: int = 0
    resolved: int = 0
    counted: bool = True
    notes: int = 0


def is_open(node: Mapping[str, Any]) -> bool:
    """Is it open? Raises what ``ci.ODD`` names where nobody can tell."""
    return _STATES[node["state"]] == "open"


def pull(node: Mapping[str, Any], base_head: str, detail: Detail, at: float = 0.0) -> Pull:
    """A merge request by its small facts, as they were told ``at``. Raises what ``ci.ODD`` names."""
    if odd := [name for name in _NAMES if not isinstance(node[name], str)]:
        raise TypeError(f"it has no {odd[0]}")
    strategy = str(node.get("autoMergeStrategy") or "") if is_open(node) else ""
    labels = node["labels"]["nodes"]
    return Pull(
        id=str(int(node["iid"])),
        number=int(node["iid"]),
        url=node["webUrl"],
        title=title(str(node["title"])),
        state=_STATES[node["state"]],
        head=node["diffHeadSha"],
        branch=node["sourceBranch"],
        base=node["targetBranch"],
        base_head=base_head,
        draft=node["draft"] is not False,
        foreign=is_foreign(node["sourceProjectId"], node["targetProjectId"]),
        mergeable=mergeable(node),
        blocked=_word(node.get("detailedMergeStatus")),
        decision=decision(node) if is_open(node) else "",
        labels=tuple(sorted(title(str(label["title"])) for label in labels)),
        checks=detail.checks,
        threads=detail.threads,
        more_threads=detail.more_threads,
        queued=strategy == "merge_train",
        auto_merge=node.get("autoMergeEnabled") is True and strategy != "merge_train",
        updated_at=updated_at(node, at),
        pipeline=detail.pipeline,
        merged_as=merged_as(node),
    )


def about(node: Mapping[str, Any]) -> About | None:
    """What is on its page; None: it is odd, or a text there is not told as it is because of what it holds."""
    try:
        text = node["description"] or ""
        people = tuple(each["username"] for each in whole(node["assignees"]))
        milestone = (node["milestone"] or {}).get("title") or ""
        found = About(node["author"]["username"], text, milestone, people)
        as_it_is = _is_plain(found.author, milestone, *people) and comment(text, LOOKED_AT) == text.strip()
    except ODD:
        return None  # Nothing is decided by it: who wants to see it asks the service.
    return found if as_it_is else None


def page(node: Mapping[str, Any], about: About | None) -> Page | None:
    """Its page, by the small facts and what else is there; None as above."""
    try:
        labels = sorted(label["title"] for label in whole(node["labels"]))
        reviewers = [each["username"] for each in whole(node["reviewers"])]
        notes, as_it_is = int(node["userNotesCount"]), _is_plain(node["title"], *labels, *reviewers)
    except ODD:
        return None
    if about is None or not as_it_is:
        return None
    return Page(
        title=node["title"],
        state="open" if node["state"] == "opened" else node["state"],
        author=about.author,
        labels=tuple(labels),
        assignees=about.assignees,
        reviewers=tuple(reviewers),
        comments=notes,
        milestone=about.milestone,
        text=about.text,
    )


def _is_plain(*names: str) -> bool:
    return all(title(name) == name for name in names)


def merged_as(node: Mapping[str, Any]) -> str:
    """The commit that it became: the merge's or the squash's; its own, where the target was only moved on to it.

    GraphQL does not name the squash's: who asks puts it in as REST does.
    """
    if node["state"] != "merged":
        return ""
    return str(node.get("mergeCommitSha") or node.get("squash_commit_sha") or node["diffHeadSha"])


def updated_at(node: Mapping[str, Any], at: float) -> str:
    """When it changed last; another text of that time while there could still be changes at the same.

    ``at``: it was told at that time (0: nobody knows).
    """
    time = str(node["updatedAt"])
    if at and at < datetime.fromisoformat(time.replace("Z", "+00:00")).timestamp() + _OVER:
        return _SECOND.sub(".000", time, count=1)
    return time


def is_foreign(source: object, target: object) -> bool:
    """Is its branch in another project, or in one that is gone? They are told by their numbers."""
    return source is None or source != target


def mergeable(node: Mapping[str, Any]) -> Mergeable:
    """Can it be merged without a conflict? ``conflicts`` is false also where nobody has looked yet."""
    if node["conflicts"] is not False:
        return Mergeable.NO
    words = _words(node)
    if words & set(_BEING_CHECKED):
        return Mergeable.UNKNOWN
    if "cannot_be_merged" in words or "conflict" in words:
        return Mergeable.NO
    return Mergeable.YES if words & {"can_be_merged", "mergeable"} else Mergeable.UNKNOWN


def is_unchecked(node: Mapping[str, Any]) -> bool:
    """Is it unknown whether it can be merged, and does nobody find it out?"""
    return bool(_words(node) & set(_UNCHECKED))


def _words(node: Mapping[str, Any]) -> set[str]:
    return {_word(node.get("mergeStatusEnum")), _word(node.get("detailedMergeStatus"))}


def _word(value: object) -> str:
    """As REST writes it."""
    return value.lower() if isinstance(value, str) else ""


def decision(node: Mapping[str, Any]) -> str:
    """What its reviewers say, as :class:`Pull` has it."""
    reviewers = (node.get("reviewers") or {}).get("nodes") or ()
    said = {((each or {}).get("mergeRequestInteraction") or {}).get("reviewState") for each in reviewers}
    first = _word(node.get("detailedMergeStatus"))
    if "REQUESTED_CHANGES" in said or first == "requested_changes":
        return "changes-requested"
    needed = node.get("approvalsRequired")
    if needed:
        return "approved" if node.get("approvalsLeft") == 0 else "required"
    if "APPROVED" in said:
        return "approved"
    # A server that counts no approvals may still want one.
    return "required" if first in ("not_approved", "approvals_syncing") else ""


def threads(nodes: Iterable[Mapping[str, Any]], head: str) -> tuple[Thread, ...]:
    """Those discussions that can be resolved. A line is one of the commit that the discussion is on."""
    return tuple(_thread(node, head) for node in nodes if _is_thread(node))


def _is_thread(node: Mapping[str, Any]) -> bool:
    return node["resolvable"] is not False


def _thread_id(node: Mapping[str, Any]) -> str:
    return str(node["id"]).rpartition("/")[2]


def _thread(node: Mapping[str, Any], head: str) -> Thread:
    notes = [note for note in node["notes"]["nodes"] or () if note]
    place = (notes[0].get("position") if notes else None) or {}
    outdated = bool(place) and (place.get("diffRefs") or {}).get("headSha") != head
    line = place.get("newLine") or 0
    return Thread(
        id=_thread_id(node),
        path=str(place.get("newPath") or place.get("oldPath") or ""),
        line=0 if outdated or not isinstance(line, int) else line,
        resolved=node["resolved"] is True,
        outdated=outdated,
    )


def mark(node: Mapping[str, Any], at: float = 0.0) -> Mark:
    """What a change shows in, as it was told ``at``. Raises what ``ci.ODD`` names."""
    pipeline = node["headPipeline"]
    jobs = (pipeline or {}).get("jobs") or {}
    resolvable, resolved = node.get("resolvableDiscussionsCount"), node.get("resolvedDiscussionsCount")
    notes = node["userNotesCount"]
    if not isinstance(node["diffHeadSha"], str):
        raise TypeError("it has no diffHeadSha")
    return Mark(
        head=node["diffHeadSha"],
        updated_at=updated_at(node, at),
        pipeline=(pipeline["id"], pipeline["status"], pipeline["updatedAt"], jobs.get("count")) if pipeline else (),
        resolvable=resolvable or 0,
        resolved=resolved or 0,
        counted=resolvable is not None and resolved is not None,
        notes=notes if type(notes) is int else -1,
    )


def moves(seen: Mark, detail: Detail) -> bool:
    """Can more change than a mark shows?

    Jobs end while their pipeline runs on, and a pipeline that another one started is run again without it. Of
    conversations one may be resolved and another opened again between two looks.
    """
    return _may_swap(seen) or any(map(_may_change, detail.checks))


def again(node: Mapping[str, Any], mark: Mark, last: Mark, detail: Detail, web: str) -> Detail | None:
    """The details of ``last``, with the jobs as they are now; None: more has changed, or not all is there.

    ``node`` has jobs, and what is resolved. ``web`` is the project's page. Raises what ``ci.ODD`` names.
    """
    if evolve(mark, pipeline=()) != evolve(last, pipeline=()) or node["diffHeadSha"] != mark.head:
        return None
    if _may_swap(mark):
        talk = node["discussions"]
        resolved = {_thread_id(each): each["resolved"] is True for each in whole(talk) if _is_thread(each)}
        if next_page(talk) or resolved != {thread.id: thread.resolved for thread in detail.threads}:
            return None
    pipeline = node["headPipeline"]
    if pipeline and next_page(pipeline["jobs"]):
        return None
    jobs = whole(pipeline["jobs"]) if pipeline else ()
    return evolve(detail, checks=checks(pipeline, jobs, web), pipeline=pipeline_of(pipeline, web))


def _may_swap(seen: Mark) -> bool:
    """Where there are some of both, or the server does not count them, nothing else tells."""
    return 0 < seen.resolved < seen.resolvable if seen.counted else seen.notes != 0


def _may_change(check: CiCheck) -> bool:
    is_red_bridge = check.state is CheckState.FAILED and kind_of(check.id) == BRIDGE
    return check.state is CheckState.PENDING or is_red_bridge
