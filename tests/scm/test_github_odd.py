"""Whatever GitHub answers: no exception, nothing green by mistake, and no end of requests."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from agent_orchestrator.model.pull import CheckState, CiCheck, newest
from agent_orchestrator.net.answers import Answer, Trouble
from agent_orchestrator.plugins.scm.github.failures import failure
from agent_orchestrator.plugins.scm.github.sweep import find, sweep
from agent_orchestrator.plugins.services.github.api import Reply

CHECK = {
    "__typename": "CheckRun",
    "id": "c",
    "databaseId": 1,
    "name": "test",
    "status": "COMPLETED",
    "conclusion": "SUCCESS",
    "startedAt": "2026-01-01T00:00:00Z",
    "detailsUrl": None,
    "checkSuite": {"app": {"slug": "a"}, "workflowRun": {"databaseId": 2, "event": "e", "workflow": {"name": "CI"}}},
}
STATUS = {
    "__typename": "StatusContext",
    "id": "x",
    "context": "ci",
    "state": "SUCCESS",
    "targetUrl": None,
    "createdAt": "2026-01-01T00:00:00Z",
}
THREAD = {"id": "t", "isResolved": True, "isOutdated": False, "path": "a.py", "line": 1}
#: A pull request that is ready to be merged.
READY: dict[str, Any] = {
    "__typename": "PullRequest",
    "id": "P",
    "number": 1,
    "url": "u",
    "title": "t",
    "state": "OPEN",
    "isDraft": False,
    "updatedAt": "2026-01-01T00:00:00Z",
    "merged": False,
    "headRefName": "ao/x",
    "headRefOid": "h",
    "baseRefName": "main",
    "baseRefOid": "a",
    "baseRef": {"target": {"oid": "b"}},
    "isCrossRepository": False,
    "mergeable": "MERGEABLE",
    "mergeStateStatus": "CLEAN",
    "reviewDecision": None,
    "isInMergeQueue": False,
    "autoMergeRequest": None,
    "mergeCommit": None,
    "labels": {"nodes": [{"name": "l"}]},
    "statusCheckRollup": {
        "contexts": {"pageInfo": {"hasNextPage": False, "endCursor": None}, "nodes": [CHECK, STATUS]}
    },
    "reviewThreads": {"totalCount": 1, "nodes": [THREAD]},
}
CHECKS = ("statusCheckRollup", "contexts")
THREADS = ("reviewThreads",)
#: Places that decide whether it is ready.
DECIDE = [
    *(
        (name,)
        for name in ("state", "isDraft", "headRefOid", "baseRef", "mergeable", "statusCheckRollup", "reviewThreads")
    ),
    *((*CHECKS[:depth],) for depth in (1, 2)),
    *(
        (*CHECKS, *rest)
        for rest in (("pageInfo",), ("pageInfo", "hasNextPage"), ("nodes",), ("nodes", 0), ("nodes", 1))
    ),
    *((*CHECKS, "nodes", 0, name) for name in ("status", "conclusion")),
    (*CHECKS, "nodes", 1, "state"),
    *((*THREADS, *rest) for rest in (("totalCount",), ("nodes",), ("nodes", 0), ("nodes", 0, "isResolved"))),
]


class Says:
    """A GitHub that gives these replies in their order, the last one again and again."""

    host = "github.com"

    def __init__(self, *replies: Any) -> None:
        self.replies, self.asked = list(replies), 0

    async def ask(self, document: str, variables: Any, **_: Any) -> Any:
        self.asked += 1
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value in it."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inside:
        yield (*path, key)
        yield from places(each, (*path, key))


def with_at(path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    """The pull request with another value in one place."""
    node: Any = copy.deepcopy(READY)
    at = node
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return node  # type: ignore[no-any-return]


async def seen(node: Any) -> Any:
    return (await sweep(Says(Reply({"nodes": [node]})), {"P": None})).pulls.get("P")  # type: ignore[arg-type]


async def test_what_the_others_differ_from_is_ready():
    assert (await seen(READY)).ready


@pytest.mark.parametrize("path", DECIDE, ids=str)
async def test_nothing_that_decides_is_taken_for_granted(path):
    found = await seen(with_at(path, None))
    assert found is None or not found.ready


@pytest.mark.parametrize("odd", [None, 7, "odd", [], {}, [None], float("inf")], ids=repr)
async def test_a_pull_request_of_another_shape_is_no_exception(odd):
    for path in places(READY):
        found = await seen(with_at(path, odd))
        assert found is None or isinstance(found.id, str)


@pytest.mark.parametrize("nodes", [None, [], [READY, READY], 7, "PP", {}, [7], [[]], ["x"]])
async def test_an_answer_of_another_shape_tells_nothing(nodes):
    assert (await sweep(Says(Reply({"nodes": nodes})), {"P": None})).pulls == {}  # type: ignore[arg-type]


async def test_conversations_that_were_not_looked_at_are_not_resolved():
    assert not (await seen(with_at(("reviewThreads", "totalCount"), 101))).ready


def test_a_check_that_waits_to_run_again_takes_the_place_of_what_passed():
    passed = CiCheck("k", "test", CheckState.PASSED, started_at="2026-01-01T00:00:00Z")
    waits = CiCheck("k", "test", CheckState.PENDING)
    assert newest((passed, waits)) == newest((waits, passed)) == (waits,)


async def test_a_service_that_is_down_is_not_asked_for_every_single_one():
    down = Says(Trouble("failed", "502", status=502))
    known = {f"P{number}": None for number in range(100)}
    assert (await sweep(down, known)).trouble is not None  # type: ignore[arg-type]
    assert down.asked < 12


@pytest.mark.parametrize("kind", ["unreachable", "denied", "limited"])
async def test_what_holds_for_all_is_asked_once(kind):
    says = Says(Trouble(kind, "no"))
    await sweep(says, {f"P{number}": None for number in range(100)})  # type: ignore[arg-type]
    assert says.asked == 1


@pytest.mark.parametrize(
    ("nodes", "found"),
    [
        ([{"id": "fork", "isCrossRepository": True}, {"id": "own", "isCrossRepository": False}], {"ao/x": "own"}),
        ([{"id": "fork", "isCrossRepository": True}], {"ao/x": "fork"}),
        ([None], {}),
        (None, {}),
        ([{"id": None}], {}),
    ],
)
async def test_a_fork_with_a_branch_of_that_name_does_not_hide_our_own(nodes, found):
    says = Says(Reply({"repository": {"p0": {"nodes": nodes}}}))
    assert await find(says, "acme", "shop", ["ao/x"]) == found  # type: ignore[arg-type]


@pytest.mark.parametrize("repository", [None, [], "x"])
async def test_a_repository_of_another_shape_is_missing(repository):
    says = Says(Reply({"repository": repository}))
    assert (await find(says, "acme", "shop", ["ao/x"])).kind == "missing"  # type: ignore[arg-type,union-attr]


class Jobs(Says):
    """A run with these jobs on its pages, and the annotations of a check."""

    def __init__(self, *pages: bytes, notes: Any = None, log: bytes = b"") -> None:
        super().__init__(Reply({"node": notes}))
        self.pages, self.log = pages, log

    async def get(self, path: str, **_: Any) -> Answer:
        if path.endswith("/logs"):
            return Answer(200, {}, self.log)
        if "/artifacts" in path:
            return Answer(200, {}, b'{"artifacts": []}')
        return Answer(200, {}, self.pages[int(path.rpartition("=")[2]) - 1])


FAILED = CiCheck("k", "test", CheckState.FAILED, id="c", number=5, run=2)


async def test_a_job_is_found_on_a_later_page():
    other = b'{"id": 1, "check_run_url": "https://x/1"}'
    first = b'{"jobs": [' + b",".join([other] * 100) + b"]}"
    mine = b'{"jobs": [{"id": 9, "check_run_url": "https://x/5"}]}'
    found = await failure(Jobs(first, mine, log=b"a.py:1:1: F821 x"), "acme/shop", FAILED)  # type: ignore[arg-type]
    assert (found.missing, "F821" in found.log) == ((), True)


@pytest.mark.parametrize(
    "page", [b"", b"[]", b"null", b'{"jobs": null}', b'{"jobs": [null, {}, {"id": "x"}]}', b"[" * 60_000]
)
async def test_jobs_of_another_shape_are_none(page):
    found = await failure(Jobs(page), "acme/shop", FAILED)  # type: ignore[arg-type]
    assert found.missing == ("test: its job is not in run 2",)


@pytest.mark.parametrize(
    "notes",
    [7, [], {"annotations": 7}, {"annotations": {"nodes": [None, 7, {}, {"path": 7, "location": []}]}}],
)
async def test_annotations_of_another_shape_are_none(notes):
    found = await failure(Jobs(b'{"jobs": []}', notes=notes), "acme/shop", FAILED)  # type: ignore[arg-type]
    assert found.findings == ()


async def test_no_secret_is_told_in_a_finding():
    note = {"annotationLevel": "FAILURE", "path": "a.py", "message": "got ghp_" + "a1B2" * 9}
    notes = {"annotations": {"nodes": [{**note, "location": {"start": {"line": 2}}}]}}
    found = await failure(Jobs(b'{"jobs": []}', notes=notes), "acme/shop", FAILED)  # type: ignore[arg-type]
    assert [told.finding.message for told in found.findings] == ["got [redacted]"]
