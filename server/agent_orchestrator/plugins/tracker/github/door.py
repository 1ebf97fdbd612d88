"""Asking about a repository of GitHub, and what its people may do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from attrs import define, field

from agent_orchestrator.formats.json_text import mapping
from agent_orchestrator.model.forge import ForgeApp
from agent_orchestrator.net.answers import ODD, Answer, Trouble, unreadable
from agent_orchestrator.net.client import HttpClient, Request
from agent_orchestrator.plugins.services.github.api import ACCEPT, GitHub
from agent_orchestrator.plugins.services.github.connect import connect
from agent_orchestrator.plugins.services.github.permissions import Permissions
from agent_orchestrator.plugins.tracker.github.documents import VIEWER
from agent_orchestrator.plugins.tracker.github.read import GHOST
from agent_orchestrator.plugins.tracker.rules import ME
from agent_orchestrator.ports.scm import Place


@define(eq=False)
class Door:
    """One repository with the person's own token, which is found in their environment when it is first needed.

    With an ``app`` it is asked as that.
    """

    place: Place
    http: HttpClient = field(repr=False)
    env: Mapping[str, str] = field(repr=False)
    app: ForgeApp | None = None
    #: Our own account, once it is known.
    login: str = ""
    _github: GitHub = field(init=False)
    _people: Permissions = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._github = connect(self.place, self.http, self.env, self.app)
        self._people = Permissions(self._github, self._repository)

    @property
    def _repository(self) -> str:
        return quote(self.place.path, safe="/")

    async def send(self, method: str, path: str, body: Any = None) -> Answer | Trouble:
        """Send a request of REST to a path below the repository."""
        where = f"{self._github.rest}/repos/{self._repository}{path}"
        return await self._github.send(Request(method, where, body=body, accept=ACCEPT))

    async def ask(self, document: str, number: int, *, partly: bool = False, **more: Any) -> Any | Trouble:
        """The data of a document about an issue. ``partly``: what is below the issue may be missing."""
        owner, _, name = self.place.path.partition("/")
        asked = await self._github.ask(document, {"owner": owner, "name": name, "number": number, **more})
        if isinstance(asked, Trouble):
            return asked
        there = mapping(mapping(asked.data.get("repository")).get("issue"))
        if not there or (asked.errors and not partly):
            said = "; ".join(asked.errors.values())[:300]
            return Trouble("unreadable" if there else "missing", f"GH-{number}: {said or 'it is not there'}")
        return asked.data

    async def account(self, assignee: str) -> str | Trouble:
        """The login of an assignee; ``@me`` is our own account, which an app has as well."""
        if assignee != ME or self.login:
            return self.login if assignee == ME else assignee
        asked = await self._github.ask(VIEWER, {})
        if isinstance(asked, Trouble):
            return asked
        try:
            self.login = str(asked.data["viewer"]["login"])
        except ODD as error:
            return self.unreadable(error)
        return self.login

    async def may_push(self, people: Iterable[tuple[str, bool]]) -> Mapping[tuple[str, bool], bool] | Trouble:
        """What GitHub says of the right of each (login, is it a bot?) to change the repository.

        A bot has none here: whom of them to hear a person says. Not found out for one is no for that one.
        """
        found: dict[tuple[str, bool], bool] = {}
        for login, bot in sorted(people):
            told = False if bot or login == GHOST else await self._people.may_push(login)
            if isinstance(told, Trouble) and told.stops:
                return told
            found[login, bot] = told is True
        return found

    def unreadable(self, error: Exception) -> Trouble:
        """An answer that has not the shape that GitHub describes."""
        return unreadable(self.place.server, error)
