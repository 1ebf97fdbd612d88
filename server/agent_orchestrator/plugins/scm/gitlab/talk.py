"""What is said at a merge request, and who may be heard.

https://docs.gitlab.com/api/discussions/, https://docs.gitlab.com/api/members/. A note has no time at which its text was
changed, only one of any change: whatever has changed since it was made is told as edited.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import define, field, frozen

from agent_orchestrator.model.external.text import comment, title
from agent_orchestrator.model.pull import Pull
from agent_orchestrator.model.talk import Comment, Talk
from agent_orchestrator.net.answers import Trouble
from agent_orchestrator.plugins.scm.gitlab import ci
from agent_orchestrator.plugins.scm.gitlab.api import GitLab
from agent_orchestrator.plugins.scm.gitlab.batch import OVER

#: Pages of discussions of one merge request that are read.
_PAGES = 10
#: The access level of those who may push (Developer), and seconds for which it is believed.
_DEVELOPER, _BELIEVED = 30, 600.0


@frozen
class Person:
    """What is known of an account."""

    may_push: bool
    bot: bool
    until: float


@define
class Listener:
    """Reads what is said, and remembers for some minutes who may push."""

    gitlab: GitLab
    _people: dict[int, Person] = field(factory=dict)
    _me: tuple[str, int] = ("", 0)

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

    async def me(self) -> int | Trouble:
        """The number of the account that the daemon has."""
        credential = await self.gitlab.login.credential()
        fingerprint = credential.fingerprint if credential else ""
        if self._me[0] != fingerprint or not self._me[1]:
            user = await self.gitlab.read("/user")
            if isinstance(user, Trouble):
                return user
            if not isinstance(user, dict) or type(user.get("id")) is not int:
                return Trouble("unreadable", f"{self.gitlab.host}: it does not say whose the token is")
            self._me = (fingerprint, user["id"])
        return self._me[1]

    async def _one(self, pull: Pull) -> Talk | Trouble:
        where = f"{self.gitlab.project}/merge_requests/{pull.number}"
        me = await self.me()
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
                    said = await self._comment(pull, each, note, me)
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
        who = await self._person(author)
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

    async def _person(self, user: int) -> Person | Trouble:
        now = self.gitlab.http.now()
        known = self._people.get(user)
        if known is not None and now < known.until:
            return known
        member = await self.gitlab.read(f"{self.gitlab.project}/members/all/{int(user)}")
        if isinstance(member, Trouble) and member.kind != "missing":
            return member
        account = await self.gitlab.read(f"/users/{int(user)}")
        if isinstance(account, Trouble) and account.kind != "missing":
            return account
        level = 0 if isinstance(member, Trouble) else member.get("access_level")
        # A member may wait to be let in, and an account may be blocked.
        states = () if isinstance(member, Trouble) else (member.get("state"), member.get("membership_state"))
        active = not isinstance(member, Trouble) and all(state in ("active", None) for state in states)
        bot = not isinstance(account, Trouble) and account.get("bot") is True
        may_push = active and type(level) is int and level >= _DEVELOPER
        self._people[user] = Person(may_push, bot, now + _BELIEVED)
        return self._people[user]
