"""Opening and changing pull requests of GitHub. What is done already is done: it is looked for first."""

from __future__ import annotations

import logging
from typing import Any

from agent_orchestrator.formats.json_text import mapping
from agent_orchestrator.model.external.secrets import redact
from agent_orchestrator.model.pull import Pull
from agent_orchestrator.net.answers import ODD, Trouble, trouble_in
from agent_orchestrator.plugins.scm.github.mutations import CLOSE, DELETE, OF_BRANCH, OPEN, READY
from agent_orchestrator.plugins.scm.github.state import state
from agent_orchestrator.plugins.services.github.api import GitHub
from agent_orchestrator.ports.scm import NewPull, Opened

log = logging.getLogger(__name__)

_NONE = "0" * 40
#: Troubles that go by: what met one is done again.
_PASSING = ("limited", "unreachable", "failed")


async def open_pull(github: GitHub, owner: str, name: str, where: str, new: NewPull) -> Opened | Trouble:
    """Open a pull request, or take the open one of its branch. ``where`` is the repository, quoted for an address."""
    found = await _of_branch(github, owner, name, new.branch)
    if isinstance(found, Trouble):
        return found
    repository, known = found
    opened = known or await _open(github, repository, new)
    if isinstance(opened, Trouble):
        # Somebody may have been faster, and an answer may be lost.
        again = await _of_branch(github, owner, name, new.branch)
        if isinstance(again, Trouble) or again[1] is None:
            return opened
        opened = again[1]
    trouble = await label(github, where, opened.number, new.labels)
    if trouble is not None and trouble.kind in _PASSING:
        return trouble
    if trouble is not None:
        log.warning("#%d has not its labels: %s", opened.number, trouble.sentence)
    return opened


async def ready(github: GitHub, pull: Pull) -> Trouble | None:
    """Make a draft none."""
    found = await state(github, pull)
    if isinstance(found, Trouble):
        return found
    if found.state != "OPEN":
        return Trouble("failed", f"#{pull.number} is {found.state.lower()}")
    return trouble_in(await github.do(READY, {"id": pull.id})) if found.draft else None


async def close(github: GitHub, pull: Pull) -> Trouble | None:
    """Close it unmerged."""
    found = await state(github, pull)
    if isinstance(found, Trouble):
        return found
    if found.state == "MERGED":
        return Trouble("failed", f"#{pull.number} is merged")
    return trouble_in(await github.do(CLOSE, {"id": pull.id})) if found.state == "OPEN" else None


async def delete_branch(github: GitHub, pull: Pull) -> Trouble | None:
    """Delete its branch if that still points at its head; the service itself compares ("updateRefs")."""
    found = await state(github, pull)
    if isinstance(found, Trouble):
        return found
    if found.foreign:
        return Trouble("denied", f"#{pull.number}: its branch is another repository's")
    if not found.tip:
        return None
    if not pull.head or found.tip != pull.head:
        return Trouble("failed", f"#{pull.number}: its branch moved: it is at {found.tip[:12]}, not {pull.head[:12]}")
    wanted = {"repository": found.repository, "ref": f"refs/heads/{found.branch}", "head": pull.head, "none": _NONE}
    return trouble_in(await github.do(DELETE, wanted))


async def label(github: GitHub, where: str, number: int, labels: tuple[str, ...]) -> Trouble | None:
    """Add labels; those that it has stay as they are."""
    if not labels:
        return None
    answer = await github.post(f"/repos/{where}/issues/{number}/labels", {"labels": list(labels)}, status=200)
    if isinstance(answer, Trouble):
        return answer
    try:
        has = {str(each["name"]).lower() for each in answer.json()}
    except ODD:
        has = set()
    lacks = [label for label in labels if label.strip().lower() not in has]
    # A repository that moved redirects, and a redirect can make a question of what was to be done.
    return Trouble("unreadable", f"{github.host}: #{number} has not the label {lacks[0]}") if lacks else None


async def _of_branch(github: GitHub, owner: str, name: str, branch: str) -> tuple[str, Opened | None] | Trouble:
    """(id of the repository, the open pull request of its branch)."""
    answer = await github.ask(OF_BRANCH, {"owner": owner, "name": name, "branch": branch}, urgent=True)
    if isinstance(answer, Trouble):
        return answer
    repository = mapping(answer.data.get("repository"))
    nodes = mapping(repository.get("pullRequests")).get("nodes")
    if not repository or not isinstance(nodes, list):
        return Trouble("missing", f"{github.host}: there is no repository {owner}/{name}, or it may not be seen")
    # Anybody can have a branch of the same name in a fork.
    own = (each for each in nodes if isinstance(each, dict) and each.get("isCrossRepository") is False)
    found = (_opened(each, known=True) for each in own)
    return str(repository.get("id")), next((each for each in found if each is not None), None)


async def _open(github: GitHub, repository: str, new: NewPull) -> Opened | Trouble:
    wanted = {
        "repositoryId": repository,
        "headRefName": new.branch,
        "baseRefName": new.base,
        "title": redact(new.title),
        "body": redact(new.body),
        "draft": new.draft,
    }
    payload = await github.do(OPEN, {"input": wanted})
    if isinstance(payload, Trouble):
        return payload
    opened = _opened(payload.get("pullRequest"), known=False)
    return opened or Trouble("unreadable", f"{github.host}: the pull request of {new.branch} can not be read")


def _opened(node: Any, *, known: bool) -> Opened | None:
    shape = isinstance(node, dict) and isinstance(node.get("id"), str) and type(node.get("number")) is int
    return Opened(node["id"], node["number"], str(node.get("url") or ""), known) if shape else None
