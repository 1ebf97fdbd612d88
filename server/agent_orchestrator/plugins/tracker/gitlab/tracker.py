"""The issues of one project of GitLab."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from attrs import define, evolve, field

from agent_orchestrator.model.external.text import title
from agent_orchestrator.model.issue import Issue, Stage
from agent_orchestrator.net.answers import Answer, Trouble
from agent_orchestrator.net.client import HttpClient, Request
from agent_orchestrator.net.credential import Credential
from agent_orchestrator.plugins.tracker.gitlab import read
from agent_orchestrator.plugins.tracker.naming import number_at
from agent_orchestrator.plugins.tracker.rules import ME, ODD, Kept, is_marked, marked, moves
from agent_orchestrator.plugins.tracker.services import credentials
from agent_orchestrator.ports.scm import Place
from agent_orchestrator.ports.tracker import Tracker

#: Notes on a page, the most that GitLab gives, and pages that are looked through for one of ours.
_PAGE, _PAGES = 100, 10
#: The access level from which somebody may push: Developer ("Members API").
_DEVELOPER = 30


def make(place: Place | None, http: HttpClient, env: Mapping[str, str], **settings: str) -> Tracker:
    """The tracker of a project's place. Raises ValueError where there is none."""
    if place is None:
        raise ValueError("the gitlab tracker needs a repository with a remote at GitLab")
    return GitLabIssues(place, http, env)


