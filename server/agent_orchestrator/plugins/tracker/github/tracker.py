"""The issues of one repository of GitHub."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from attrs import define, evolve, field

from agent_orchestrator.formats.json_text import mapping
from agent_orchestrator.model.external.text import title
from agent_orchestrator.model.issue import Issue, Stage
from agent_orchestrator.net.answers import Answer, Trouble
from agent_orchestrator.net.client import HttpClient, Request
from agent_orchestrator.plugins.tracker.github import read
from agent_orchestrator.plugins.tracker.github.documents import ISSUE, SAID, VIEWER
from agent_orchestrator.plugins.tracker.naming import number_at
from agent_orchestrator.plugins.tracker.rules import ME, ODD, Kept, is_marked, marked, moves
from agent_orchestrator.plugins.tracker.services import GitHub, credentials
from agent_orchestrator.ports.scm import Place
from agent_orchestrator.ports.tracker import Tracker

#: Issues on a page of the list, and pages that are read: pull requests are among them.
_PAGE, _PAGES = 100, 5
#: Pages of comments that are looked through for one of ours.
_SAID_PAGES = 10
#: Permissions that let somebody change the repository. "The permission value": maintain is told as write, too.
_MAY_PUSH = ("admin", "maintain", "write")
_REASONS: Mapping[Stage, str] = {"done": "completed", "canceled": "not_planned"}


def make(place: Place | None, http: HttpClient, env: Mapping[str, str], **settings: str) -> Tracker:
    """The tracker of a repository's place. Raises ValueError where there is none."""
    if place is None:
        raise ValueError("the github tracker needs a repository with a remote at GitHub")
    return GitHubIssues(place, http, env)


