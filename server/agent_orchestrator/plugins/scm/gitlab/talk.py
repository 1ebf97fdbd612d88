"""What is said at a merge request, and who may be heard.

https://docs.gitlab.com/api/discussions/. A note has no time at which its text was
changed, only one of any change: whatever has changed since it was made is told as edited.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import define

from agent_orchestrator.model.external.text import comment, title
from agent_orchestrator.model.pull import Pull
from agent_orchestrator.model.talk import Comment, Talk
from agent_orchestrator.net.answers import Trouble
from agent_orchestrator.plugins.scm.gitlab import ci
from agent_orchestrator.plugins.scm.gitlab.batch import OVER
from agent_orchestrator.plugins.services.gitlab.api import GitLab
from agent_orchestrator.plugins.services.gitlab.people import People

#: Pages of discussions of one merge request that are read.
_PAGES = 10


@define
class Listener:
    """Reads what is said by ``people``."""

    gitlab: GitLab
    people: People

    async def talk(self, pulls: Sequence[Pull]) -> Mapping[str, Talk] | Trouble:
        """What is said at each of some merge requests, by their ids; what fails for one fails for that one."""
        found: dict[str, Talk] = {}
        trouble: Trouble | None = None
        for pull in pulls:
            talk = await self._one(pull)
            if isinstance(talk, Talk):
                found[pull.id] = talk
                continue
            trouble = talk
            if talk.kind in OVER:
                return talk
        return found if found or trouble is None else trouble

    async def _one(self, pull: Pull) -> Talk | Trouble:
        where = f"{self.gitlab.project}/merge_requests/{pull.number}"
        me = await self.people.me()
        if isinstance(me, Trouble):
            return me
        items = await self.gitlab.items(f"{where}/discussions?", _PAGES)
        if isinstance(items, Trouble):
            return items
        found: list[Comment] = []
        for discussion in items[0]:
            try:
                notes = [(discussion, note) for note in discussion["notes"] if note["system"] is not True]
                for each, note in notes:
                    said = await self._comment(pull, each, note, me[0])
                    if isinstance(said, Trouble):
                        return said
                    found.append(said)
            except ci.ODD as error:
                reason = f"{type(error).__name__}: {title(str(error))}"
                return Trouble("unreadable", f"{self.gitlab.host}: what is said at !{pull.number}: {reason}")
        return Talk(tuple(sorted(found, key=lambda one: (one.at, int(one.id)))), cut=items[1])

    async def _comment(
        self, pull: Pull, discussion: Mapping[str, Any], note: Mapping[str, Any], me: int
    ) -> Comment | Trouble:
        author = note["author"]["id"]
        who = await self.people.person(author)
        if isinstance(who, Trouble):
            return who
        position = note.get("position") or {}
        in_thread = discussion.get("individual_note") is not True
        outdated = position.get("head_sha") != pull.head
        return Comment(
            id=str(int(note["id"])),
            author=title(str(note["author"]["username"])),
            text=comment(str(note["body"] or "")),
            at=str(note["created_at"]),
            edited_at="" if note["updated_at"] == note["created_at"] else str(note["updated_at"]),
            url=f"{pull.url}#note_{int(note['id'])}",
            bot=who.bot,
            may_push=who.may_push,
            mine=author == me,
            thread=str(discussion["id"]) if in_thread else "",
            path=str(position.get("new_path") or position.get("old_path") or ""),
            line=0 if outdated else int(position.get("new_line") or 0),
        )
