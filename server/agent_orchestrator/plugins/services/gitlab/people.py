"""Who the accounts are that say something at a project of GitLab. https://docs.gitlab.com/api/members/."""

from __future__ import annotations

from functools import partial

from attrs import define, field, frozen

from agent_orchestrator.formats.json_text import mapping
from agent_orchestrator.model.external.text import title
from agent_orchestrator.net.answers import Trouble
from agent_orchestrator.plugins.services.gitlab.api import GitLab
from agent_orchestrator.plugins.services.kept import Kept

#: The access level from which somebody may push: Developer.
_DEVELOPER = 30


@frozen
class Person:
    """What an account is to the project."""

    may_push: bool = False
    bot: bool = False


@define
class People:
    """The accounts of one project, by their numbers."""

    gitlab: GitLab
    _known: Kept[Person] = field(init=False)
    #: The fingerprint of a credential, and the account that it is of: number and name.
    _me: tuple[str, tuple[int, str]] = ("", (0, ""))

    def __attrs_post_init__(self) -> None:
        self._known = Kept(self.gitlab.http.now)

    async def person(self, number: int) -> Person | Trouble:
        """What the account of a number is to the project."""
        return await self._known.get(str(number), partial(self._ask, number))

    async def me(self) -> tuple[int, str] | Trouble:
        """The number and the name of the account that the daemon has."""
        credential = await self.gitlab.credential()
        if isinstance(credential, Trouble):
            return credential
        if self._me[0] != credential.fingerprint:
            user = await self.gitlab.read("/user")
            if isinstance(user, Trouble):
                return user
            if type(mapping(user).get("id")) is not int:
                return Trouble("unreadable", f"{self.gitlab.host}: it does not say whose the token is")
            self._me = (credential.fingerprint, (user["id"], title(str(user.get("username") or ""))))
        return self._me[1]

    async def _ask(self, number: int) -> Person | Trouble:
        member = await self.gitlab.read(f"{self.gitlab.project}/members/all/{int(number)}")
        if isinstance(member, Trouble) and not _is_no(member):
            return member
        account = await self.gitlab.read(f"/users/{int(number)}")
        if isinstance(account, Trouble) and not _is_no(account):
            return account
        has, level = mapping(member), mapping(member).get("access_level")
        # A member may wait to be let in, and an account may be blocked.
        active = has.get("state") == "active" and has.get("membership_state") in ("active", None)
        may_push = active and type(level) is int and level >= _DEVELOPER and isinstance(account, dict)
        return Person(may_push, mapping(account).get("bot") is True)


def _is_no(trouble: Trouble) -> bool:
    """Whoever is no member, or may not be asked for, stays so for a while."""
    return trouble.status in (403, 404) and trouble.kind != "limited"
