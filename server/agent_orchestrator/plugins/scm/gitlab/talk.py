"""What is said at a merge request, and who may be heard.

https://docs.gitlab.com/api/discussions/. A note has no time at which its text was
changed, only one of any change: whatever has changed since it was made is told as edited.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from attrs import define

from agent_orchestrator.model.external.text import comment, title
from agent_orchestrator.model.pull import Pull
from agent_orchestrator.model.talk import Comment, Talk
from agent_orchestrator.net.answers import Trouble
from agent_orchestrator.plugins.scm.gitlab import ci
from agent_orchestrator.plugins.scm.gitlab.batch import OVER
from agent_orchestrator.plugins.scm.gitlab.said import Note, of_rest
from agent_orchestrator.plugins.services.gitlab.api import GitLab
from agent_orchestrator.plugins.services.gitlab.people import People

#: Pages of discussions of one merge request that are read.
_PAGES = 10


@define
class Listener:
    """Reads what is said by ``people``. ``heard`` has all the notes of a merge request where a look just read them."""

    gitlab: GitLab
    people: People
    heard: Callable[[Pull], tuple[Note, ...] | None]

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
        me = await self.people.me()
        if isinstance(me, Trouble):
            return me
        notes = self.heard(pull)
        cut = False
        if notes is None:
            asked = await self._ask(pull)
            if isinstance(asked, Trouble):
                return asked
            notes, cut = asked
        found: list[Comment] = []
        for note in notes:
            said = await self._comment(pull, note, me[0])
            if isinstance(said, Trouble):
                return said
            found.append(said)
        return Talk(tuple(sorted(found, key=lambda one: (one.at, int(one.id)))), cut=cut)

    async def _ask(self, pull: Pull) -> tuple[tuple[Note, ...], bool] | Trouble:
        """All notes, as REST tells them, and whether there are more."""
        where = f"{self.gitlab.project}/merge_requests/{pull.number}/discussions?"
        items = await self.gitlab.items(where, _PAGES)
        if isinstance(items, Trouble):
            return items
        try:
            return of_rest(items[0]), items[1]
        except ci.ODD as error:
            reason = f"{type(error).__name__}: {title(str(error))}"
            return Trouble("unreadable", f"{self.gitlab.host}: what is said at !{pull.number}: {reason}")

    async def _comment(self, pull: Pull, note: Note, me: int) -> Comment | Trouble:
        who = await self.people.person(note.author)
        if isinstance(who, Trouble):
            return who
        return Comment(
            id=str(note.id),
            author=title(note.username),
            text=comment(note.body),
            at=note.created_at,
            edited_at="" if note.updated_at == note.created_at else note.updated_at,
            url=f"{pull.url}#note_{note.id}",
            bot=who.bot,
            may_push=who.may_push,
            mine=note.author == me,
            thread=note.thread,
            path=note.path,
            line=note.line if note.head == pull.head else 0,
        )
