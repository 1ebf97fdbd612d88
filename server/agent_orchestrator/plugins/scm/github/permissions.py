"""Who may change a repository, where GitHub's GraphQL does not say it beside what they said.

``permission`` knows ``admin``, ``write``, ``read`` and ``none`` ("Get repository permissions for a user"); ``maintain``
is told as ``write``.
"""

from __future__ import annotations

from urllib.parse import quote

from attrs import define, field

from agent_orchestrator.net.answers import Trouble
from agent_orchestrator.plugins.scm.github.api import GitHub

_MAY = ("admin", "maintain", "write")
#: Seconds that an answer holds, and people that are remembered.
_HOLDS, _PEOPLE = 600.0, 1000


@define
class Permissions:
    """The people of one repository, ``owner/name`` quoted for an address. Kept in memory alone."""

    github: GitHub
    repository: str
    _known: dict[str, tuple[float, bool]] = field(factory=dict)

    async def may_push(self, login: str) -> bool | Trouble:
        """May a person push? ``login`` is a person's, no program's: those can share a name with a person."""
        now = self.github.http.now()
        at, known = self._known.get(login, (None, False))
        if at is not None and 0 <= now - at < _HOLDS:
            return known
        answer = await self.github.get(f"/repos/{self.repository}/collaborators/{quote(login, safe='')}/permission")
        if isinstance(answer, Trouble):
            if answer.kind not in ("denied", "missing"):
                return answer
            # Who may not ask is not told, and who is not found has no rights.
            may = False
        else:
            try:
                read = answer.json()
            except ValueError:
                read = None
            may = isinstance(read, dict) and read.get("permission") in _MAY
        while len(self._known) >= _PEOPLE:
            del self._known[next(iter(self._known))]
        self._known[login] = now, may
        return may
