"""One look at many merge requests: the list, the small facts, and the details of what changed.

A tick is one request for the list of up to a hundred, one for what changes without a time of change (approvals,
reviews, how many conversations are resolved, how the pipeline stands), and one for each branch that they are to be
merged into. Jobs and conversations are asked for only where those say that there is something new, ten at once.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from attrs import define, evolve, field, frozen

from agent_orchestrator.model.pull import Mergeable, Pull
from agent_orchestrator.net.answers import Trouble
from agent_orchestrator.plugins.scm.gitlab import ci, read
from agent_orchestrator.plugins.scm.gitlab.batch import OVER, Batch, batch
from agent_orchestrator.plugins.scm.gitlab.details import details
from agent_orchestrator.plugins.scm.gitlab.documents import TOGETHER, pulse
from agent_orchestrator.plugins.services.gitlab.api import PAGE, GitLab
from agent_orchestrator.ports.scm import Seen

log = logging.getLogger(__name__)

#: Merge requests that are not in the list any more and are asked for one by one in one look.
_CONFIRMED = 3


@frozen
class Known:
    """What the last look at a merge request gave, and by what the next one tells that nothing changed."""

    mark: read.Mark
    detail: read.Detail


@define
class Sweeper:
    """Looks at the merge requests of one project. It knows what it has seen until the daemon ends."""

    gitlab: GitLab
    _known: dict[str, Known] = field(factory=dict)

    async def sweep(self, known: Mapping[str, Pull | None]) -> Seen:
        """Look at merge requests by their ids. ``known`` are the ids with what was seen last."""
        listed, trouble = await self._list(list(known))
        open_ = [id for id, item in listed.items() if item.get("state") in ("opened", "locked")]
        facts = Batch(trouble=trouble, over=trouble is not None and (not listed or trouble.kind in OVER))
        bases: dict[str, str | Trouble] = {}
        if not facts.over:
            facts = await batch(self.gitlab, pulse, open_, TOGETHER)
        if not facts.over:
            bases = await self._bases(str(item.get("target_branch")) for item in listed.values())
        trouble = trouble or facts.trouble or next((b for b in bases.values() if isinstance(b, Trouble)), None)
        marks = self._marks(listed, facts.nodes)
        wanted = [id for id, mark in marks.items() if known[id] is None or self._is_news(id, mark)]
        if wanted and not facts.over:
            found, failed = await details(self.gitlab, wanted, {id: marks[id].head for id in wanted})
            trouble = trouble or failed
            for id in wanted:
                self._known.pop(id, None)
            self._known |= {id: Known(marks[id], detail) for id, detail in found.items()}
        gone = await self._gone([id for id in known if id not in listed]) if trouble is None else frozenset()
        pulls: dict[str, Pull] = {}
        for id, before in known.items():
            if id in gone:
                continue
            now = self._pull(id, listed.get(id), bases, facts.nodes.get(id), before)
            if now is not None:
                pulls[id] = now
                if now.state != "open":
                    self._known.pop(id, None)
            elif before is not None:
                pulls[id] = evolve(before, stale=True)
            elif id in facts.nodes:
                # It is there, and was never seen: who asks is not to take it for one that is gone.
                trouble = trouble or Trouble("unreadable", f"{self.gitlab.host}: !{id} changed while it was looked at")
        return Seen(pulls, trouble)

    async def _list(self, ids: Sequence[str]) -> tuple[dict[str, Mapping[str, Any]], Trouble | None]:
        """What the list says of merge requests, and lets the server see again whether they can be merged."""
        found: dict[str, Mapping[str, Any]] = {}
        for at in range(0, len(ids), PAGE):
            # In one order: the same question is answered for less, where nothing has changed.
            numbers = "".join(f"&iids[]={quote(id, safe='')}" for id in sorted(ids[at : at + PAGE]))
            query = f"state=all&scope=all&with_merge_status_recheck=true&per_page={PAGE}{numbers}"
            items = await self.gitlab.read(f"{self.gitlab.project}/merge_requests?{query}")
            if isinstance(items, Trouble):
                return found, items
            if not isinstance(items, list):
                return found, Trouble("unreadable", f"{self.gitlab.host}: the merge requests are no list")
            found |= {str(item.get("iid")): item for item in items if isinstance(item, dict)}
        return {id: item for id, item in found.items() if id in ids}, None

    async def _gone(self, ids: Sequence[str]) -> frozenset[str]:
        """Those of some that the list has not that are there no more, by the service's own word on each."""
        found = set()
        for id in ids[:_CONFIRMED]:
            answer = await self.gitlab.get(f"{self.gitlab.project}/merge_requests/{quote(id, safe='')}")
            if isinstance(answer, Trouble) and answer.kind == "missing":
                found.add(id)
        return frozenset(found)

    async def _bases(self, branches: Iterable[str]) -> dict[str, str | Trouble]:
        """Where the branches stand that things are merged into: branch → commit, empty where it is gone."""
        found: dict[str, str | Trouble] = {}
        for branch in sorted(set(branches)):
            answer = await self.gitlab.read(f"{self.gitlab.project}/repository/branches/{quote(branch, safe='')}")
            if isinstance(answer, Trouble):
                found[branch] = "" if answer.kind == "missing" else answer
                if answer.kind in OVER:
                    break
            else:
                try:
                    found[branch] = str(answer["commit"]["id"])
                except ci.ODD:
                    found[branch] = Trouble("unreadable", f"{self.gitlab.host}: the branch {branch} can not be read")
        return found

    def _marks(
        self, listed: Mapping[str, Mapping[str, Any]], facts: Mapping[str, Mapping[str, Any]]
    ) -> dict[str, read.Mark]:
        found: dict[str, read.Mark] = {}
        for id, node in facts.items():
            try:
                # It was pushed to between the two: the next look has all of the new head.
                if node["diffHeadSha"] == listed[id]["sha"]:
                    found[id] = read.mark(listed[id], node)
            except ci.ODD as error:
                log.warning("merge request %s can not be read: %s: %s", id, type(error).__name__, error)
        return found

    def _is_news(self, id: str, mark: read.Mark) -> bool:
        last = self._known.get(id)
        return last is None or last.mark != mark or read.moves(mark, last.detail)

    def _pull(
        self,
        id: str,
        item: Mapping[str, Any] | None,
        bases: Mapping[str, str | Trouble],
        facts: Mapping[str, Any] | None,
        before: Pull | None,
    ) -> Pull | None:
        """It as it is now; None: that can not be told."""
        base_head = bases.get(str((item or {}).get("target_branch")))
        if item is None or not isinstance(base_head, str):
            return None
        try:
            is_open = item["state"] in ("opened", "locked")
            last = self._known.get(id)
            detail = last.detail if last is not None and last.mark.head == item["sha"] else None
            if is_open and (detail is None or facts is None or facts["diffHeadSha"] != item["sha"]):
                return None
            if detail is None and before is not None and before.head == item["sha"]:
                detail = read.Detail(before.checks, before.threads, before.more_threads)
            now = read.pull(item, base_head, facts if is_open else None, detail or read.Detail())
        except ci.ODD as error:
            log.warning("merge request %s can not be read: %s: %s", id, type(error).__name__, error)
            return None
        if before is not None and now.mergeable is Mergeable.UNKNOWN and _same(before, now):
            # It is being computed anew: what it was still holds for the same two commits.
            return evolve(now, mergeable=before.mergeable)
        return now


def _same(before: Pull, now: Pull) -> bool:
    return (before.head, before.base_head) == (now.head, now.base_head)
