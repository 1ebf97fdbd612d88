"""The issues of one project of GitLab."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from attrs import define, evolve, field

from agent_orchestrator.model.external.text import title
from agent_orchestrator.model.issue import Issue, Stage
from agent_orchestrator.net.answers import ODD, Trouble, trouble_in
from agent_orchestrator.net.client import HttpClient
from agent_orchestrator.plugins.services.gitlab.commands import inert
from agent_orchestrator.plugins.services.marks import has_mark, marked
from agent_orchestrator.plugins.tracker.gitlab import read
from agent_orchestrator.plugins.tracker.gitlab.door import Door
from agent_orchestrator.plugins.tracker.naming import number_at, number_of
from agent_orchestrator.plugins.tracker.rules import moves
from agent_orchestrator.ports.scm import Place
from agent_orchestrator.ports.tracker import Tracker

#: Notes on a page, the most that GitLab gives, and pages that are looked through for one of ours.
_PAGE, _PAGES = 100, 10


def make(place: Place | None, http: HttpClient, env: Mapping[str, str], **settings: str) -> Tracker:
    """The tracker of a project's place. Raises ValueError where there is none."""
    if place is None:
        raise ValueError("the gitlab tracker needs a repository with a remote at GitLab")
    return GitLabIssues(Door(place, http, env))


@define(eq=False)
class GitLabIssues:
    """The port's words are not said again where nothing is to be added."""

    _door: Door
    name: str = "gitlab"
    _saying: asyncio.Lock = field(factory=asyncio.Lock)

    def key_of(self, text: str) -> str:
        """``456``, ``#456``, ``GL-456``, ``group/name#456`` or the issue's address."""
        number = number_at(self._door.place, "GL", ("-/issues", "-/work_items", "issues"), text)
        return f"GL-{number}" if number else ""

    async def get(self, key: str) -> Issue | Trouble:
        """See the port. The newest hundred notes are told, without those of GitLab itself."""
        me = await self._door.account()
        item = me if isinstance(me, Trouble) else await self._door.json("GET", _path(key))
        notes = item if isinstance(item, Trouble) else await self._door.json("GET", _notes(key, 1))
        if isinstance(me, Trouble) or isinstance(item, Trouble) or isinstance(notes, Trouble):
            return next(each for each in (me, item, notes) if isinstance(each, Trouble))
        try:
            found, author = read.issue(item), int(item["author"]["id"])
            said = [each for each in reversed(notes) if not each["system"]]
            comments = [(read.comment(each, found.url, me[0]), int(each["author"]["id"])) for each in said]
        except ODD as error:
            return self._door.unreadable(error)
        people = await self._door.people({author, *(number for _, number in comments)})
        if isinstance(people, Trouble):
            return people
        judged = [evolve(each, may_push=people[number].may_push, bot=people[number].bot) for each, number in comments]
        return evolve(found, may_push=people[author].may_push, comments=tuple(judged))

    async def waiting(self, label: str = "", assignee: str = "", most: int = 50) -> tuple[Issue, ...] | Trouble:
        """See the port."""
        who = await self._door.account(assignee)
        if isinstance(who, Trouble):
            return who
        wanted = {"labels": label, "assignee_username": who[1]}
        query = {"state": "opened", "order_by": "created_at", "sort": "asc", "per_page": min(most, _PAGE)}
        given = {name: value for name, value in wanted.items() if value}
        items = await self._door.json("GET", f"/issues?{urlencode({**query, **given})}")
        if isinstance(items, Trouble):
            return items
        try:
            found = [(read.issue(each), int(each["author"]["id"])) for each in items]
        except ODD as error:
            return self._door.unreadable(error)
        # A comma in a label's name would have asked for two labels.
        fits = [each for each in found if not label or label in each[0].labels][:most]
        people = await self._door.people({number for _, number in fits})
        if isinstance(people, Trouble):
            return people
        return tuple(evolve(each, may_push=people[number].may_push) for each, number in fits)

    async def comment(self, issue: Issue, text: str, key: str) -> Trouble | None:
        """See the port: the key is in the note where nobody sees it, and looked for first in our own."""
        async with self._saying:
            said = await self._said(issue, key)
            if said:
                return trouble_in(said)
            body = {"body": marked(inert(text), key)}
            return trouble_in(await self._door.send("POST", f"{_path(issue.key)}/notes", body))

    async def move(self, issue: Issue, stage: Stage, state: str = "") -> Trouble | None:
        """See the port. Issues are open or closed, so there is no other stage to move to."""
        if stage in ("started", "review"):
            return None
        item = await self._door.json("GET", _path(issue.key))
        if isinstance(item, Trouble):
            return item
        try:
            now = read.issue(item).stage
        except ODD as error:
            return self._door.unreadable(error)
        # There is one way to be closed.
        seen: Stage = "done" if issue.stage == "canceled" else issue.stage
        if not moves(seen, now, stage):
            return None
        change = {"state_event": "reopen" if stage == "open" else "close"}
        return trouble_in(await self._door.send("PUT", _path(issue.key), change))

    async def claim(self, issue: Issue, label: str = "", assignee: str = "") -> Trouble | None:
        """See the port. A label that the project has not is made by GitLab."""
        return await self._claim(issue, label, assignee, add=True)

    async def release(self, issue: Issue, label: str = "", assignee: str = "") -> Trouble | None:
        """See the port."""
        return await self._claim(issue, label, assignee, add=False)

    async def _claim(self, issue: Issue, label: str, assignee: str, *, add: bool) -> Trouble | None:
        who = await self._door.account(assignee)
        item = who if isinstance(who, Trouble) else await self._door.json("GET", _path(issue.key))
        if isinstance(who, Trouble) or isinstance(item, Trouble):
            return who if isinstance(who, Trouble) else item
        change: dict[str, Any] = {}
        try:
            # Assignees are given as a whole: those that others have set stay, and stand first.
            others = [int(each["id"]) for each in item["assignees"] if each["id"] != who[0]]
            if who[0] and add != (len(others) < len(item["assignees"])):
                change["assignee_ids"] = [*others, who[0]] if add else (others or [0])
            if label and add != (label in item["labels"]):
                change["add_labels" if add else "remove_labels"] = label
        except ODD as error:
            return self._door.unreadable(error)
        if not change:
            return None
        answer = await self._door.json("PUT", _path(issue.key), change)
        if isinstance(answer, Trouble):
            return answer
        try:
            given = who[0] in [each["id"] for each in answer["assignees"]]
        except ODD as error:
            return self._door.unreadable(error)
        if add and who[0] and not given:
            # The issue has somebody else, and one assignee only; or the account is no member.
            return Trouble("denied", f"{issue.key}: {title(who[1])} was not made its assignee")
        return None

    async def _said(self, issue: Issue, key: str) -> bool | Trouble:
        """Was it said already, with our account? Anybody can write a key down."""
        me = await self._door.account()
        if isinstance(me, Trouble):
            return me
        for page in range(1, _PAGES + 1):
            notes = await self._door.json("GET", _notes(issue.key, page))
            if isinstance(notes, Trouble):
                return notes
            try:
                if any(each["author"]["id"] == me[0] and has_mark(each["body"], key) for each in notes):
                    return True
            except ODD as error:
                return self._door.unreadable(error)
            if len(notes) < _PAGE:
                break
        return False


def _path(key: str) -> str:
    return f"/issues/{number_of(key)}"


def _notes(key: str, page: int) -> str:
    newest = {"sort": "desc", "order_by": "created_at", "per_page": _PAGE, "page": page}
    return f"{_path(key)}/notes?{urlencode(newest)}"
