"""The GraphQL documents that a client of GitHub needs: each executes, and costs what the published formula says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

CONNECTIONS = (
    "statusCheckRollup { contexts(first: 100) { totalCount } }",
    "reviewThreads(last: 100) { totalCount }",
    "labels(first: 50) { totalCount }",
)


def sweep(count: int) -> str:
    """A query of pull requests by id, with so many connections in each."""
    inner = " ".join(("state", *CONNECTIONS[:count]))
    return f"query($ids: [ID!]!) {{ rateLimit {{ cost }} nodes(ids: $ids) {{ ... on PullRequest {{ {inner} }} }} }}"


@pytest.mark.parametrize(
    ("pulls", "connections", "points"),
    [
        (25, 0, 1), (50, 0, 1), (100, 0, 1), (25, 1, 1), (50, 1, 1), (100, 1, 1), (25, 2, 1), (50, 2, 1), (100, 2, 2),
        (25, 3, 1), (49, 3, 1), (50, 3, 2), (100, 3, 3),
    ],
)  # fmt: skip
async def test_a_sweep_costs_a_point_for_a_hundred_connections(
    hub: Any, query: Callable[..., Any], pulls: int, connections: int, points: int
):
    ids = [hub.pull(head=f"ao/{n}").node_id for n in range(pulls)]
    answered = await query(sweep(connections), ids=ids)
    assert (answered["data"]["rateLimit"]["cost"], "errors" in answered) == (points, False)


@pytest.mark.parametrize(("pulls", "points"), [(25, 25), (50, 51), (100, 101)])
async def test_connections_in_connections_are_dear(hub: Any, query: Callable[..., Any], pulls: int, points: int):
    ids = [hub.pull(head=f"ao/{n}").node_id for n in range(pulls)]
    answered = await query(
        "query($ids: [ID!]!) { rateLimit { cost } nodes(ids: $ids) { ... on PullRequest {"
        " reviewThreads(last: 100) { nodes { comments(first: 1) { nodes { body } } } } } } }",
        ids=ids,
    )
    assert answered["data"]["rateLimit"]["cost"] == points


async def test_nodes_are_counted_as_they_could_be(hub: Any, query: Callable[..., Any]):
    hub.repository()
    answered = await query(
        'query { rateLimit { nodeCount } repository(owner: "acme", name: "shop") {'
        " pullRequests(first: 50) { nodes { labels(first: 20) { nodes { name } } } } } }"
    )
    assert answered["data"]["rateLimit"]["nodeCount"] == 50 + 50 * 20


@pytest.fixture
def pull(hub: Any, github: Any) -> Any:
    """A pull request with something of everything."""
    hub.only.permissions |= {"ann": "write"}
    pull = hub.pull(head="ao/x", author="ann", labels=["agent"])
    note = github.Annotation("half.py", 2, "assert 1 == 1.5", title="test_half")
    pull.check("test (3.11)", "failure", annotations=[note], steps=[github.Step("pytest", "failure")], log="boom\n")
    pull.status("legacy", "pending", description="waits")
    thread = pull.thread("half.py", 2, "why?", by="ann")
    thread.reply("because", by="coderabbitai[bot]")
    pull.review("ann", "APPROVED", "fine")
    pull.comment("eve", "me too").edit("me three")
    return pull


async def test_the_sweep_says_how_a_pull_request_stands(
    pull: Any, query: Callable[..., Any], document: Callable[[str], str]
):
    data = (await query(document("github/sweep"), ids=[pull.node_id]))["data"]
    [found] = data["nodes"]
    assert data["rateLimit"]["cost"] == 1
    assert (found["headRefOid"], found["mergeable"], found["mergeStateStatus"]) == (
        pull.head_oid,
        "MERGEABLE",
        "UNSTABLE",
    )
    assert found["statusCheckRollup"]["state"] == "FAILURE"
    run, status = found["statusCheckRollup"]["contexts"]["nodes"]
    assert (run["name"], run["status"], run["conclusion"]) == ("test (3.11)", "COMPLETED", "FAILURE")
    assert run["checkSuite"]["app"]["slug"] == "github-actions"
    assert run["checkSuite"]["workflowRun"]["workflow"]["name"] == "CI"
    assert (status["context"], status["state"]) == ("legacy", "PENDING")
    assert [thread["isResolved"] for thread in found["reviewThreads"]["nodes"]] == [False]


async def test_numbers_have_64_bits(pull: Any, query: Callable[..., Any], document: Callable[[str], str]):
    data = (await query(document("github/sweep"), ids=[pull.node_id]))["data"]
    assert data["nodes"][0]["statusCheckRollup"]["contexts"]["nodes"][0]["databaseId"] > 2**31


async def test_pull_requests_are_found_by_their_branches(
    pull: Any, query: Callable[..., Any], document: Callable[[str], str]
):
    answered = await query(document("github/discover"), owner="acme", name="shop", b0="ao/x", b1="ao/none")
    found = answered["data"]["repository"]
    assert [node["number"] for node in found["p0"]["nodes"]] == [pull.number]
    assert found["p1"]["nodes"] == []


async def test_threads_tell_who_said_what_and_what_they_may_do(
    pull: Any, query: Callable[..., Any], document: Callable[[str], str]
):
    answered = await query(document("github/threads"), ids=[pull.threads[0].node_id])
    first, second = answered["data"]["nodes"][0]["comments"]["nodes"]
    assert answered["data"]["rateLimit"]["cost"] == 1
    assert (first["author"]["__typename"], first["pullRequestReview"]["authorCanPushToRepository"]) == ("User", True)
    assert (second["author"]["__typename"], second["author"]["login"]) == ("Bot", "coderabbitai")
    assert second["pullRequestReview"]["authorCanPushToRepository"] is False


async def test_what_is_said_tells_that_it_was_edited(
    pull: Any, query: Callable[..., Any], document: Callable[[str], str]
):
    found = (await query(document("github/talk"), id=pull.node_id, since="2026-01-01T00:00:00Z"))["data"]["node"]
    assert [review["state"] for review in found["reviews"]["nodes"]] == ["COMMENTED", "COMMENTED", "APPROVED"]
    [comment] = found["comments"]["nodes"]
    assert (comment["body"], comment["lastEditedAt"] is None) == ("me three", False)
    assert [event["__typename"] for event in found["timelineItems"]["nodes"]] == ["LabeledEvent"]


async def test_a_failed_check_tells_where(
    hub: Any, pull: Any, query: Callable[..., Any], document: Callable[[str], str]
):
    hub.only.required_checks = ["test (3.11)"]
    [check] = hub.only.checks(pull.head_oid)
    found = (await query(document("github/failure"), id=check.node_id, pr=pull.number))["data"]["node"]
    [note] = found["annotations"]["nodes"]
    assert (note["path"], note["location"]["start"]["line"], note["annotationLevel"]) == ("half.py", 2, "FAILURE")
    assert ([step["conclusion"] for step in found["steps"]["nodes"]], found["isRequired"]) == (["FAILURE"], True)


async def test_a_price_is_told_and_not_paid(
    hub: Any, pull: Any, query: Callable[..., Any], document: Callable[[str], str]
):
    limit = (await query(document("github/price"), ids=[pull.node_id] * 60))["data"]["rateLimit"]
    assert (limit["cost"], limit["nodeCount"], limit["remaining"]) == (1, 6000, 5000)


async def test_threads_are_answered_and_resolved(
    hub: Any, pull: Any, query: Callable[..., Any], document: Callable[[str], str]
):
    thread = pull.threads[0]
    await query(document("github/reply"), thread=thread.node_id, body="done")
    answered = await query(document("github/resolve"), thread=thread.node_id)
    assert thread.comments[-1].body == "done"
    resolved = answered["data"]["resolveReviewThread"]["thread"]
    assert (resolved["isResolved"], resolved["resolvedBy"]["login"]) == (True, "ao-user")


async def test_a_merge_names_the_head_it_was_decided_on(
    hub: Any, pull: Any, query: Callable[..., Any], document: Callable[[str], str]
):
    stale = pull.head_oid
    pull.push()
    refused = await query(document("github/merge"), pr=pull.node_id, head=stale)
    merged = await query(document("github/merge"), pr=pull.node_id, head=pull.head_oid)
    assert refused["errors"][0]["message"] == "Head branch was modified. Review and try the merge again."
    assert refused["data"] == {"mergePullRequest": None}
    assert merged["data"]["mergePullRequest"]["pullRequest"]["state"] == "MERGED"
