"""The issues of one repository of GitHub."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from urllib.parse import quote, urlencode

from attrs import define, evolve, field

from agent_orchestrator.model.external.text import title
from agent_orchestrator.model.forge import ForgeApp
from agent_orchestrator.model.issue import Issue, Stage
from agent_orchestrator.net.answers import ODD, Answer, Trouble, trouble_in
from agent_orchestrator.net.client import HttpClient
from agent_orchestrator.plugins.services.marks import has_mark, marked
from agent_orchestrator.plugins.tracker.github import read
from agent_orchestrator.plugins.tracker.github.documents import ISSUE, SAID
from agent_orchestrator.plugins.tracker.github.door import Door
from agent_orchestrator.plugins.tracker.naming import number_at, number_of
from agent_orchestrator.plugins.tracker.rules import moves
from agent_orchestrator.ports.scm import Place
from agent_orchestrator.ports.tracker import Tracker

#: Issues on a page of the list, and pages that are read: pull requests are among them.
_PAGE, _PAGES = 100, 5
#: Pages of comments that are looked through for one of ours.
_SAID_PAGES = 10
_REASONS: Mapping[Stage, str] = {"done": "completed", "canceled": "not_planned"}


def make(
    place: Place | None, http: HttpClient, env: Mapping[str, str], app: ForgeApp | None = None, **settings: str
) -> Tracker:
    """The tracker of a repository's place. Raises ValueError where there is none."""
    if place is None:
        raise ValueError("the github tracker needs a repository with a remote at GitHub")
    return GitHubIssues(Door(place, http, env, app))