@define(eq=False)
class GitHubIssues:
    """``env`` is the person's environment, in which the token is found."""

    place: Place
    http: HttpClient = field(repr=False)
    env: Mapping[str, str] = field(repr=False)
    name: str = "github"
    _github: GitHub | None = None
    _login: str = ""
    _rights: Kept[bool] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._rights = Kept(self.http.now)

    def key_of(self, text: str) -> str:
        """See the port: ``456``, ``#456``, ``GH-456``, ``owner/name#456`` or the issue's address."""
        number = number_at(self.place, "GH", ("issues",), text)
        return f"GH-{number}" if number else ""

    async def get(self, key: str) -> Issue | Trouble:
        """See the port. The newest hundred comments are told."""
        asked = await self._ask(ISSUE, key, partly=True)
        if isinstance(asked, Trouble):
            return asked
        try:
            self._login = asked["viewer"]["login"]
            node = asked["repository"]["issue"]
            found = read.issue(node)
            people = {read.author(each) for each in (node["author"], *_authors(node))}
        except ODD as error:
            return self._unreadable(error)
        may = {login: await self._may_push(login, bot=bot) for login, bot in sorted(people)}
        comments = tuple(evolve(each, may_push=may[each.author] and not each.bot) for each in found.comments)
        return evolve(found, may_push=may[found.author], comments=comments)

    async def waiting(self, label: str = "", assignee: str = "", most: int = 50) -> tuple[Issue, ...] | Trouble:
        """See the port. A list that is as it was costs nothing."""
        who = await self._who(assignee)
        if isinstance(who, Trouble):
            return who
        wanted = {"labels": label, "assignee": who}
        query = {"state": "open", "sort": "created", "direction": "asc", **{k: v for k, v in wanted.items() if v}}
        found: list[Issue] = []
        bots: set[str] = set()
        for page in range(1, _PAGES + 1):
            listed = await self._send("GET", f"/issues?{urlencode({**query, 'per_page': _PAGE, 'page': page})}")
            if isinstance(listed, Trouble):
                return listed
            try:
                items = listed.json()
                bots |= {login for login, bot in (read.author(each["user"]) for each in items) if bot}
                found += [read.listed(each) for each in items if "pull_request" not in each]
            except ODD as error:
                return self._unreadable(error)
            if len(found) >= most or len(items) < _PAGE:
                break
        # A comma in a label's name would have asked for two labels.
        fits = [each for each in found if not label or label.casefold() in map(str.casefold, each.labels)][:most]
        may = {login: await self._may_push(login, bot=login in bots) for login in sorted({i.author for i in fits})}
        return tuple(evolve(each, may_push=may[each.author]) for each in fits)

    async def comment(self, issue: Issue, text: str, key: str) -> Trouble | None:
        """See the port: the key is in the comment where nobody sees it, and looked for first in our own."""
        said = await self._said(issue, key)
        if said:
            return said if isinstance(said, Trouble) else None
        done = await self._send("POST", f"{_path(issue)}/comments", {"body": marked(text, key)})
        return done if isinstance(done, Trouble) else None

    async def move(self, issue: Issue, stage: Stage) -> Trouble | None:
        """See the port. Issues are open or closed, so there is no other stage to move to."""
        if stage in ("started", "review"):
            return None
        now = await self._item(issue)
        if isinstance(now, Trouble):
            return now
        if not moves(issue.stage, now.stage, stage):
            return None
        closed = {"state": "closed", "state_reason": _REASONS.get(stage, "completed")}
        done = await self._send("PATCH", _path(issue), {"state": "open"} if stage == "open" else closed)
        return done if isinstance(done, Trouble) else None

    async def claim(self, issue: Issue, label: str = "", assignee: str = "") -> Trouble | None:
        """See the port. A label that the repository has not is made by GitHub."""
        who = await self._who(assignee)
        now = who if isinstance(who, Trouble) else await self._item(issue)
        if isinstance(who, Trouble) or isinstance(now, Trouble):
            return now if isinstance(now, Trouble) else None
        if who and not _among(who, now.assignees):
            given = await self._send("POST", f"{_path(issue)}/assignees", {"assignees": [who]})
            now = self._read(given)
            if isinstance(now, Trouble):
                return now
            if not _among(who, now.assignees):
                return Trouble(
                    "denied", f"{issue.key}: {title(who)} can not be assigned to issues of {self.place.path}"
                )
        if label and not _among(label, now.labels):
            done = await self._send("POST", f"{_path(issue)}/labels", {"labels": [label]})
            return done if isinstance(done, Trouble) else None
        return None

    async def release(self, issue: Issue, label: str = "", assignee: str = "") -> Trouble | None:
        """See the port."""
        who = await self._who(assignee)
        now = who if isinstance(who, Trouble) else await self._item(issue)
        if isinstance(who, Trouble) or isinstance(now, Trouble):
            return now if isinstance(now, Trouble) else None
        if who and _among(who, now.assignees):
            done = await self._send("DELETE", f"{_path(issue)}/assignees", {"assignees": [who]})
            if isinstance(done, Trouble):
                return done
        if label and _among(label, now.labels):
            done = await self._send("DELETE", f"{_path(issue)}/labels/{quote(label, safe='')}")
            # Somebody else was faster.
            return done if isinstance(done, Trouble) and done.kind != "missing" else None
        return None

    async def _said(self, issue: Issue, key: str) -> bool | Trouble:
        """Was it said already, with our account? Anybody can write a key down."""
        before = None
        for _ in range(_SAID_PAGES):
            asked = await self._ask(SAID, issue.key, before=before)
            if isinstance(asked, Trouble):
                return asked
            try:
                page = asked["repository"]["issue"]["comments"]
                if any(each["viewerDidAuthor"] and is_marked(each["body"], key) for each in page["nodes"]):
                    return True
                if not page["pageInfo"]["hasPreviousPage"]:
                    return False
                before = page["pageInfo"]["startCursor"]
            except ODD as error:
                # What can not be read could be the very comment.
                return self._unreadable(error)
        return False

    async def _may_push(self, login: str, *, bot: bool) -> bool:
        """What GitHub says of somebody's right to change the repository; not found out is no."""
        if bot or login == read.GHOST:
            return False

        async def ask() -> bool | Trouble:
            found = await self._send("GET", f"/collaborators/{quote(login, safe='')}/permission")
            if isinstance(found, Trouble):
                # Whoever may not ask, and who is nobody, stays so for a while.
                return False if found.kind in ("denied", "missing") else found
            try:
                return found.json()["permission"] in _MAY_PUSH
            except ODD as error:
                return self._unreadable(error)

        return await self._rights.get(login, ask) is True

    async def _who(self, assignee: str) -> str | Trouble:
        if assignee != ME or self._login:
            return self._login if assignee == ME else assignee
        github = await self._connected()
        asked = github if isinstance(github, Trouble) else await github.ask(VIEWER, {})
        if isinstance(asked, Trouble):
            return asked
        try:
            self._login = str(asked.data["viewer"]["login"])
        except ODD as error:
            return self._unreadable(error)
        return self._login

    async def _item(self, issue: Issue) -> Issue | Trouble:
        """The issue as it is now, without comments."""
        return self._read(await self._send("GET", _path(issue)))

    def _read(self, answer: Answer | Trouble) -> Issue | Trouble:
        if isinstance(answer, Trouble):
            return answer
        try:
            return read.listed(answer.json())
        except ODD as error:
            return self._unreadable(error)

    async def _ask(self, document: str, key: str, *, partly: bool = False, **more: Any) -> Any | Trouble:
        """The data of a document about an issue. ``partly``: what is below the issue may be missing."""
        github = await self._connected()
        if isinstance(github, Trouble):
            return github
        owner, _, name = self.place.path.partition("/")
        number = _number(key)
        asked = await github.ask(document, {"owner": owner, "name": name, "number": number, **more})
        if isinstance(asked, Trouble):
            return asked
        there = mapping(mapping(asked.data.get("repository")).get("issue"))
        if not there or (asked.errors and not partly):
            said = "; ".join(asked.errors.values())[:300]
            return Trouble("unreadable" if there else "missing", f"{key}: {said or 'it is not there'}")
        return asked.data

    async def _send(self, method: str, path: str, body: Any = None) -> Answer | Trouble:
        github = await self._connected()
        if isinstance(github, Trouble):
            return github
        where = f"{github.rest}/repos/{quote(self.place.path, safe='/')}{path}"
        accept = "application/vnd.github+json"
        answer = await self.http.send(Request(method, where, github.credential, body, accept=accept))
        if isinstance(answer, Trouble) and answer.status == 401:
            self._github = None  # It may have been renewed: the next request looks for it again.
        return answer

    async def _connected(self) -> GitHub | Trouble:
        if self._github is None:
            host = urlsplit(self.place.server).netloc
            found = await credentials.github(host, self.env)
            if found is None:
                return Trouble("denied", f"there is no token for {host}: sign in with gh auth login, or set GH_TOKEN")
            self._github = GitHub(self.http, found, host)
        return self._github

    def _unreadable(self, error: Exception) -> Trouble:
        return Trouble("unreadable", f"{self.place.server}: {title(str(error))} ({type(error).__name__})")


def _authors(node: Mapping[str, Any]) -> list[Any]:
    return [each["author"] for each in node["comments"]["nodes"] if each is not None]


def _among(name: str, names: tuple[str, ...]) -> bool:
    return name.casefold() in map(str.casefold, names)


def _number(key: str) -> int:
    number = key.rpartition("-")[2]
    return int(number) if number.isdigit() else 0


def _path(issue: Issue) -> str:
    return f"/issues/{_number(issue.key)}"
