"""How the GitHub double refuses what the live service refuses, and says loudly what it does not have itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

ORDERED = """{ repository(owner: "acme", name: "shop") {
  refs(refPrefix: "refs/heads/", first: 1, direction: ASC) { totalCount }
} }"""


async def test_a_field_that_never_was_is_an_error_in_a_good_answer(client: httpx2.AsyncClient):
    answered = await client.post("/graphql", json={"query": "{ viewer { loginn } }"})
    [error] = answered.json()["errors"]
    assert answered.status_code == 200
    assert error["message"] == "Field 'loginn' doesn't exist on type 'User'"
    assert error["extensions"] == {"code": "undefinedField", "typeName": "User", "fieldName": "loginn"}


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("{ viewer { gists(first: 1) { totalCount } } }", "User.gists"),
        ("{ viewer { bio } }", "User.bio"),
        (ORDERED, "Repository.refs(direction:)"),
        ('{ search(query: "is:pr draft:true", type: ISSUE, first: 1) { issueCount } }', "search for 'draft:true'"),
    ],
    ids=["cut off the schema", "in the schema", "an argument", "a search"],
)  # fmt: skip
async def test_what_the_vendor_has_and_the_double_has_not_is_loud(
    hub: Any, client: httpx2.AsyncClient, text: str, field: str
):
    hub.repository()
    answered = await client.post("/graphql", json={"query": text})
    assert (answered.status_code, answered.headers["x-double"]) == (500, "unmodelled")
    assert answered.json()["errors"][0]["extensions"]["code"] == "DOUBLE_UNMODELLED"
    assert field in hub.problems.pop()


async def test_an_input_that_is_not_modelled_is_loud(hub: Any, client: httpx2.AsyncClient):
    pull = hub.pull(head="ao/x", author="ann")
    text = "mutation($id: ID!) { addPullRequestReview(input: {pullRequestId: $id, threads: []}) { clientMutationId } }"
    answered = await client.post("/graphql", json={"query": text, "variables": {"id": pull.node_id}})
    assert answered.status_code == 500
    assert "Mutation.addPullRequestReview(input: threads:)" in hub.problems.pop()


async def test_what_is_not_found_is_null_beside_the_rest(hub: Any, query: Callable[..., Any]):
    hub.repository()
    answered = await query('{ viewer { login } repository(owner: "acme", name: "none") { id } }')
    assert answered["data"] == {"viewer": {"login": "ao-user"}, "repository": None}
    [error] = answered["errors"]
    assert (error["type"], error["path"]) == ("NOT_FOUND", ["repository"])


async def test_one_bad_id_leaves_the_others(hub: Any, query: Callable[..., Any]):
    pull = hub.pull(head="ao/x")
    answered = await query("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=["PR_gone", pull.node_id])
    assert answered["data"]["nodes"] == [None, {"id": pull.node_id}]
    assert [(error["type"], error["path"]) for error in answered["errors"]] == [("NOT_FOUND", ["nodes", 0])]


async def test_a_node_can_be_broken(hub: Any, query: Callable[..., Any]):
    good, bad = hub.pull(head="ao/x"), hub.pull(head="ao/y")
    hub.broken[bad.node_id] = ("SERVICE_UNAVAILABLE", "Something went wrong.")
    answered = await query(
        "query($a: ID!, $b: ID!) { a: node(id: $a) { id } b: node(id: $b) { id } }", a=good.node_id, b=bad.node_id
    )
    assert answered["data"] == {"a": {"id": good.node_id}, "b": None}
    assert answered["errors"][0]["type"] == "SERVICE_UNAVAILABLE"


async def test_a_query_that_is_too_much_is_answered_in_part_once(hub: Any, query: Callable[..., Any]):
    ids = [hub.pull(head=f"ao/{n}").node_id for n in range(3)]
    hub.resources = 2
    text = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    partial, whole = await query(text, ids=ids), await query(text, ids=ids)
    assert partial["data"]["nodes"] == [{"id": ids[0]}, {"id": ids[1]}, None]
    assert [error["type"] for error in partial["errors"]] == ["RESOURCE_LIMITS_EXCEEDED"]
    assert "errors" not in whole


@pytest.mark.parametrize(
    ("bounds", "kind"), [("", "MISSING_PAGINATION_BOUNDARIES"), ("(first: 101)", "EXCESSIVE_PAGINATION")]
)
async def test_a_page_has_a_bound(hub: Any, query: Callable[..., Any], bounds: str, kind: str):
    hub.repository()
    answered = await query(f'{{ repository(owner: "acme", name: "shop") {{ issues{bounds} {{ nodes {{ id }} }} }} }}')
    assert answered["errors"][0]["type"] == kind


async def test_a_count_needs_no_bound(hub: Any, query: Callable[..., Any]):
    hub.repository()
    answered = await query('{ repository(owner: "acme", name: "shop") { issues { totalCount } } }')
    assert answered["data"]["repository"]["issues"]["totalCount"] == 0


async def test_too_many_nodes_are_refused(hub: Any, query: Callable[..., Any]):
    hub.repository()
    text = (
        '{ repository(owner: "acme", name: "shop") { pullRequests(first: 100) { nodes { reviewThreads(first: 100)'
        " { nodes { comments(first: 100) { nodes { id } } } } } } } }"
    )
    assert (await query(text))["errors"][0]["type"] == "MAX_NODE_LIMIT_EXCEEDED"


async def test_pages_follow_their_cursors(hub: Any, query: Callable[..., Any]):
    numbers = [hub.pull(head=f"ao/{n}").number for n in range(5)]
    text = (
        'query($after: String) { repository(owner: "acme", name: "shop") { pullRequests(first: 2, after: $after)'
        " { nodes { number } pageInfo { hasNextPage endCursor } } } }"
    )
    found, after = [], None
    while True:
        page = (await query(text, after=after))["data"]["repository"]["pullRequests"]
        found += [node["number"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert found == numbers


async def test_points_are_spent_until_there_are_none(hub: Any, query: Callable[..., Any]):
    hub.ledger.limits["graphql"] = 2
    left = [(await query("{ rateLimit { remaining } }"))["data"]["rateLimit"]["remaining"] for _ in range(2)]
    refused = await query("{ viewer { login } }")
    hub.clock.advance(3600)
    assert left == [1, 0]
    assert refused["errors"][0]["type"] == "RATE_LIMITED"
    assert (await query("{ viewer { login } }"))["data"]["viewer"]["login"] == "ao-user"


async def test_an_installation_has_a_budget_of_its_own(hub: Any, query: Callable[..., Any]):
    await query("{ viewer { login } }")
    headers = {"Authorization": f"Bearer {hub.installation_token('ao')}"}
    async with httpx2.AsyncClient(transport=hub.transport(), headers=headers) as app:
        answered = await app.post("https://api.github.com/graphql", json={"query": "{ rateLimit { remaining } }"})
    assert answered.json()["data"]["rateLimit"]["remaining"] == 4999


async def test_mergeability_is_being_computed_for_some_reads(hub: Any, query: Callable[..., Any]):
    hub.repository().unknown_reads = 2
    pull = hub.pull(head="ao/x")
    text = "query($id: ID!) { node(id: $id) { ... on PullRequest { mergeable mergeStateStatus } } }"
    found = [(await query(text, id=pull.node_id))["data"]["node"]["mergeStateStatus"] for _ in range(3)]
    assert found == ["UNKNOWN", "UNKNOWN", "CLEAN"]


@pytest.mark.parametrize(
    ("rules", "state"),
    [
        ({}, "UNSTABLE"),
        ({"required_checks": ["ci"]}, "BLOCKED"),
        ({"required_approvals": 1}, "BLOCKED"),
        ({"resolve_conversations": True}, "BLOCKED"),
    ],
)
async def test_rules_stand_between(hub: Any, query: Callable[..., Any], rules: dict[str, Any], state: str):
    pull = hub.pull(head="ao/x")
    pull.check("ci", "failure")
    pull.thread("a.py", 1, "?", by="ann")
    for name, value in rules.items():
        setattr(hub.only, name, value)
    text = "query($id: ID!) { node(id: $id) { ... on PullRequest { mergeStateStatus } } }"
    assert (await query(text, id=pull.node_id))["data"]["node"] == {"mergeStateStatus": state}


async def test_auto_merge_waits_for_the_rules(hub: Any, query: Callable[..., Any]):
    hub.repository().required_checks = ["ci"]
    pull = hub.pull(head="ao/x")
    check = pull.check("ci", "in_progress")
    await query(
        "mutation($id: ID!) { enablePullRequestAutoMerge(input: {pullRequestId: $id, mergeMethod: SQUASH})"
        " { pullRequest { autoMergeRequest { mergeMethod } } } }",
        id=pull.node_id,
    )
    before = pull.state
    check.succeed()
    assert (before, pull.state) == ("OPEN", "MERGED")


async def test_a_queue_merges_what_is_in_it(hub: Any, query: Callable[..., Any], document: Callable[[str], str]):
    hub.repository().queue = True
    pull = hub.pull(head="ao/x")
    direct = await query(document("github/merge"), pr=pull.node_id, head=pull.head_oid)
    entered = await query(
        "mutation($id: ID!, $head: GitObjectID!) { enqueuePullRequest(input: {pullRequestId: $id,"
        " expectedHeadOid: $head}) { mergeQueueEntry { position state pullRequest { isInMergeQueue } } } }",
        id=pull.node_id,
        head=pull.head_oid,
    )
    assert direct["errors"][0]["message"] == "Changes must be made through the merge queue"
    entry = entered["data"]["enqueuePullRequest"]["mergeQueueEntry"]
    assert entry == {"position": 1, "state": "AWAITING_CHECKS", "pullRequest": {"isInMergeQueue": True}}
    hub.only.land_next()
    assert pull.state == "MERGED"


@pytest.mark.parametrize(
    ("reviews", "decision"),
    [
        ([], "REVIEW_REQUIRED"),
        ([("ann", "COMMENTED")], "REVIEW_REQUIRED"),
        ([("eve", "APPROVED")], "REVIEW_REQUIRED"),
        ([("ann", "APPROVED")], "APPROVED"),
        ([("ann", "APPROVED"), ("bob", "CHANGES_REQUESTED")], "CHANGES_REQUESTED"),
        ([("ann", "CHANGES_REQUESTED"), ("ann", "APPROVED")], "APPROVED"),
    ],
)
async def test_a_decision_is_that_of_those_who_may_write(
    hub: Any, query: Callable[..., Any], reviews: list[tuple[str, str]], decision: str
):
    hub.only.permissions |= {"ann": "write", "bob": "write"}
    hub.only.required_approvals = 1
    pull = hub.pull(head="ao/x", author="carl")
    for who, state in reviews:
        pull.review(who, state)
    text = "query($id: ID!) { node(id: $id) { ... on PullRequest { reviewDecision } } }"
    assert (await query(text, id=pull.node_id))["data"]["node"] == {"reviewDecision": decision}


async def test_without_a_rule_there_is_no_decision(hub: Any, query: Callable[..., Any]):
    pull = hub.pull(head="ao/x")
    text = "query($id: ID!) { node(id: $id) { ... on PullRequest { reviewDecision } } }"
    assert (await query(text, id=pull.node_id))["data"]["node"] == {"reviewDecision": None}


async def test_a_dismissed_review_does_not_count(hub: Any, query: Callable[..., Any]):
    hub.only.permissions["ann"] = "write"
    pull = hub.pull(head="ao/x")
    pull.review("ann", "CHANGES_REQUESTED").dismiss()
    text = """query($id: ID!) { node(id: $id) { ... on PullRequest {
      reviewDecision reviews(last: 1) { nodes { state } }
    } } }"""
    found = (await query(text, id=pull.node_id))["data"]["node"]
    assert found == {"reviewDecision": None, "reviews": {"nodes": [{"state": "DISMISSED"}]}}


async def test_an_outdated_thread_is_unresolved_still(hub: Any, query: Callable[..., Any]):
    thread = hub.pull(head="ao/x").thread("a.py", 3, "?", by="ann").outdate()
    text = """query($id: ID!) { node(id: $id) { ... on PullRequestReviewThread {
      isOutdated isResolved line originalLine
    } } }"""
    found = (await query(text, id=thread.node_id))["data"]["node"]
    assert found == {"isOutdated": True, "isResolved": False, "line": None, "originalLine": 3}


async def test_what_somebody_is_called_is_not_what_they_may_do(hub: Any, query: Callable[..., Any]):
    hub.only.permissions |= {"member": "write", "reader": "read"}
    hub.only.associations["member"] = "CONTRIBUTOR"
    pull = hub.pull(head="ao/x")
    pull.review("member", "COMMENTED")
    pull.review("reader", "COMMENTED")
    text = """query($id: ID!) { node(id: $id) { ... on PullRequest { reviews(first: 2) { nodes {
      authorAssociation authorCanPushToRepository
    } } } } }"""
    assert (await query(text, id=pull.node_id))["data"]["node"]["reviews"]["nodes"] == [
        {"authorAssociation": "CONTRIBUTOR", "authorCanPushToRepository": True},
        {"authorAssociation": "COLLABORATOR", "authorCanPushToRepository": False},
    ]


async def test_a_pull_request_of_a_fork_is_named_by_no_check(
    hub: Any, client: httpx2.AsyncClient, query: Callable[..., Any]
):
    pull = hub.pull(head="mend", fork="eve")
    check = pull.check("ci")
    text = """query($id: ID!) { node(id: $id) { ... on PullRequest {
      isCrossRepository headRefName headRepositoryOwner { login } author { login }
    } } }"""
    found = (await query(text, id=pull.node_id))["data"]["node"]
    named = (await client.get(f"/repos/acme/shop/check-runs/{check.id}")).json()["pull_requests"]
    assert (found["isCrossRepository"], found["headRefName"], found["headRepositoryOwner"]["login"]) == (
        True,
        "mend",
        "eve",
    )
    assert (found["author"]["login"], named) == ("eve", [])


async def test_a_second_run_on_a_commit_leaves_the_first_one_listed(hub: Any, query: Callable[..., Any]):
    pull = hub.pull(head="ao/x")
    pull.check("ci", "failure")
    again = hub.only.run(pull.head_oid, pull.head, "CI")
    hub.only.check(again.suite, "ci").succeed()
    text = """query($id: ID!) { node(id: $id) { ... on PullRequest { statusCheckRollup { state contexts(first: 9) {
      nodes { ... on CheckRun { conclusion checkSuite { workflowRun { runNumber } } } }
    } } } } }"""
    found = (await query(text, id=pull.node_id))["data"]["node"]["statusCheckRollup"]
    assert [(n["conclusion"], n["checkSuite"]["workflowRun"]["runNumber"]) for n in found["contexts"]["nodes"]] == [
        ("FAILURE", 1),
        ("SUCCESS", 2),
    ]


async def test_a_rerun_replaces_what_it_runs_again(hub: Any, query: Callable[..., Any]):
    pull = hub.pull(head="ao/x")
    pull.check("ci", "failure")
    pull.check("lint", "success")
    hub.only.rerun(hub.only.runs[0], only_failed=True)
    assert [(check.name, check.status, check.conclusion) for check in hub.only.checks(pull.head_oid)] == [
        ("ci", "queued", None),
        ("lint", "completed", "success"),
    ]


async def test_a_node_that_is_shown_and_not_held_is_loud(hub: Any, client: httpx2.AsyncClient):
    hub.repository()
    body = {"query": '{ node(id: "C_0123") { id } }'}
    assert (await client.post("/graphql", json=body)).headers["x-double"] == "unmodelled"
    assert hub.problems.pop().endswith("does not model Query.node of C_0123")
