"""How others look: each pull request is asked after by itself. Measured at the same forge, by the same script."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx2
from attrs import define, field

from .staleness import View
from .worlds import AtGitHub

TICK = 30.0
#: Ticks between two looks at what was said.
_TALK = 4
_BATCH = 25
_API = "https://api.github.com"
_CHECKS = {"SUCCESS": "passed", "FAILURE": "failed"}

_PULL = """
    id number state isDraft merged headRefOid baseRef { target { oid } } mergeable reviewDecision
    labels(first: 20) { nodes { name } }
    commits(last: 1) { nodes { commit { statusCheckRollup { contexts(first: 20) { nodes {
      __typename ... on CheckRun { name status conclusion }
    } } } } } }
"""
_THREADS = """
query Threads($number: Int!) {
  repository(owner: "acme", name: "shop") { pullRequest(number: $number) {
    reviewThreads(first: 100) { nodes { id isResolved comments(first: 1) { nodes { body } } } }
  } }
}
"""
#: What five programs ask of one pull request, a question each: how it stands, checks, reviews, threads, comments.
_QUESTIONS = (
    "state isDraft mergeable mergeStateStatus headRefOid labels(first: 100) { nodes { name } }",
    "commits(last: 1) { nodes { commit { statusCheckRollup { contexts(first: 100) { nodes { __typename } } } } } }",
    "reviewDecision reviews(first: 100) { nodes { state author { login } } }",
    "reviewThreads(first: 100) { nodes { id isResolved comments(first: 1) { nodes { body } } } }",
    "comments(first: 100) { nodes { body author { login } } }",
)


@define
class _Asking:
    world: AtGitHub
    http: httpx2.AsyncClient = field(init=False)
    count: int = 0

    def __attrs_post_init__(self) -> None:
        headers = {"Authorization": f"Bearer {self.world.forge.token()}"}
        self.http = httpx2.AsyncClient(transport=self.world.transport, headers=headers)

    async def _ask(self, document: str, **variables: Any) -> Mapping[str, Any]:
        answer = await self.http.post(f"{_API}/graphql", json={"query": document, "variables": variables})
        read = answer.json()
        assert "errors" not in read, read["errors"]
        return read["data"]["repository"]  # type: ignore[no-any-return]

    def cadence(self, pull: int) -> float:
        """Everything is looked at every 30 s."""
        return TICK


@define
class Polling(_Asking):
    """Conditional requests for each pull request tell whether anything changed; then all are asked for by 25.

    What was said on lines is asked after every two minutes, and threads are read where that has changed.
    """

    views: dict[int, View] = field(factory=dict)
    _tags: dict[str, str] = field(factory=dict)

    async def tick(self) -> float:
        """Look once; when to look again."""
        self.count += 1
        where = f"{_API}/repos/acme/shop"
        open_ = [n for n in range(len(self.world.pulls)) if self.views.get(n, View()).state == "open"]
        changed = await self._is_new(f"{where}/pulls?state=open&sort=updated&direction=desc&per_page=1")
        for number in open_:
            if number in self.views:
                changed |= await self._is_new(f"{where}/commits/{self.views[number].head}/check-runs?per_page=1")
        if changed:
            await self._read(open_)
        if self.count % _TALK == 1:
            for number in open_:
                at = self.world.pulls[number].number
                if await self._is_new(f"{where}/pulls/{at}/comments?per_page=100"):
                    await self._read_threads(number)
        return self.world.now + TICK

    def view(self, pull: int) -> View:
        """What is known of a pull request."""
        return self.views.get(pull, View())

    async def _is_new(self, url: str) -> bool:
        """Did the answer change since it was last asked for?"""
        conditions = {"If-None-Match": self._tags[url]} if url in self._tags else {}
        answer = await self.http.get(url, headers=conditions)
        assert answer.status_code in (200, 304), answer.text
        self._tags[url] = answer.headers["etag"] if answer.status_code == 200 else self._tags[url]
        return answer.status_code == 200

    async def _read(self, numbers: list[int]) -> None:
        for at in range(0, len(numbers), _BATCH):
            batch = numbers[at : at + _BATCH]
            asked = "".join(f"  p{n}: pullRequest(number: {self.world.pulls[n].number}) {{ {_PULL} }}\n" for n in batch)
            found = await self._ask(f'query Batch {{ repository(owner: "acme", name: "shop") {{\n{asked}}} }}')
            for number in batch:
                self._take(self.views.setdefault(number, View()), found[f"p{number}"])

    @staticmethod
    def _take(view: View, node: Mapping[str, Any]) -> None:
        rollup = node["commits"]["nodes"][0]["commit"]["statusCheckRollup"]
        runs = rollup["contexts"]["nodes"] if rollup else ()
        view.head, view.draft = node["headRefOid"], node["isDraft"]
        view.base = node["baseRef"]["target"]["oid"]
        view.state = "merged" if node["merged"] else node["state"].lower()
        view.decision = (node["reviewDecision"] or "").lower()
        view.conflict = node["mergeable"] == "CONFLICTING"
        view.labels = frozenset(label["name"] for label in node["labels"]["nodes"])
        view.checks = {run["name"]: _CHECKS.get(run["conclusion"], "running") for run in runs}

    async def _read_threads(self, number: int) -> None:
        found = await self._ask(_THREADS, number=self.world.pulls[number].number)
        threads = found["pullRequest"]["reviewThreads"]["nodes"]
        view = self.views[number]
        view.resolved = frozenset(thread["id"] for thread in threads if thread["isResolved"])
        view.comments = frozenset(thread["comments"]["nodes"][0]["body"] for thread in threads)


@define
class Questions(_Asking):
    """Every question of every pull request at every look. What it would know is not looked into: it can not be done."""

    async def tick(self) -> float:
        """Look once; when to look again."""
        self.count += 1
        for pull in self.world.pulls:
            for question in _QUESTIONS:
                asked = f"pullRequest(number: {pull.number}) {{ {question} }}"
                await self._ask(f'query {{ repository(owner: "acme", name: "shop") {{ {asked} }} }}')
        return self.world.now + TICK

    def view(self, pull: int) -> View:
        """Nothing."""
        return View()
