"""Changing merge requests: each is looked at first, so that what was done already is not done again.

https://docs.gitlab.com/api/merge_requests/.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from agent_orchestrator.model.pull import CiCheck, Pull
from agent_orchestrator.net.answers import Trouble
from agent_orchestrator.plugins.scm.gitlab import ci, read
from agent_orchestrator.plugins.services.gitlab.api import GitLab
from agent_orchestrator.plugins.services.gitlab.commands import inert
from agent_orchestrator.ports.scm import NewPull, Opened

#: What makes a draft of a merge request at the beginning of its title, as GitLab has it.
_DRAFT = re.compile(r"^\s*(?:(?:\[(?:draft|wip)\]|(?:draft|wip)(?=:)|draft\s+-|\(draft\))[:\s]*)+", re.IGNORECASE)
#: Pages of jobs of one pipeline that are looked through.
_PAGES = 10


async def item(gitlab: GitLab, number: int) -> Mapping[str, Any] | Trouble:
    """A merge request as it is now."""
    found = await gitlab.read(f"{gitlab.project}/merge_requests/{number}", urgent=True)
    if isinstance(found, Trouble | dict):
        return found
    return Trouble("unreadable", f"{gitlab.host}: !{number} can not be read")


async def open_(gitlab: GitLab, new: NewPull) -> Opened | Trouble:
    """Open a merge request, or say which one is open."""
    found = await _open_one(gitlab, new)
    if found is not None:
        return found
    title = _DRAFT.sub("", new.title).strip() or new.branch
    body = {
        "source_branch": new.branch,
        "target_branch": new.base,
        "title": f"Draft: {title}" if new.draft else title,
        "description": inert(new.body),
        "labels": ",".join(new.labels),
    }
    made = await gitlab.do("POST", f"{gitlab.project}/merge_requests", body)
    if isinstance(made, Trouble):
        # Somebody may have opened it meanwhile.
        again = await _open_one(gitlab, new) if made.status == 409 else None
        return again if isinstance(again, Opened) else made
    return _opened(gitlab, made, known=False)


async def ready(gitlab: GitLab, pull: Pull) -> Trouble | None:
    """Take the mark of a draft off its title."""
    now = await item(gitlab, pull.number)
    if isinstance(now, Trouble) or now.get("draft") is False:
        return now if isinstance(now, Trouble) else None
    title = _DRAFT.sub("", str(now.get("title"))).strip() or pull.branch
    return await _put(gitlab, pull, {"title": title})


async def close(gitlab: GitLab, pull: Pull) -> Trouble | None:
    """Close it unmerged."""
    now = await item(gitlab, pull.number)
    if isinstance(now, Trouble) or now.get("state") == "closed":
        return now if isinstance(now, Trouble) else None
    if now.get("state") == "merged":
        return Trouble("gone", f"{gitlab.host}: !{pull.number} is merged, and can not be closed any more")
    return await _put(gitlab, pull, {"state_event": "close"})


async def label(gitlab: GitLab, pull: Pull, labels: Sequence[str]) -> Trouble | None:
    """Add labels."""
    return await _put(gitlab, pull, {"add_labels": ",".join(labels)}) if labels else None


async def delete_branch(gitlab: GitLab, pull: Pull) -> Trouble | None:
    """Delete its branch if that is the project's own and still at its head.

    GitLab deletes a branch wherever it is by then: what is pushed between the look and the deletion goes with it.
    """
    now = await item(gitlab, pull.number)
    if isinstance(now, Trouble):
        return now
    name = f"{gitlab.host}: the branch {pull.branch}"
    try:
        foreign = pull.foreign or read.is_foreign(now["source_project_id"], now["target_project_id"])
    except ci.ODD:
        foreign = True
    if foreign or now.get("source_branch") != pull.branch:
        return Trouble("denied", f"{name} is another project's, and stays")
    where = f"{gitlab.project}/repository/branches/{quote(pull.branch, safe='')}"
    branch = await gitlab.read(where, urgent=True)
    if isinstance(branch, Trouble):
        return None if branch.kind == "missing" else branch
    try:
        head = branch["commit"]["id"]
        kept = branch["default"] is not False or branch["protected"] is not False
    except ci.ODD:
        return Trouble("unreadable", f"{name} can not be read")
    if head != pull.head:
        return Trouble("denied", f"{name} has gone on since {pull.head[:12]}, and stays")
    if kept:
        return Trouble("denied", f"{name} is protected, and stays")
    done = await gitlab.do("DELETE", where)
    return done if isinstance(done, Trouble) and done.kind != "missing" else None


async def rerun(gitlab: GitLab, checks: Sequence[CiCheck]) -> Trouble | None:
    """Run jobs again that failed, except those that were run again since. Trouble where none is a job of GitLab's."""
    trouble: Trouble | None = None
    ours = False
    for check in checks:
        kind = ci.kind_of(check.id)
        if kind == ci.EXTERNAL or not check.number:
            trouble = trouble or Trouble("denied", f"{gitlab.host}: {check.name} is not run by GitLab")
            continue
        ours = True
        if kind == ci.BRIDGE:
            # The jobs of the other pipeline are those that failed.
            where = f"{gitlab.project}/pipelines/{check.run}/retry"
        else:
            newer = await _has_newer(gitlab, check)
            if isinstance(newer, Trouble):
                return newer
            if newer:
                continue
            where = f"{gitlab.project}/jobs/{check.number}/retry"
        done = await gitlab.do("POST", where)
        if isinstance(done, Trouble):
            return done
    return None if ours else trouble


async def _has_newer(gitlab: GitLab, check: CiCheck) -> bool | Trouble:
    """Has the job been run again? The list has of each job the last run only."""
    where = f"{gitlab.project}/pipelines/{check.run}/jobs?include_retried=false"
    jobs = await gitlab.items(where, _PAGES, urgent=True)
    if isinstance(jobs, Trouble):
        return jobs
    return not any(isinstance(job, dict) and job.get("id") == check.number for job in jobs[0])


async def _open_one(gitlab: GitLab, new: NewPull) -> Opened | Trouble | None:
    """The open merge request of a branch of the project's own."""
    query = f"state=opened&source_branch={quote(new.branch, safe='')}"
    found = await gitlab.items(f"{gitlab.project}/merge_requests?{query}", 1, urgent=True)
    if isinstance(found, Trouble):
        return found
    try:
        own = [each for each in found[0] if not read.is_foreign(each["source_project_id"], each["target_project_id"])]
    except ci.ODD:
        return Trouble("unreadable", f"{gitlab.host}: the merge requests of {new.branch} can not be read")
    same = [each for each in own if each.get("target_branch") == new.base]
    return _opened(gitlab, (same or own)[0], known=True) if own else None


def _opened(gitlab: GitLab, made: Any, *, known: bool) -> Opened | Trouble:
    try:
        return Opened(str(int(made["iid"])), int(made["iid"]), str(made["web_url"]), known)
    except ci.ODD:
        return Trouble("unreadable", f"{gitlab.host}: what was opened can not be read")


async def _put(gitlab: GitLab, pull: Pull, body: Mapping[str, Any]) -> Trouble | None:
    done = await gitlab.do("PUT", f"{gitlab.project}/merge_requests/{pull.number}", body)
    return done if isinstance(done, Trouble) else None
