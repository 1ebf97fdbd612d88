"""Who may change a repository, where GitHub's GraphQL does not say it beside what they said.

``permission`` knows ``admin``, ``write``, ``read`` and ``none`` ("Get repository permissions for a user"); ``maintain``
is told as ``write``.
"""

from __future__ import annotations

from functools import partial
from urllib.parse import quote

from attrs import define, field

from agent_orchestrator.formats.json_text import mapping
from agent_orchestrator.net.answers import Trouble
from agent_orchestrator.plugins.services.github.api import GitHub
from agent_orchestrator.plugins.services.kept import Kept

_MAY = ("admin", "maintain", "write")


@define
class Permissions:
    """The people of one repository, ``owner/name`` quoted for an address."""

    github: GitHub
    repository: str
    _known: Kept[bool] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._known = Kept(self.github.http.now)

    async def may_push(self, login: str) -> bool | Trouble:
        """May a person push? ``login`` is a person's, no program's: those can share a name with a person."""
        return await self._known.get(login, partial(self._ask, login))

    async def _ask(self, login: str) -> bool | Trouble:
        answer = await self.github.get(f"/repos/{self.repository}/collaborators/{quote(login, safe='')}/permission")
        if isinstance(answer, Trouble):
            # Who may not ask is not told, and who is not found has no rights.
            return False if answer.status in (403, 404) and answer.kind != "limited" else answer
        try:
            return mapping(answer.json()).get("permission") in _MAY
        except ValueError:
            return False
