"""Finding the merge requests of branches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agent_orchestrator.net.answers import Trouble
from agent_orchestrator.plugins.scm.gitlab.batch import unreadable
from agent_orchestrator.plugins.scm.gitlab.ci import ODD, next_page, whole
from agent_orchestrator.plugins.scm.gitlab.documents import find as document
from agent_orchestrator.plugins.services.gitlab.api import GitLab

#: Branches that are looked for at once, and pages that are looked through for them.
_BRANCHES, _PAGES = 50, 10


async def find(gitlab: GitLab, branches: Sequence[str]) -> dict[str, str] | Trouble:
    """The merge requests of branches: branch → id, of those that are open or merged the newest of its own.

    Anybody can have a branch of the same name in a fork, so those come last.
    """
    own: dict[str, str] = {}
    foreign: dict[str, str] = {}
    for at in range(0, len(branches), _BRANCHES):
        chunk = list(branches[at : at + _BRANCHES])
        after: str | None = None
        for _ in range(_PAGES):
            answer = await gitlab.ask(document, {"path": gitlab.path, "branches": chunk, "after": after})
            if isinstance(answer, Trouble):
                return answer
            try:
                connection = answer.data["project"]["mergeRequests"]
                for node in whole(connection):
                    _take(node, own, foreign)
                after = next_page(connection)
            except ODD:
                return unreadable(gitlab, answer)
            if not after:
                break
    return {branch: id for branch, id in {**foreign, **own}.items() if branch in branches}


def _take(node: dict[str, Any], own: dict[str, str], foreign: dict[str, str]) -> None:
    """The newest come first."""
    if node["state"] in ("opened", "merged", "locked"):
        is_own = node["sourceProjectId"] is not None and node["sourceProjectId"] == node["targetProjectId"]
        (own if is_own else foreign).setdefault(str(node["sourceBranch"]), str(int(node["iid"])))
