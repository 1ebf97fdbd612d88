"""Whatever GitHub answers, the repository answers too: no exception, and nothing done by mistake."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from agent_orchestrator.model.pull import CheckState, CiCheck, Pull, Thread
from agent_orchestrator.net.answers import Answer, Trouble
from agent_orchestrator.net.client import HttpClient
from agent_orchestrator.net.credential import Credential
from agent_orchestrator.plugins.scm.github import mutations
from agent_orchestrator.plugins.scm.github.documents import COMMIT, NUMBERED, discover
from agent_orchestrator.plugins.scm.github.scm import GitHubScm
from agent_orchestrator.plugins.services.github.api import GitHub
from agent_orchestrator.plugins.services.login import known
from agent_orchestrator.ports.scm import NewPull, Place

ODD: list[Any] = [None, 7, -1, 2**70, "odd", "", True, [], {}, [None], [[]], {"x": None}]
SAID = {
    "id": "c",
    "url": "u",
    "body": "b",
    "createdAt": "2026",
    "publishedAt": "2026",
    "lastEditedAt": None,
    "isMinimized": False,
    "viewerDidAuthor": False,
    "author": {"__typename": "User", "login": "ann"},
}
PAGE = {"hasPreviousPage": False, "startCursor": None}
THREAD = {
    "id": "T",
    "path": "a.py",
    "line": 1,
    "isResolved": False,
    "pullRequest": {"id": "P"},
    "comments": {
        "pageInfo": PAGE,
        "nodes": [{**SAID, "state": "SUBMITTED", "pullRequestReview": {"authorCanPushToRepository": True}}],
    },
}
PULL = {
    "id": "P",
    "state": "OPEN",
    "isDraft": False,
    "headRefOid": "h",
    "headRefName": "ao/x",
    "isCrossRepository": False,
    "mergeable": "MERGEABLE",
    "mergeStateStatus": "CLEAN",
    "isInMergeQueue": False,
    "isMergeQueueEnabled": False,
    "autoMergeRequest": None,
    "headRef": {"target": {"oid": "h"}},
    "repository": {"id": "R", "autoMergeAllowed": True},
    "reviews": {
        "pageInfo": PAGE,
        "nodes": [{**SAID, "state": "APPROVED", "submittedAt": "2026", "authorCanPushToRepository": True}],
    },
    "comments": {"pageInfo": PAGE, "nodes": [SAID]},
    "reviewThreads": {"pageInfo": PAGE, "nodes": [THREAD]},
    "status": "COMPLETED",
    "checkSuite": {"status": "COMPLETED"},
}
REPOSITORY = {
    "id": "R",
    "pullRequest": {"id": "P"},
    "pullRequests": {"nodes": [{"id": "P", "number": 1, "url": "u", "isCrossRepository": False}]},
    "p0": {"nodes": [{"id": "P", "isCrossRepository": False}]},
    "object": {"statusCheckRollup": {"contexts": {"pageInfo": {"hasNextPage": False}, "nodes": []}}},
}
#: What is answered to all documents alike: each takes what it asked for.
DATA = {
    "node": {**PULL, "isResolved": False, "pullRequest": {"id": "P"}},
    "nodes": [PULL],
    "repository": REPOSITORY,
}
SEEN = Pull("P", 1, "u", "t", "open", "h", "ao/x", "main", "b", threads=(Thread("T", "a.py"),))
FAILED = CiCheck("k", "test", CheckState.FAILED, id="c", number=5, run=2)
ALONE = CiCheck("k", "scan", CheckState.FAILED, id="c", number=6)
CALLS = {
    "find": (["ao/x"],),
    "numbered": (1,),
    "sweep": ({"P": None},),
    "failure": (SEEN, FAILED),
    "checks_of": ("h",),
    "talk": ([SEEN],),
    "open": (NewPull("ao/x", "main", "t", labels=("a",)),),
    "ready": (SEEN,),
    "merge": (SEEN, "h", "squash"),
    "close": (SEEN,),
    "delete_branch": (SEEN,),
    "rerun": (SEEN, [FAILED, ALONE]),
    "comment": (SEEN, "text", "key"),
    "reply": (SEEN, "T", "text", "key"),
    "resolve": (SEEN, "T"),
    "label": (SEEN, ["a"]),
}


class Client(HttpClient):
    """Answers everything with the same bytes, and notes what would have been changed."""

    def __init__(self, body: bytes) -> None:
        async def sleep(_: float) -> None:
            pass

        super().__init__(now=lambda: 0.0, sleep=sleep)
        self.body = body
        self.changed: list[str] = []

    async def send(self, request: Any) -> Answer | Trouble:
        if request.method == "POST" and not request.reads:
            self.changed.append(request.body["query"] if request.body and "query" in request.body else request.url)
        return Answer(200, {}, self.body)


def scm(client: HttpClient) -> GitHubScm:
    return GitHubScm(Place("https://github.com", "acme/shop"), GitHub(client, known(Credential("t"))))


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inside:
        yield (*path, key)
        yield from places(each, (*path, key))


def with_at(path: tuple[Any, ...], value: Any) -> bytes:
    whole: Any = copy.deepcopy(DATA)
    at = whole
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return json.dumps({"data": whole}).encode()


@pytest.mark.parametrize("method", CALLS)
@pytest.mark.parametrize("odd", ODD, ids=repr)
async def test_an_answer_of_another_shape_is_no_exception(method, odd):
    for path in places(DATA):
        await getattr(scm(Client(with_at(path, odd))), method)(*CALLS[method])


@pytest.mark.parametrize("method", CALLS)
@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b"{}", b'{"data": 7}', b'{"errors": [7]}', b"[" * 60_000, b"\xff"]
)
async def test_what_is_no_answer_is_no_exception(method, body):
    await getattr(scm(Client(body)), method)(*CALLS[method])


async def test_what_can_not_be_read_is_quoted_without_its_secrets():
    secret = "ghp_" + "a1B2" * 9
    trouble = await scm(Client(with_at(("node", "reviewThreads", "nodes", 0, "line"), secret))).talk([SEEN])
    assert (trouble.kind, secret in trouble.sentence) == ("unreadable", False)


@pytest.mark.parametrize("odd", ODD, ids=repr)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("merge", ("node", "headRefOid")),
        ("merge", ("node", "state")),
        ("merge", ("node", "isDraft")),
        ("delete_branch", ("node", "headRef", "target", "oid")),
        ("delete_branch", ("node", "isCrossRepository")),
        ("close", ("node", "state")),
        ("comment", ("node", "comments", "nodes")),
        ("reply", ("node", "pullRequest", "id")),
    ],
)
async def test_what_decides_and_can_not_be_read_changes_nothing(method, path, odd):
    if (method, odd) == ("comment", []):
        return  # Nothing was said: that can be read.
    client = Client(with_at(path, odd))
    await getattr(scm(client), method)(*CALLS[method])
    assert client.changed == []


@pytest.mark.parametrize("odd", ODD, ids=repr)
async def test_only_what_is_clearly_free_is_merged(odd):
    client = Client(with_at(("node", "mergeStateStatus"), odd))
    await scm(client).merge(SEEN, "h", "squash")
    assert mutations.MERGE not in client.changed


@pytest.mark.parametrize(
    ("document", "variables"),
    [
        (discover(50), {"owner": "acme", "name": "shop", **{f"b{number}": "x" for number in range(50)}}),
        (NUMBERED, {"owner": "acme", "name": "shop", "number": 1}),
        (COMMIT, {"owner": "acme", "name": "shop", "oid": "0" * 40}),
        (mutations.STATE, {"id": "PR_x"}),
        (mutations.OF_BRANCH, {"owner": "acme", "name": "shop", "branch": "x"}),
        (mutations.SAID, {"id": "PR_x"}),
        (mutations.SAID_IN_THREAD, {"id": "PRRT_x"}),
        (mutations.SUITE, {"id": "CR_x"}),
    ],
    ids=lambda value: value.split()[1].partition("(")[0] if isinstance(value, str) else "",
)
async def test_each_other_document_costs_a_point(hub, github, document, variables):
    hub.repository("acme/shop")
    priced = document.replace("{", "{ rateLimit(dryRun: true) { cost }", 1)
    assert (await github.ask(priced, variables)).data["rateLimit"]["cost"] == 1
