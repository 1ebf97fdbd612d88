"""Asking about a project of GitLab, and what its people may do."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial
from typing import Any
from urllib.parse import quote, urlencode

from attrs import define, field, frozen

from agent_orchestrator.formats.json_text import mapping
from agent_orchestrator.model.external.text import title
from agent_orchestrator.net.answers import Answer, Trouble
from agent_orchestrator.net.client import HttpClient, Request
from agent_orchestrator.net.credential import Credential
from agent_orchestrator.plugins.tracker.rules import ME, ODD, Kept
from agent_orchestrator.plugins.tracker.services import Address, Login, address, credentials, sent
from agent_orchestrator.ports.scm import Place

#: The access level from which somebody may push: Developer ("Members API").
_DEVELOPER = 30


@frozen
class Person:
    """What an account is to the project."""

    may_push: bool = False
    bot: bool = False


@define(eq=False)
class Door:
    """One project with the person's own token, which is found in their environment when it is first needed."""

    place: Place
    http: HttpClient = field(repr=False)
    env: Mapping[str, str] = field(repr=False)
    _at: Address = field(init=False)
    _login: Login = field(init=False)
    #: Our own account: its number and name.
    _me: tuple[int, str] | None = None
    _people: Kept[Person] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._people = Kept(self.http.now)
        self._at = address(self.place.server)
        self._login = Login(self._token, self.http.now)

    @property
    def _server(self) -> str:
        return f"{self.place.server.rstrip('/')}/api/v4"

    async def send(self, method: str, path: str, body: Any = None) -> Answer | Trouble:
        """Send a request to a path below the project, or to a whole address."""
        project = f"{self._server}/projects/{quote(self.place.path, safe='')}"
        request = Request(method, path if path.startswith(self._server) else f"{project}{path}", body=body)
        return await sent(self.http, self._login, self._at, request, "sign in with glab, or set GITLAB_TOKEN")

    async def _token(self) -> Credential | None:
        return await credentials.gitlab(self._at.host, self.env, self._at.scheme)

    async def json(self, method: str, path: str, body: Any = None) -> Any | Trouble:
        """What an answer has as JSON types."""
        answer = await self.send(method, path, body)
        if isinstance(answer, Trouble):
            return answer
        try:
            return answer.json()
        except ValueError as error:
            return self.unreadable(error)

    async def account(self, assignee: str = ME) -> tuple[int, str] | Trouble:
        """(number, name) of an account, ``@me`` is our own; a number of 0: nobody is named."""
        if not assignee:
            return 0, ""
        if assignee == ME and self._me is not None:
            return self._me
        mine = f"{self._server}/user"
        found = await self.json("GET", mine if assignee == ME else f"{mine}s?{urlencode({'username': assignee})}")
        if isinstance(found, Trouble):
            return found
        try:
            named = [(int(each["id"]), str(each["username"])) for each in ([found] if assignee == ME else found)]
        except ODD as error:
            return self.unreadable(error)
        if not named:
            return Trouble("missing", f"{self.place.server} has no account {title(assignee)}")
        self._me = named[0] if assignee == ME else self._me
        return named[0]

    async def people(self, numbers: Collection[int]) -> Mapping[int, Person] | Trouble:
        """Who the accounts of these numbers are. Not found out for one is no right for that one.

        A bot has none here: whom of them to hear a person says.
        """
        found: dict[int, Person] = {}
        for number in sorted(numbers):
            told = await self._people.get(str(number), partial(self._person, number))
            if isinstance(told, Trouble):
                if told.kind in ("limited", "unreachable", "denied"):
                    return told
                told = Person()
            found[number] = told
        return found

    async def _person(self, number: int) -> Person | Trouble:
        account = await self.json("GET", f"{self._server}/users/{number}")
        member = await self.json("GET", f"/members/all/{number}")
        if isinstance(account, Trouble) and account.status not in (403, 404):
            return account
        bot = mapping(account).get("bot") is True
        if isinstance(member, Trouble):
            # Whoever is no member, or may not be asked for, stays so for a while.
            return Person(bot=bot) if member.status in (403, 404) else member
        try:
            active = member["state"] == "active" and member.get("membership_state", "active") == "active"
            known = isinstance(account, dict)
            return Person(known and active and not bot and member["access_level"] >= _DEVELOPER, bot)
        except ODD as error:
            return self.unreadable(error)

    def unreadable(self, error: Exception) -> Trouble:
        """An answer that has not the shape that GitLab describes."""
        return Trouble("unreadable", f"{self.place.server}: {title(str(error))} ({type(error).__name__})")
