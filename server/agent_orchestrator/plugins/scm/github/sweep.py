"""One look at many pull requests: as few requests as the service allows, and what fails for one fails for that one."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import evolve

from agent_orchestrator.model.pull import CiCheck, Mergeable, Pull
from agent_orchestrator.net.answers import ODD, Trouble, unreadable
from agent_orchestrator.plugins.scm.github import read
from agent_orchestrator.plugins.scm.github.documents import MORE_CHECKS, SWEEP, TOGETHER, discover
from agent_orchestrator.plugins.services.github.api import GitHub, Reply
from agent_orchestrator.ports.scm import Seen

log = logging.getLogger(__name__)

#: Pages of checks of one pull request that are read.
_PAGES = 10
#: Failures in a row after which the service is down: by halves one pull request of 49 is found with fewer.
_DOWN = 9
#: Branches that are looked for at once.
_BRANCHES = 50


async def sweep(github: GitHub, known: Mapping[str, Pull | None], together: int = TOGETHER) -> Seen:
    """Look at pull requests by their ids. ``known`` are the ids with what was seen last."""
    found: dict[str, Pull] = {}
    trouble: Trouble | None = None
    fails = 0
    waiting = [tuple(known)[at : at + together] for at in range(0, len(known), together)]
    while waiting:
        ids = waiting.pop(0)
        answer = await github.ask(SWEEP, {"ids": list(ids)})
        heavy = isinstance(answer, Reply) and answer.too_much
        slow = isinstance(answer, Trouble) and answer.kind == "failed"
        fails = fails + 1 if slow else 0
        if (heavy or (slow and fails < _DOWN)) and len(ids) > 1:
            # Too much for one answer: "If a request takes more than 10 seconds to process, GitHub terminates it".
            middle = len(ids) // 2
            waiting[:0] = [ids[:middle], ids[middle:]]
        elif isinstance(answer, Trouble):
            trouble = answer
            found |= {id: evolve(old, stale=True) for id in ids if (old := known[id]) is not None}
            if fails >= _DOWN or answer.stops:
                # Nothing more is to be had now.
                rest = [id for chunk in waiting for id in chunk]
                found |= {id: evolve(old, stale=True) for id in rest if (old := known[id]) is not None}
                break
        else:
            found |= await _taken(github, ids, answer, known)
    return Seen(found, trouble)


async def find(github: GitHub, owner: str, name: str, branches: Sequence[str]) -> Mapping[str, str] | Trouble:
    """The pull requests of branches: branch → id, where there is one that is open or merged."""
    found: dict[str, str] = {}
    for at in range(0, len(branches), _BRANCHES):
        chunk = branches[at : at + _BRANCHES]
        named = {f"b{number}": branch for number, branch in enumerate(chunk)}
        answer = await github.ask(discover(len(chunk)), {"owner": owner, "name": name, **named})
        if isinstance(answer, Trouble):
            return answer
        repository = answer.data.get("repository")
        if not isinstance(repository, dict):
            return Trouble("missing", f"{github.host}: there is no repository {owner}/{name}, or it may not be seen")
        for number, branch in enumerate(chunk):
            if id := _newest(repository.get(f"p{number}")):
                found[branch] = id
    return found


def _newest(connection: Any) -> str:
    """The newest pull request of a branch; anybody can have a branch of the same name in a fork, so those come last."""
    nodes = connection.get("nodes") if isinstance(connection, dict) else None
    listed = nodes if isinstance(nodes, list) else ()
    pulls = [each for each in listed if isinstance(each, dict) and isinstance(each.get("id"), str)]
    own = [each for each in pulls if each.get("isCrossRepository") is False]
    return next((each["id"] for each in (*own, *pulls)), "")


async def _taken(
    github: GitHub, ids: Sequence[str], answer: Reply, known: Mapping[str, Pull | None]
) -> dict[str, Pull]:
    found: dict[str, Pull] = {}
    nodes = answer.data.get("nodes")
    if not isinstance(nodes, list) or len(nodes) != len(ids):
        nodes = [None] * len(ids)
    for at, (id, node) in enumerate(zip(ids, nodes, strict=True)):
        before = known[id]
        broken = answer.errors.get(("nodes", at))
        pull = None if broken or node is None else await _read(github, node)
        if pull is None:
            if broken:
                log.info("%s: %s", id, broken)
            if before is not None:
                found[id] = evolve(before, stale=True)
        elif before is not None and pull.mergeable is Mergeable.UNKNOWN and _same(before, pull):
            # It is being computed anew: what it was still holds for the same two commits.
            found[id] = evolve(pull, mergeable=before.mergeable, blocked=before.blocked)
        else:
            found[id] = pull
    return found


async def _read(github: GitHub, node: Mapping[str, Any]) -> Pull | None:
    try:
        more = await _more(github, node)
        return None if more is None else read.pull(node, more)
    except ODD as error:
        log.warning("a pull request can not be read: %s", unreadable(github.host, error).sentence)
        return None


async def _more(github: GitHub, node: Mapping[str, Any]) -> list[CiCheck] | None:
    """The checks of further pages; None: they can not be had, and the first page alone could be green by mistake."""
    found: list[CiCheck] = []
    after = read.next_page(node)
    for _ in range(_PAGES):
        if not after:
            return found
        answer = await github.ask(MORE_CHECKS, {"id": node["id"], "after": after})
        if isinstance(answer, Trouble) or answer.errors or not answer.data.get("node"):
            return None
        page = answer.data["node"]
        if page["headRefOid"] != node["headRefOid"]:
            return None  # It was pushed to meanwhile: the next look has all of the new head.
        found += read.checks(page)
        after = read.next_page(page)
    return None if after else found


def _same(before: Pull, now: Pull) -> bool:
    return (before.head, before.base_head) == (now.head, now.base_head)