@define(eq=False)
class GitHubIssues:
    """The port's words are not said again where nothing is to be added."""

    _door: Door
    name: str = "github"
    _saying: asyncio.Lock = field(factory=asyncio.Lock)

    def key_of(self, text: str) -> str:
        """``456``, ``#456``, ``GH-456``, ``owner/name#456`` or the issue's address."""
        number = number_at(self._door.place, "GH", ("issues",), text)
        return f"GH-{number}" if number else ""

    async def get(self, key: str) -> Issue | Trouble:
        """See the port. The newest hundred comments are told."""
        asked = await self._door.ask(ISSUE, number_of(key), partly=True)
        if isinstance(asked, Trouble):
            return asked
        try:
            self._door.login = str(asked["viewer"]["login"])
            node = asked["repository"]["issue"]
            found = read.issue(node)
            author = read.author(node["author"])
        except ODD as error:
            return self._door.unreadable(error)
        if found.key != key:
            return _gone(key, found)
        may = await self._door.may_push({author, *((said.author, said.bot) for said in found.comments)})
        if isinstance(may, Trouble):
            return may
        comments = tuple(evolve(each, may_push=may[each.author, each.bot]) for each in found.comments)
        return evolve(found, may_push=may[author], comments=comments)

    async def waiting(self, label: str = "", assignee: str = "", most: int = 50) -> tuple[Issue, ...] | Trouble:
        """See the port. A list that is as it was costs nothing."""
        who = await self._door.account(assignee)
        if isinstance(who, Trouble):
            return who
        wanted = {"labels": label, "assignee": who}
        query = {"state": "open", "sort": "created", "direction": "asc", **{k: v for k, v in wanted.items() if v}}
        found: list[tuple[Issue, tuple[str, bool]]] = []
        for page in range(1, _PAGES + 1):
            listed = await self._door.send("GET", f"/issues?{urlencode({**query, 'per_page': _PAGE, 'page': page})}")
            if isinstance(listed, Trouble):
                return listed
            try:
                items = listed.json()
                issues = [each for each in items if "pull_request" not in each]
                found += [(read.listed(each), read.author(each["user"])) for each in issues]
            except ODD as error:
                return self._door.unreadable(error)
            if len(found) >= most or len(items) < _PAGE:
                break
        # A comma in a label's name would have asked for two labels.
        fits = [each for each in found if not label or _among(label, each[0].labels)][:most]
        may = await self._door.may_push({author for _, author in fits})
        if isinstance(may, Trouble):
            return may
        return tuple(evolve(each, may_push=may[author]) for each, author in fits)

    async def comment(self, issue: Issue, text: str, key: str) -> Trouble | None:
        """See the port: the key is in the comment where nobody sees it, and looked for first in our own."""
        async with self._saying:
            said = await self._said(issue, key)
            if said:
                return trouble_in(said)
            return trouble_in(await self._door.send("POST", f"{_path(issue)}/comments", {"body": marked(text, key)}))

    async def move(self, issue: Issue, stage: Stage, state: str = "") -> Trouble | None:
        """See the port. Issues are open or closed, so there is no other stage to move to."""
        if stage in ("started", "review"):
            return None
        now = await self._now(issue)
        if isinstance(now, Trouble):
            return now
        if not moves(issue.stage, now.stage, stage):
            return None
        closed = {"state": "closed", "state_reason": _REASONS.get(stage, "completed")}
        change = {"state": "open"} if stage == "open" else closed
        return trouble_in(await self._door.send("PATCH", _path(issue), change))

    async def claim(self, issue: Issue, label: str = "", assignee: str = "") -> Trouble | None:
        """See the port. A label that the repository has not is made by GitHub."""
        who = await self._door.account(assignee)
        now = who if isinstance(who, Trouble) else await self._now(issue)
        if isinstance(who, Trouble) or isinstance(now, Trouble):
            return trouble_in(now)
        if who and not _among(who, now.assignees):
            now = self._read(issue, await self._door.send("POST", f"{_path(issue)}/assignees", {"assignees": [who]}))
            if isinstance(now, Trouble):
                return now
            if not _among(who, now.assignees):
                # They are passed over in silence.
                return Trouble("denied", f"{issue.key}: {title(who)} can not be assigned to issues of this repository")
        if label and not _among(label, now.labels):
            return trouble_in(await self._door.send("POST", f"{_path(issue)}/labels", {"labels": [label]}))
        return None

    async def release(self, issue: Issue, label: str = "", assignee: str = "") -> Trouble | None:
        """See the port."""
        who = await self._door.account(assignee)
        now = who if isinstance(who, Trouble) else await self._now(issue)
        if isinstance(who, Trouble) or isinstance(now, Trouble):
            return trouble_in(now)
        if who and _among(who, now.assignees):
            done = await self._door.send("DELETE", f"{_path(issue)}/assignees", {"assignees": [who]})
            if isinstance(done, Trouble):
                return done
        if label and _among(label, now.labels):
            done = await self._door.send("DELETE", f"{_path(issue)}/labels/{quote(label, safe='')}")
            # Missing: somebody else was faster.
            return done if isinstance(done, Trouble) and done.kind != "missing" else None
        return None

    async def _said(self, issue: Issue, key: str) -> bool | Trouble:
        """Was it said already, with our account? Anybody can write a key down."""
        before = None
        for _ in range(_SAID_PAGES):
            asked = await self._door.ask(SAID, number_of(issue.key), before=before)
            if isinstance(asked, Trouble):
                return asked
            try:
                page = asked["repository"]["issue"]["comments"]
                if any(each["viewerDidAuthor"] and has_mark(each["body"], key) for each in page["nodes"]):
                    return True
                if not page["pageInfo"]["hasPreviousPage"]:
                    return False
                before = page["pageInfo"]["startCursor"]
            except ODD as error:
                # What can not be read could be the very comment.
                return self._door.unreadable(error)
        return False

    async def _now(self, issue: Issue) -> Issue | Trouble:
        """The issue as it is now, without comments."""
        return self._read(issue, await self._door.send("GET", _path(issue)))

    def _read(self, issue: Issue, answer: Answer | Trouble) -> Issue | Trouble:
        if isinstance(answer, Trouble):
            return answer
        try:
            found = read.listed(answer.json())
        except ODD as error:
            return self._door.unreadable(error)
        # One that was transferred is followed to another repository, where nothing is ours.
        return found if found.key == issue.key else _gone(issue.key, found)


def _gone(key: str, found: Issue) -> Trouble:
    return Trouble("gone", f"{key} was transferred: it is {title(found.url)} now")


def _among(name: str, names: tuple[str, ...]) -> bool:
    return name.casefold() in map(str.casefold, names)


def _path(issue: Issue) -> str:
    return f"/issues/{number_of(issue.key)}"
