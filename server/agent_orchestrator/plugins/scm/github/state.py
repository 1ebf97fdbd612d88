"""How a pull request stands right before something is done to it."""

from __future__ import annotations

from typing import Any

from attrs import frozen

from agent_orchestrator.formats.json_text import mapping
from agent_orchestrator.model.pull import Pull
from agent_orchestrator.net.answers import Trouble
from agent_orchestrator.plugins.scm.github.mutations import STATE
from agent_orchestrator.plugins.services.github.api import GitHub


@frozen
class State:
    """Words are GitHub's own. ``tip`` is where its branch points now, empty where there is none any more."""

    state: str
    draft: bool
    head: str
    branch: str
    foreign: bool
    mergeable: str
    status: str
    queued: bool
    has_queue: bool
    auto_merge: bool
    tip: str
    repository: str
    may_auto_merge: bool


async def state(github: GitHub, pull: Pull) -> State | Trouble:
    """Ask for it: a point."""
    answer = await github.ask(STATE, {"id": pull.id}, urgent=True)
    if isinstance(answer, Trouble):
        return answer
    node = answer.data.get("node")
    if answer.errors or not isinstance(node, dict) or "state" not in node:
        said = "; ".join(answer.errors.values())[:300] or "it is not there, or may not be seen"
        return Trouble("failed" if node else "missing", f"{github.host}: #{pull.number}: {said}")
    repository, ref = mapping(node.get("repository")), mapping(node.get("headRef"))

    def word(name: str) -> str:
        return str(node.get(name) or "")

    def sure(value: Any) -> bool:
        return value is True

    return State(
        state=word("state"),
        draft=node.get("isDraft") is not False,
        head=word("headRefOid"),
        branch=word("headRefName"),
        foreign=node.get("isCrossRepository") is not False,
        mergeable=word("mergeable"),
        status=word("mergeStateStatus"),
        queued=sure(node.get("isInMergeQueue")),
        has_queue=sure(node.get("isMergeQueueEnabled")),
        auto_merge=node.get("autoMergeRequest") is not None,
        tip=str(mapping(ref.get("target")).get("oid") or ""),
        repository=str(repository.get("id") or ""),
        may_auto_merge=sure(repository.get("autoMergeAllowed")),
    )
