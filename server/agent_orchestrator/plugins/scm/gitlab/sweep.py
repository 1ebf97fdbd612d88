"""One look at many merge requests: the small facts of all, and the details of what changed.

A look is one request: small facts of up to a hundred, the tip of the branch that most are to be merged into, and the
jobs of those whose pipelines run. Conversations, and jobs of others, are asked for only where the facts say that there
is something new, ten at once; what is said comes with them, so that nobody has to ask for it by itself. REST is asked
for what it alone has: other branches, the commit of a squash, and that the server finds out what can be merged.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from attrs import define, evolve, field, frozen

from agent_orchestrator.model.pull import Mergeable, Page, Pull
from agent_orchestrator.net.answers import Trouble
from agent_orchestrator.plugins.scm.gitlab import ci, read
from agent_orchestrator.plugins.scm.gitlab.details import details
from agent_orchestrator.plugins.scm.gitlab.documents import LIVE
from agent_orchestrator.plugins.scm.gitlab.glance import Glance, Rechecks, glance, gone, with_squash
from agent_orchestrator.plugins.scm.gitlab.said import Note
from agent_orchestrator.plugins.services.gitlab.api import GitLab
from agent_orchestrator.ports.scm import Seen

log = logging.getLogger(__name__)

#: Seconds after a push in which its pipeline is expected to begin.
_FRESH = 120.0


@frozen
class Known:
    """What the last look at a merge request gave, and by what the next one tells that nothing changed.

    ``head_at``: when its head was first seen.
    """

    mark: read.Mark
    detail: read.Detail
    head_at: float = 0.0


@define
class Sweeper:
    """Looks at the merge requests of one project. It knows what it has seen until the daemon ends."""

    gitlab: GitLab
    _known: dict[str, Known] = field(factory=dict)
    #: What the last look has read of what is said, as of which commit and time of change; by ids.
    _heard: dict[str, tuple[str, str, tuple[Note, ...]]] = field(factory=dict)
    _rechecks: Rechecks = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._rechecks = Rechecks(self.gitlab)

    async def sweep(self, known: Mapping[str, Pull | None]) -> Seen:
        """Look at merge requests by their ids. ``known`` are the ids with what was seen last."""
        self._heard.clear()
        branches = [pull.base for pull in known.values() if pull is not None]
        seen = await glance(self.gitlab, list(known), self._live(known), branches)
        if not seen.over:
            seen.trouble = seen.trouble or await self._rechecks.ask(seen)
            await self._details(known, seen)
            await self._squashes(seen)
        lost = [id for id in known if id not in seen.nodes]
        over = await gone(self.gitlab, lost) if lost and seen.trouble is None else frozenset()
        trouble = seen.trouble
        pulls: dict[str, Pull] = {}
        pages: dict[str, Page] = {}
        for id, before in known.items():
            if id in over:
                self._known.pop(id, None)
                continue
            now = self._pull(id, seen, before)
            if now is not None:
                pulls[id] = now
                last = self._known.get(id)
                if page := read.page(seen.nodes[id], last.detail.about if last else None):
                    pages[id] = page
                if now.state != "open":
                    self._known.pop(id, None)
            elif before is not None:
                pulls[id] = evolve(before, stale=True)
            elif id in seen.nodes:
                # It is there, and was never seen: who asks is not to take it for one that is gone.
                trouble = trouble or Trouble("unreadable", f"{self.gitlab.host}: !{id} changed while it was looked at")
        return Seen(pulls, trouble, pages)

    def heard(self, pull: Pull) -> tuple[Note, ...] | None:
        """What is said at a merge request, where the last look has read all of it for what it told; once."""
        head, updated_at, notes = self._heard.pop(pull.id, ("", "", ()))
        return notes if (head, updated_at) == (pull.head, pull.updated_at) else None

    def _live(self, ids: Iterable[str]) -> frozenset[str]:
        """Those of which more may change than the small facts show; first of all those that surely do."""
        now = self.gitlab.http.now()
        known = [(id, self._known[id]) for id in ids if id in self._known]
        moving = [id for id, last in known if read.moves(last.mark, last.detail)]
        pushed = [id for id, last in known if not last.detail.checks and 0 <= now - last.head_at < _FRESH]
        return frozenset(islice(dict.fromkeys(moving + pushed), LIVE))

    async def _details(self, known: Mapping[str, Pull | None], seen: Glance) -> None:
        """Know the details of what is open, as far as they are to be had."""
        marks = self._marks(seen)
        told = {id for id, node in seen.live.items() if id in marks and self._is_told(id, marks[id], node)}
        news = {id for id, mark in marks.items() if id not in told and self._is_news(id, mark)}
        wanted = [id for id in marks if known[id] is None or id in news]
        if not wanted:
            return
        found, trouble = await details(self.gitlab, wanted, {id: marks[id].head for id in wanted})
        seen.trouble = seen.trouble or trouble
        for id in wanted:
            if id in found:
                self._know(id, marks[id], found[id].detail)
                notes = found[id].notes
                if notes is not None:
                    self._heard[id] = (marks[id].head, marks[id].updated_at, notes)
            else:
                self._known.pop(id, None)

    async def _squashes(self, seen: Glance) -> None:
        """Know what those became that were merged; what can not be told is told at the next look."""
        for id, node in [*seen.nodes.items()]:
            whole = await with_squash(self.gitlab, node)
            if isinstance(whole, Trouble):
                seen.trouble = seen.trouble or whole
                seen.nodes[id] = {}
            else:
                seen.nodes[id] = whole

    def _marks(self, seen: Glance) -> dict[str, read.Mark]:
        found: dict[str, read.Mark] = {}
        for id, node in seen.nodes.items():
            try:
                if read.is_open(node):
                    found[id] = read.mark(node, seen.at)
            except ci.ODD as error:
                log.warning("merge request %s can not be read: %s: %s", id, type(error).__name__, error)
        return found

    def _is_told(self, id: str, mark: read.Mark, live: Mapping[str, Any]) -> bool:
        """Of one that runs, do its jobs tell all that is new? It is known then."""
        last = self._known[id]
        try:
            detail = read.again(live, mark, last.mark, last.detail, self.gitlab.web)
        except ci.ODD as error:
            log.warning("merge request %s can not be read: %s: %s", id, type(error).__name__, error)
            return False
        if detail is not None:
            self._know(id, mark, detail)
        return detail is not None

    def _know(self, id: str, mark: read.Mark, detail: read.Detail) -> None:
        last = self._known.get(id)
        same = last is not None and last.mark.head == mark.head
        self._known[id] = Known(mark, detail, last.head_at if last and same else self.gitlab.http.now())

    def _is_news(self, id: str, mark: read.Mark) -> bool:
        last = self._known.get(id)
        return last is None or last.mark != mark or read.moves(mark, last.detail)

    def _pull(self, id: str, seen: Glance, before: Pull | None) -> Pull | None:
        """It as it is now; None: that can not be told."""
        node = seen.nodes.get(id)
        base_head = seen.base_of(node) if node else None
        if node is None or base_head is None:
            return None
        try:
            last = self._known.get(id)
            detail = last.detail if last is not None and last.mark.head == node["diffHeadSha"] else None
            if detail is None and read.is_open(node):
                return None
            if detail is None and before is not None and before.head == node["diffHeadSha"]:
                detail = read.Detail(before.checks, before.threads, before.more_threads, before.pipeline)
            now = read.pull(node, base_head, detail or read.Detail(), seen.at)
        except ci.ODD as error:
            log.warning("merge request %s can not be read: %s: %s", id, type(error).__name__, error)
            return None
        if before is not None and now.mergeable is Mergeable.UNKNOWN and _same(before, now):
            # It is being computed anew: what it was still holds for the same two commits.
            return evolve(now, mergeable=before.mergeable)
        return now


def _same(before: Pull, now: Pull) -> bool:
    return (before.head, before.base_head) == (now.head, now.base_head)
