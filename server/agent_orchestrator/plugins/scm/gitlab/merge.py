"""Merging, in the way that the project wants: at once, when its checks are through, or by the merge train.

https://docs.gitlab.com/api/merge_requests/#merge-a-merge-request, https://docs.gitlab.com/api/merge_trains/.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agent_orchestrator.model.external.text import title
from agent_orchestrator.model.pull import Pull
from agent_orchestrator.net.answers import Trouble
from agent_orchestrator.plugins.scm.gitlab.change import item
from agent_orchestrator.plugins.services.gitlab.api import GitLab
from agent_orchestrator.ports.scm import Merged

#: How a pipeline stands that has not come to its end.
_BUSY = ("created", "waiting_for_resource", "preparing", "pending", "running", "scheduled", "canceling")


async def merge(gitlab: GitLab, pull: Pull, head: str, strategy: str, subject: str = "") -> Merged | Trouble:
    """Merge it if its head is still ``head``; what is on its way already is left so."""
    now = await item(gitlab, pull.number)
    if isinstance(now, Trouble):
        return now
    name = f"{gitlab.host}: !{pull.number}"
    if now.get("sha") != head:
        return Trouble("unreadable", f"{name} is not at {head[:12]} any more", status=409)
    if now.get("state") == "merged":
        return "merged"
    if now.get("state") not in ("opened", "locked"):
        return Trouble("gone", f"{name} is closed")
    project = await gitlab.read(gitlab.project, urgent=True)
    if isinstance(project, Trouble):
        return project
    train = isinstance(project, dict) and project.get("merge_trains_enabled") is True
    if now.get("state") == "locked" or now.get("merge_when_pipeline_succeeds") is True:
        return "queued" if train else "waits"
    method = str(project.get("merge_method")) if isinstance(project, dict) else ""
    if strategy == "rebase" and method != "ff":
        return Trouble("denied", f"{name} can not be merged by a rebase: the project's merge method is {title(method)}")
    later = _is_busy(now)
    body: dict[str, Any] = {"sha": head, "squash": strategy == "squash"}
    if later:
        # The first is the name of it in servers before 17.11.
        body |= {"when_pipeline_succeeds" if train else "merge_when_pipeline_succeeds": True, "auto_merge": True}
    if train:
        done = await gitlab.do("POST", f"{gitlab.project}/merge_trains/merge_requests/{pull.number}", body)
        return done if isinstance(done, Trouble) else ("waits" if later else "queued")
    if subject and strategy != "rebase":
        body["squash_commit_message" if strategy == "squash" else "merge_commit_message"] = subject
    done = await gitlab.do("PUT", f"{gitlab.project}/merge_requests/{pull.number}/merge", body)
    if isinstance(done, Trouble):
        return done
    return "merged" if isinstance(done, dict) and done.get("state") == "merged" else "waits"


def _is_busy(now: Mapping[str, Any]) -> bool:
    pipeline = now.get("head_pipeline")
    return isinstance(pipeline, dict) and pipeline.get("status") in _BUSY