@define(eq=False)
class GitLabIssues:
    """``env`` is the person's environment, in which the token is found."""

    place: Place
    http: HttpClient = field(repr=False)
    env: Mapping[str, str] = field(repr=False)
    name: str = "gitlab"
    _credential: Credential | None = None
    #: Our own account: its number and name.
    _me: tuple[int, str] | None = None
    _people: Kept[tuple[bool, bool]] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._people = Kept(self.http.now)

    def key_of(self, text: str) -> str:
        """See the port: ``456``, ``#456``, ``GL-456``, ``group/name#456`` or the issue's address."""
        number = number_at(self.place, "GL", ("-/issues", "-/work_items", "issues"), text)
        return f"GL-{number}" if number else ""

    async def get(self, key: str) -> Issue | Trouble:
        """See the port. The newest hundred notes are told, without those of GitLab itself."""
        me = await self._account()
        item = me if isinstance(me, Trouble) else await self._json("GET", self._path(key))
        notes = item if isinstance(item, Trouble) else await self._json("GET", self._notes(key, 1))
        if isinstance(me, Trouble) or isinstance(item, Trouble) or isinstance(notes, Trouble):
            return next(each for each in (me, item, notes) if isinstance(each, Trouble))
        try:
            found = read.issue(item)
            said = [each for each in reversed(notes) if not each["system"]]
            comments = [read.comment(each, found.url, me[0]) for each in said]
            numbers = {int(each["author"]["id"]) for each in (item, *said)}
        except ODD as error:
            return self._unreadable(error)
        people = {number: await self._person(number) for number in sorted(numbers)}
        judged = []
        for each, note in zip(comments, said, strict=True):
            may_push, bot = people[int(note["author"]["id"])]
            judged.append(evolve(each, may_push=may_push, bot=bot))
        return evolve(found, may_push=people[int(item["author"]["id"])][0], comments=tuple(judged))

    async def waiting(self, label: str = "", assignee: str = "", most: int = 50) -> tuple[Issue, ...] | Trouble:
        """See the port."""
        me = await self._who(assignee)
        if isinstance(me, Trouble):
            return me
        wanted = {"labels": label, "assignee_username": me[1]}
        query = {"state": "opened", "order_by": "created_at", "sort": "asc", "per_page": min(most, _PAGE)}
        given = {name: value for name, value in wanted.items() if value}
        items = await self._json("GET", f"/issues?{urlencode({**query, **given})}")
        if isinstance(items, Trouble):
            return items
        try:
            found = [(read.issue(each), int(each["author"]["id"])) for each in items]
        except ODD as error:
            return self._unreadable(error)
        # A comma in a label's name would have asked for two labels.
        fits = [each for each in found if not label or label in each[0].labels][:most]
        people = {number: await self._person(number) for number in sorted({number for _, number in fits})}
        return tuple(evolve(each, may_push=people[number][0]) for each, number in fits)

    async def comment(self, issue: Issue, text: str, key: str) -> Trouble | None:
        """See the port: the key is in the note where nobody sees it, and looked for first in our own."""
        said = await self._said(issue, key)
        if said:
            return said if isinstance(said, Trouble) else None
        body = {"body": marked(read.no_commands(text), key)}
        done = await self._send("POST", f"{self._path(issue.key)}/notes", body)
        return done if isinstance(done, Trouble) else None

    async def move(self, issue: Issue, stage: Stage) -> Trouble | None:
        """See the port. Issues are open or closed, so there is no other stage to move to."""
        if stage in ("started", "review"):
            return None
        item = await self._json("GET", self._path(issue.key))
        if isinstance(item, Trouble):
            return item
        try:
            now = read.issue(item).stage
        except ODD as error:
            return self._unreadable(error)
        # There is one way to be closed.
        seen: Stage = "done" if issue.stage == "canceled" else issue.stage
        if not moves(seen, now, stage):
            return None
        return await self._change(issue, {"state_event": "reopen" if stage == "open" else "close"})

    async def claim(self, issue: Issue, label: str = "", assignee: str = "") -> Trouble | None:
        """See the port. A label that the project has not is made by GitLab."""
        return await self._claim(issue, label, assignee, add=True)

    async def release(self, issue: Issue, label: str = "", assignee: str = "") -> Trouble | None:
        """See the port."""
        return await self._claim(issue, label, assignee, add=False)

    async def _claim(self, issue: Issue, label: str, assignee: str, *, add: bool) -> Trouble | None:
        who = await self._who(assignee)
        item = who if isinstance(who, Trouble) else await self._json("GET", self._path(issue.key))
        if isinstance(who, Trouble) or isinstance(item, Trouble):
            return who if isinstance(who, Trouble) else item
        change: dict[str, Any] = {}
        try:
            # Assignees are given as a whole: those that others have set stay.
            others = [int(each["id"]) for each in item["assignees"] if each["id"] != who[0]]
            if who[0] and add != (len(others) < len(item["assignees"])):
                change["assignee_ids"] = [*others, who[0]] if add else (others or [0])
            if label and add != (label in item["labels"]):
                change["add_labels" if add else "remove_labels"] = label
        except ODD as error:
            return self._unreadable(error)
        if not change:
            return None
        answer = await self._json("PUT", self._path(issue.key), change)
        if isinstance(answer, Trouble):
            return answer
        try:
            given = who[0] in [each["id"] for each in answer["assignees"]]
        except ODD as error:
            return self._unreadable(error)
        if add and who[0] and not given:
            # Where an issue has one assignee only, or the account is no member.
            return Trouble("denied", f"{issue.key}: {title(who[1])} was not made its assignee by {self.place.server}")
        return None

    async def _change(self, issue: Issue, change: Mapping[str, Any]) -> Trouble | None:
        done = await self._send("PUT", self._path(issue.key), change)
        return done if isinstance(done, Trouble) else None

    async def _said(self, issue: Issue, key: str) -> bool | Trouble:
        """Was it said already, with our account? Anybody can write a key down."""
        me = await self._account()
        if isinstance(me, Trouble):
            return me
        for page in range(1, _PAGES + 1):
            notes = await self._json("GET", self._notes(issue.key, page))
            if isinstance(notes, Trouble):
                return notes
            try:
                if any(each["author"]["id"] == me[0] and is_marked(each["body"], key) for each in notes):
                    return True
            except ODD as error:
                return self._unreadable(error)
            if len(notes) < _PAGE:
                break
        return False

    async def _person(self, number: int) -> tuple[bool, bool]:
        """(may they push, are they a bot?) by an account's number; not found out is no."""

        async def ask() -> tuple[bool, bool] | Trouble:
            account = await self._json("GET", f"{self._server}/users/{number}")
            member = await self._json("GET", f"/members/all/{number}")
            if isinstance(account, Trouble) or isinstance(member, Trouble):
                fault = account if isinstance(account, Trouble) else member
                outside = fault.kind in ("missing", "denied")
                return (False, not isinstance(account, Trouble) and account.get("bot") is True) if outside else fault
            try:
                bot = account.get("bot") is True
                return member["access_level"] >= _DEVELOPER and not bot, bot
            except ODD as error:
                return self._unreadable(error)

        found = await self._people.get(str(number), ask)
        return (False, False) if isinstance(found, Trouble) else found

    async def _who(self, assignee: str) -> tuple[int, str] | Trouble:
        """The account of a name; a number of 0: nobody is named."""
        if not assignee:
            return 0, ""
        if assignee == ME:
            return await self._account()
        found = await self._json("GET", f"{self._server}/users?{urlencode({'username': assignee})}")
        if isinstance(found, Trouble):
            return found
        try:
            return next((int(each["id"]), str(each["username"])) for each in found)
        except StopIteration:
            return Trouble("missing", f"{self.place.server} has no account {title(assignee)}")
        except ODD as error:
            return self._unreadable(error)

    async def _account(self) -> tuple[int, str] | Trouble:
        if self._me is None:
            found = await self._json("GET", f"{self._server}/user")
            if isinstance(found, Trouble):
                return found
            try:
                self._me = int(found["id"]), str(found["username"])
            except ODD as error:
                return self._unreadable(error)
        return self._me

    @property
    def _server(self) -> str:
        return f"{self.place.server.rstrip('/')}/api/v4"

    def _path(self, key: str) -> str:
        number = key.rpartition("-")[2]
        return f"/issues/{int(number) if number.isdigit() else 0}"

    def _notes(self, key: str, page: int) -> str:
        newest = {"sort": "desc", "order_by": "created_at", "per_page": _PAGE, "page": page}
        return f"{self._path(key)}/notes?{urlencode(newest)}"

    async def _json(self, method: str, path: str, body: Any = None) -> Any | Trouble:
        answer = await self._send(method, path, body)
        if isinstance(answer, Trouble):
            return answer
        try:
            return answer.json()
        except ValueError as error:
            return self._unreadable(error)

    async def _send(self, method: str, path: str, body: Any = None) -> Answer | Trouble:
        """Send a request to a path of the project, or to a whole address."""
        if self._credential is None:
            host = urlsplit(self.place.server).netloc
            self._credential = await credentials.gitlab(host, self.env)
            if self._credential is None:
                return Trouble("denied", f"there is no token for {host}: sign in with glab, or set GITLAB_TOKEN")
        project = f"{self._server}/projects/{quote(self.place.path, safe='')}"
        where = path if path.startswith(self._server) else f"{project}{path}"
        answer = await self.http.send(Request(method, where, self._credential, body))
        if isinstance(answer, Trouble) and answer.status == 401:
            self._credential = None  # It may have been renewed: the next request looks for it again.
        return answer

    def _unreadable(self, error: Exception) -> Trouble:
        return Trouble("unreadable", f"{self.place.server}: {title(str(error))} ({type(error).__name__})")
