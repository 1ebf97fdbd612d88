"""Merging a pull request of GitHub, as far as its rules let it.

An administrator's merge passes over rules that are not met. So what the service calls anything else than free to merge
is never merged from here: it is left to the service to merge when its rules are met. Between the look and the merge
only the head is held fast (``expectedHeadOid``): GitHub has no condition for a rule that is made in that moment.

What waits is merged by the service with the head that it has then: whoever may write can push to it meanwhile
("Automatically merging a pull request").

Not verified against a description: that what waits for nothing but the queue is called free to merge.
"""

from __future__ import annotations

from typing import Any

from agent_orchestrator.model.pull import Pull
from agent_orchestrator.net.answers import Trouble
from agent_orchestrator.plugins.scm.github.mutations import AUTO_MERGE, ENQUEUE, MERGE
from agent_orchestrator.plugins.scm.github.state import State, state
from agent_orchestrator.plugins.services.github.api import GitHub
from agent_orchestrator.ports.scm import Merged

_METHODS = {"squash": "SQUASH", "merge": "MERGE", "rebase": "REBASE"}
#: How the service says that nothing it demands is missing ("MergeStateStatus").
_FREE = ("CLEAN", "UNSTABLE", "HAS_HOOKS")
#: Looks while it is computed whether it can be merged, and seconds between two.
_LOOKS, _BETWEEN = 5, 2.0


async def merge(github: GitHub, pull: Pull, head: str, strategy: str, title: str = "") -> Merged | Trouble:
    """Merge it if its head still is ``head``."""
    method = _METHODS.get(strategy)
    if method is None:
        return _failed(pull, f"there is no merge by {strategy!r}")
    found = await _settled(github, pull)
    if isinstance(found, Trouble):
        return found
    if found.state == "MERGED":
        return "merged"
    if found.state != "OPEN":
        return _failed(pull, "it is closed")
    if found.head != head:
        return _failed(pull, f"its head moved: it is {found.head[:12]}, not {head[:12]}")
    if found.queued:
        return "queued"
    if found.draft:
        return _failed(pull, "it is a draft")
    if found.mergeable == "CONFLICTING":
        return _failed(pull, "it has conflicts with its base")
    headline = {"commitHeadline": title} if title and strategy != "rebase" else {}
    wanted = {"pullRequestId": pull.id, "expectedHeadOid": head, "mergeMethod": method, **headline}
    if found.status not in _FREE:
        return await _when_met(github, pull, found, wanted)
    if found.has_queue:
        return _or("queued", await github.do(ENQUEUE, {"id": pull.id, "head": head}))
    return _or("merged", await github.do(MERGE, {"input": wanted}))


async def _settled(github: GitHub, pull: Pull) -> State | Trouble:
    """How it stands, as soon as it is known whether it can be merged."""
    found = await state(github, pull)
    for _ in range(_LOOKS - 1):
        if isinstance(found, Trouble) or found.state != "OPEN" or found.queued or found.mergeable != "UNKNOWN":
            break
        await github.http.sleep(_BETWEEN)
        found = await state(github, pull)
    return found


async def _when_met(github: GitHub, pull: Pull, found: State, wanted: dict[str, Any]) -> Merged | Trouble:
    if found.auto_merge:
        return "waits"
    if found.mergeable == "UNKNOWN":
        return _failed(pull, "it is not known yet whether it can be merged")
    if not found.may_auto_merge:
        word = found.status.lower() or "unknown"
        return _failed(pull, f"its rules are not met ({word}), and its repository lets nothing wait for them")
    return _or("waits", await github.do(AUTO_MERGE, {"input": wanted}))


def _or(done: Merged, answer: object) -> Merged | Trouble:
    return answer if isinstance(answer, Trouble) else done


def _failed(pull: Pull, why: str) -> Trouble:
    return Trouble("failed", f"#{pull.number} was not merged: {why}")
