"""Asking about a project of GitLab, and what its people may do."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import urlencode

from attrs import define, evolve, field

from agent_orchestrator.model.external.text import title
from agent_orchestrator.net.answers import ODD, Answer, Trouble, unreadable
from agent_orchestrator.net.client import HttpClient, Request
from agent_orchestrator.plugins.services.gitlab.api import GitLab
from agent_orchestrator.plugins.services.gitlab.connect import connect
from agent_orchestrator.plugins.services.gitlab.people import People, Person
from agent_orchestrator.plugins.tracker.rules import ME
from agent_orchestrator.ports.scm import Place


@define(eq=False)
class Door:
    """One project with the person's own token, which is found in their environment when it is first needed."""

    place: Place
    http: HttpClient = field(repr=False)
    env: Mapping[str, str] = field(repr=False)
    _gitlab: GitLab = field(init=False)
    _people: People = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._gitlab = connect(self.place, self.http, self.env)
        self._people = People(self._gitlab)

    async def send(self, method: str, path: str, body: Any = None) -> Answer | Trouble:
        """Send a request to a path below the project."""
        return await self._gitlab.send(Request(method, f"{self._gitlab.rest}{self._gitlab.project}{path}", body=body))

    async def json(self, method: str, path: str, body: Any = None) -> Any | Trouble:
        """What an answer has as JSON types."""
        return self._gitlab.json(await self.send(method, path, body))

    async def account(self, assignee: str = ME) -> tuple[int, str] | Trouble:
        """(number, name) of an account, ``@me`` is our own; a number of 0: nobody is named."""
        if not assignee:
            return 0, ""
        if assignee == ME:
            return await self._people.me()
        found = await self._gitlab.read(f"/users?{urlencode({'username': assignee})}")
        if isinstance(found, Trouble):
            return found
        try:
            named = [(int(each["id"]), str(each["username"])) for each in found]
        except ODD as error:
            return self.unreadable(error)
        if not named:
            return Trouble("missing", f"{self.place.server} has no account {title(assignee)}")
        return named[0]

    async def people(self, numbers: Collection[int]) -> Mapping[int, Person] | Trouble:
        """Who the accounts of these numbers are. Not found out for one is no right for that one.

        A bot has none here: whom of them to hear a person says.
        """
        found: dict[int, Person] = {}
        for number in sorted(numbers):
            told = await self._people.person(number)
            if isinstance(told, Trouble):
                if told.stops:
                    return told
                told = Person()
            found[number] = evolve(told, may_push=told.may_push and not told.bot)
        return found

    def unreadable(self, error: Exception) -> Trouble:
        """An answer that has not the shape that GitLab describes."""
        return unreadable(self.place.server, error)
