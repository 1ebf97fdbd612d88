"""The issues of one team of Linear."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Any

from attrs import define, field

from agent_orchestrator.formats.json_text import mapping
from agent_orchestrator.model.external.text import title
from agent_orchestrator.model.issue import Issue, Stage
from agent_orchestrator.net.answers import ODD, Trouble, unreadable
from agent_orchestrator.net.client import HttpClient, Request
from agent_orchestrator.plugins.services import credentials
from agent_orchestrator.plugins.services.address import address
from agent_orchestrator.plugins.services.graphql import nodes
from agent_orchestrator.plugins.services.marks import bounded
from agent_orchestrator.plugins.tracker.linear import documents, read
from agent_orchestrator.plugins.tracker.naming import parts_of
from agent_orchestrator.plugins.tracker.rules import ME, moves
from agent_orchestrator.ports.scm import Place
from agent_orchestrator.ports.tracker import Tracker

#: Where the interface is, and where people read.
API, WEB = "https://api.linear.app/graphql", "linear.app"
#: Pages of open issues that are looked through for the oldest: Linear gives the newest first.
_PAGES = 10
_TEAM = re.compile(r"[A-Z][A-Z0-9_]{0,15}")
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")
#: Makes of a comment's key its id.
_COMMENTS = uuid.UUID("8a3d6c1e-5f0b-5a4e-9d43-0f6f6a2f1c77")


def make(place: Place | None, http: HttpClient, env: Mapping[str, str], **settings: str) -> Tracker:
    """The tracker of a team: ``team`` is its key. ``api`` is the interface's address. Raises ValueError without a team.

    The repository's ``place`` does not matter.
    """
    team = settings.get("team", "").strip().upper()
    if not _TEAM.fullmatch(team):
        raise ValueError("the linear tracker needs a team: the letters before the number of its issues")
    return LinearIssues(team, http, env, api=settings.get("api") or API)


@define(eq=False)
class LinearIssues:
    """``env`` is the person's environment, in which the key is found."""

    team: str
    http: HttpClient = field(repr=False)
    env: Mapping[str, str] = field(repr=False)
    api: str = API
    name: str = "linear"
    _me: str = ""

    def key_of(self, text: str) -> str:
        """See the port: ``TEAM-12`` in either case, or the issue's address. A bare number names no team."""
        word = text.strip()
        if "://" in word:
            found = parts_of(word)
            steps = found[1].split("/") if found and found[0] == WEB else []
            word = steps[3] if len(steps) > 3 and steps[2] == "issue" else ""
        team, _, number = word.rpartition("-")
        return f"{self.team}-{number}" if team.upper() == self.team and _NUMBER.fullmatch(number) else ""

    async def get(self, key: str) -> Issue | Trouble:
        """See the port. The newest hundred comments are told."""
        data = await self._ask(documents.ISSUE, {"id": key}, partly=True)
        if isinstance(data, Trouble):
            return data
        try:
            found = read.issue(data["issue"])
        except ODD as error:
            return unreadable("Linear", error)
        if not self.key_of(found.key):
            return Trouble("missing", f"{key} is {title(found.key)} now, of another team")
        return found

    async def waiting(self, label: str = "", assignee: str = "", most: int = 50) -> tuple[Issue, ...] | Trouble:
        """See the port. An assignee is known by the name that Linear displays."""
        wanted: dict[str, Any] = {
            "team": {"key": {"eq": self.team}},
            "state": {"type": {"nin": ["completed", "canceled", "duplicate"]}},
        }
        if label:
            wanted["labels"] = {"some": {"name": {"eqIgnoreCase": label}}}
        if assignee:
            mine = {"isMe": {"eq": True}}
            wanted["assignee"] = mine if assignee == ME else {"displayName": {"eqIgnoreCase": assignee}}
        found: list[tuple[str, Issue]] = []
        after = None
        for _ in range(_PAGES):
            data = await self._ask(documents.WAITING, {"filter": wanted, "after": after})
            if isinstance(data, Trouble):
                return data
            try:
                page = data["issues"]
                found += [(str(node["createdAt"]), read.issue(node)) for node in page["nodes"]]
                if not page["pageInfo"]["hasNextPage"]:
                    break
                after = page["pageInfo"]["endCursor"]
            except ODD as error:
                return unreadable("Linear", error)
        found.sort(key=lambda pair: (pair[0], int(pair[1].key.rpartition("-")[2])))
        return tuple(issue for _, issue in found[:most])

    async def comment(self, issue: Issue, text: str, key: str) -> Trouble | None:
        """See the port: the comment's id is made of the key, and Linear has each id once."""
        # "The identifier in UUID v4 format": the same for the same key.
        id = str(uuid.UUID(bytes=uuid.uuid5(_COMMENTS, f"{issue.id}/{key}").bytes, version=4))
        done = await self._ask(documents.SAY, {"id": id, "issue": issue.id, "body": bounded(text)})
        if not isinstance(done, Trouble):
            return None if mapping(done.get("commentCreate")).get("success") is True else _refused(issue)
        if done.kind in ("limited", "denied"):
            return done
        # It may have been said, by this request or one before.
        said = await self._ask(documents.SAID, {"id": id})
        return done if isinstance(said, Trouble) else None

    async def move(self, issue: Issue, stage: Stage, state: str = "") -> Trouble | None:
        """See the port. Of several states that are named like a review none is guessed: ``state`` names the one."""
        data = await self._ask(documents.STATES, {"id": issue.id})
        if isinstance(data, Trouble):
            return data
        try:
            now, states = data["issue"]["state"], nodes(data["issue"]["team"]["states"])
            found = read.state_for(stage, states, state)
            # What it leads to need not be what is wanted: a team may have no state for reviews.
            leads_to = stage if found and state else read.stage(found) if found else None
            moved = leads_to is not None and moves(issue.stage, read.stage(now), leads_to) and found["id"] != now["id"]
            change = {"stateId": found["id"]} if moved else {}
        except ODD as error:
            return unreadable("Linear", error)
        if state and not found:
            return Trouble("missing", f"{issue.key}: its team has no state {title(state)} of the type for {stage}")
        return await self._change(issue, change) if change else None

    async def claim(self, issue: Issue, label: str = "", assignee: str = "") -> Trouble | None:
        """See the port. An issue has one assignee, who is not taken from it; a label is made by a person."""
        held = await self._held(issue, label, assignee)
        if isinstance(held, Trouble):
            return held
        who, label_id, holder, labels = held
        change: dict[str, Any] = {}
        if who and holder and holder[0] != who:
            return Trouble("denied", f"{issue.key} is assigned to {title(holder[1])}")
        if who and not holder:
            change["assigneeId"] = who
        if label_id and label_id not in labels:
            change["addedLabelIds"] = [label_id]
        return await self._change(issue, change) if change else None

    async def release(self, issue: Issue, label: str = "", assignee: str = "") -> Trouble | None:
        """See the port."""
        held = await self._held(issue, label, assignee)
        if isinstance(held, Trouble):
            return held
        who, label_id, holder, labels = held
        change: dict[str, Any] = {}
        if who and holder and holder[0] == who:
            change["assigneeId"] = None
        if label_id in labels:
            change["removedLabelIds"] = [label_id]
        return await self._change(issue, change) if change else None

    async def _held(
        self, issue: Issue, label: str, assignee: str
    ) -> tuple[str, str, tuple[str, str] | None, list[str]] | Trouble:
        """(the assignee's id, the label's id, who has the issue, its labels' ids)."""
        who = await self._who(assignee) if assignee else ""
        label_id = await self._label(label) if label else ""
        data = await self._ask(documents.HELD, {"id": issue.id})
        if isinstance(who, Trouble) or isinstance(label_id, Trouble) or isinstance(data, Trouble):
            return next(each for each in (who, label_id, data) if isinstance(each, Trouble))
        try:
            node = data["issue"]
            holder = (node["assignee"]["id"], node["assignee"]["displayName"]) if node["assignee"] else None
            return who, label_id, holder, [each["id"] for each in nodes(node["labels"])]
        except ODD as error:
            return unreadable("Linear", error)

    async def _label(self, name: str) -> str | Trouble:
        data = await self._ask(documents.LABEL, {"name": name, "team": self.team})
        if isinstance(data, Trouble):
            return data
        try:
            found = [each for each in nodes(data["issueLabels"]) if each["isGroup"] is False]
            found.sort(key=lambda each: each["team"] is None)
            if found:
                return str(found[0]["id"])
        except ODD as error:
            return unreadable("Linear", error)
        return Trouble("missing", f"team {self.team} has no label {title(name)}: make it in the team's settings")

    async def _who(self, assignee: str) -> str | Trouble:
        """The id of an account."""
        if assignee == ME and self._me:
            return self._me
        mine = assignee == ME
        data = await self._ask(*((documents.VIEWER, {}) if mine else (documents.NAMED, {"name": assignee})))
        if isinstance(data, Trouble):
            return data
        try:
            found = [data["viewer"]] if mine else data["users"]["nodes"]
            ids = [str(each["id"]) for each in found]
        except ODD as error:
            return unreadable("Linear", error)
        if len(ids) != 1:
            return Trouble("missing", f"{'more than one' if ids else 'no'} account is called {title(assignee)}")
        self._me = ids[0] if mine else self._me
        return ids[0]

    async def _change(self, issue: Issue, change: Mapping[str, Any]) -> Trouble | None:
        data = await self._ask(documents.CHANGE, {"id": issue.id, "input": change})
        if isinstance(data, Trouble):
            return data
        return None if mapping(data.get("issueUpdate")).get("success") is True else _refused(issue)

    async def _ask(self, document: str, variables: Mapping[str, Any], *, partly: bool = False) -> Any | Trouble:
        """The data of a document. ``partly``: beside what could not be given the rest is of use."""
        if refused := address(self.api).refused:
            return Trouble("denied", f"Linear: {refused}")
        credential = credentials.linear(self.env)
        if credential is None:
            return Trouble("denied", "there is no key for Linear: set LINEAR_API_KEY")
        reads = not document.lstrip().startswith("mutation")
        body = {"query": document, "variables": dict(variables)}
        answer = await self.http.send(Request("POST", self.api, credential, body, reads=reads))
        if isinstance(answer, Trouble):
            return answer
        try:
            said = answer.json()
            errors = [title(str(error["message"])) for error in said.get("errors") or ()]
            data = said.get("data")
            some = isinstance(data, dict) and any(value is not None for value in data.values())
        except ODD as error:
            return unreadable("Linear", error)
        if some and (partly or not errors):
            return data
        gone = any(error.startswith("Entity not found") for error in errors)
        text = "; ".join(errors)[:300] or "an answer without data"
        return Trouble("missing" if gone else "unreadable", f"Linear: {text}", status=answer.status)


def _refused(issue: Issue) -> Trouble:
    return Trouble("failed", f"{issue.key}: Linear did not do it, and said nothing of why")
