"""What one look asks of all merge requests: their small facts, what of them may change unseen, and their bases."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import quote

from attrs import define, field

from agent_orchestrator.model.pace import ACTIVE
from agent_orchestrator.net.answers import Trouble
from agent_orchestrator.plugins.scm.gitlab import ci, read
from agent_orchestrator.plugins.scm.gitlab.batch import OVER, Batch, batch, nodes_of
from agent_orchestrator.plugins.scm.gitlab.documents import TOGETHER, pulse
from agent_orchestrator.plugins.services.gitlab.api import PAGE, GitLab, Reply

log = logging.getLogger(__name__)

#: Merge requests that are not told of any more and are asked for one by one in one look.
_CONFIRMED = 3
_BRANCH = "refs/heads/"


@define
class Glance:
    """``nodes`` are the small facts, ``live`` the jobs of those that were named; by the iid as text.

    ``bases`` has where the branches stand that things are merged into: branch → commit, empty where it is gone.
    ``at``: all of it is no older, in seconds since 1970 by the server's clock; 0: it does not say.
    """

    nodes: dict[str, Mapping[str, Any]] = field(factory=dict)
    live: dict[str, Mapping[str, Any]] = field(factory=dict)
    bases: dict[str, str | Trouble] = field(factory=dict)
    at: float = 0.0
    trouble: Trouble | None = None
    over: bool = False

    def base_of(self, node: Mapping[str, Any]) -> str | None:
        """Where the branch stands that one is to be merged into; None: that is not known."""
        found = self.bases.get(str(node.get("targetBranch")))
        return found if isinstance(found, str) else None


async def glance(gitlab: GitLab, ids: Sequence[str], live: Collection[str], branches: Sequence[str]) -> Glance:
    """Look at merge requests, at those of ``live`` closer. ``branches`` are those that they were to be merged into."""
    base = next((name for name, _ in Counter(branches).most_common(1)), "")
    document = partial(pulse, base=bool(base), live=bool(live))
    variables = {"ref": _BRANCH + base} if base else {}
    done = await batch(
        gitlab,
        document,
        ids,
        TOGETHER,
        lambda part: variables | ({"live": [i for i in part if i in live]} if live else {}),
    )
    found = Glance(done.nodes, _live(done, live), trouble=done.trouble, over=done.over)
    found.at = min((reply.at for reply in done.replies), default=0.0)
    if not found.over:
        wanted = {str(node.get("targetBranch")) for node in found.nodes.values()}
        if tips := [tip for reply in done.replies if (tip := _tip(reply))]:
            found.bases[base] = tips[-1]
        found.bases |= await _bases(gitlab, wanted - found.bases.keys())
        troubles = (each for each in found.bases.values() if isinstance(each, Trouble))
        found.trouble = found.trouble or next(troubles, None)
    return found


async def gone(gitlab: GitLab, ids: Sequence[str]) -> frozenset[str]:
    """Those of some that were not told of that are there no more, by the service's own word on each."""
    found = set()
    for id in ids[:_CONFIRMED]:
        answer = await gitlab.get(f"{gitlab.project}/merge_requests/{quote(id, safe='')}")
        if isinstance(answer, Trouble) and answer.kind == "missing":
            found.add(id)
    return frozenset(found)


async def with_squash(gitlab: GitLab, node: Mapping[str, Any]) -> Mapping[str, Any] | Trouble:
    """One that was merged with the commit of a squash, which REST alone names."""
    if node.get("state") != "merged" or node.get("mergeCommitSha"):
        return node
    item = await gitlab.read(f"{gitlab.project}/merge_requests/{quote(str(node['iid']), safe='')}")
    if isinstance(item, Trouble):
        return item
    if not isinstance(item, dict):
        return Trouble("unreadable", f"{gitlab.host}: !{node['iid']} can not be read")
    return {**node, "squash_commit_sha": item.get("squash_commit_sha")}


@define
class Rechecks:
    """Lets the server find out what can be merged: it begins when REST is asked, and GraphQL tells what it found."""

    gitlab: GitLab
    #: Merge request → the two commits for which it was asked, and when.
    _asked: dict[str, tuple[tuple[str, str], float]] = field(factory=dict)

    async def ask(self, seen: Glance) -> Trouble | None:
        """Ask for those of which nobody finds it out: for two commits at once, and then every :data:`ACTIVE` seconds.

        A server may do so only for who may push to the project. Trouble: nothing more is to be had now.
        """
        now = self.gitlab.http.now()
        open_ = {id: node for id, node in seen.nodes.items() if node.get("state") == "opened"}
        pairs = {
            id: (str(node.get("diffHeadSha")), seen.base_of(node) or "")
            for id, node in open_.items()
            if read.is_unchecked(node)
        }
        self._asked = {id: asked for id, asked in self._asked.items() if id in pairs or id not in seen.nodes}
        due = [id for id, pair in pairs.items() if not self._is_recent(id, pair, now)]
        for at in range(0, len(due), PAGE):
            part = sorted(due[at : at + PAGE])
            numbers = "".join(f"&iids[]={quote(id, safe='')}" for id in part)
            query = f"state=opened&scope=all&with_merge_status_recheck=true&per_page={PAGE}{numbers}"
            answer = await self.gitlab.get(f"{self.gitlab.project}/merge_requests?{query}")
            if isinstance(answer, Trouble):
                log.warning("what can be merged is not found out: %s", answer.sentence)
                return answer if answer.kind in OVER else None
            self._asked |= {id: (pairs[id], now) for id in part}
        return None

    def _is_recent(self, id: str, pair: tuple[str, str], now: float) -> bool:
        asked = self._asked.get(id)
        return asked is not None and asked[0] == pair and 0 <= now - asked[1] < ACTIVE


def _live(done: Batch, wanted: Collection[str]) -> dict[str, Mapping[str, Any]]:
    nodes = [node for reply in done.replies for node in nodes_of(reply.data, "live") or ()]
    return {str(node.get("iid")): node for node in nodes if str(node.get("iid")) in wanted}


def _tip(reply: Reply) -> str:
    """The commit that was asked for; empty: it is not told, which a fault of the server looks like as well."""
    try:
        tip = reply.data["project"]["repository"]["commit"]["sha"]
    except ci.ODD:
        return ""
    return tip if isinstance(tip, str) else ""


async def _bases(gitlab: GitLab, branches: Iterable[str]) -> dict[str, str | Trouble]:
    """Where other branches stand."""
    found: dict[str, str | Trouble] = {}
    for branch in sorted(branches):
        answer = await gitlab.read(f"{gitlab.project}/repository/branches/{quote(branch, safe='')}")
        if isinstance(answer, Trouble):
            found[branch] = "" if answer.kind == "missing" else answer
            if answer.kind in OVER:
                break
        else:
            try:
                found[branch] = str(answer["commit"]["id"])
            except ci.ODD:
                found[branch] = Trouble("unreadable", f"{gitlab.host}: the branch {branch} can not be read")
    return found
