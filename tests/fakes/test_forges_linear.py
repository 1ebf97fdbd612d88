"""The Linear double: the documents that a client needs, filters, limits, webhooks; and what it does not have."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

URL = "https://api.linear.app/graphql"


@pytest.fixture
def ask(linear: Any) -> Callable[..., Any]:
    """``await ask(document, name=value)``: the response."""
    key = linear.key()

    async def ask(document: str, **variables: Any) -> httpx2.Response:
        async with httpx2.AsyncClient(transport=linear.transport(), headers={"Authorization": key}) as client:
            return await client.post(URL, json={"query": document, "variables": variables})

    return ask


async def test_what_changed_is_watched(linear: Any, ask: Callable[..., Any], document: Callable[[str], str]):
    old, team = linear.issue("Old"), linear.team()
    since = linear.clock.advance(60).isoformat()
    linear.clock.advance(60)
    issue = linear.issue("Halve", "All of it")
    issue.labels.append(linear.label("agent"))
    issue.comment("ann", "soon")
    data = (await ask(document("linear/watch"), since=since, team=team.id, n=50)).json()["data"]
    [found] = data["issues"]["nodes"]
    assert (old.identifier, found["identifier"], found["state"]["type"]) == ("TEAM-1", "TEAM-2", "unstarted")
    assert found["branchName"] == "ao-user/team-2-halve"
    assert [label["name"] for label in found["labels"]["nodes"]] == ["agent"]
    assert [comment["user"]["displayName"] for comment in found["comments"]["nodes"]] == ["ann"]
    assert data["rateLimitStatus"]["limits"][0]["remainingAmount"] == 1499


async def test_states_are_told_by_their_types(linear: Any, ask: Callable[..., Any], document: Callable[[str], str]):
    data = (await ask(document("linear/states"), team=linear.team().id)).json()["data"]
    assert {state["type"] for state in data["team"]["states"]["nodes"]} == {
        "triage",
        "backlog",
        "unstarted",
        "started",
        "completed",
        "canceled",
        "duplicate",
    }


async def test_an_issue_is_moved(linear: Any, ask: Callable[..., Any], document: Callable[[str], str]):
    issue = linear.issue("Halve")
    state = linear.team().state("In Progress")
    done = (await ask(document("linear/move"), id="TEAM-1", state=state.id)).json()["data"]["issueUpdate"]
    assert (done["success"], done["issue"]["state"]["type"], issue.state.name) == (True, "started", "In Progress")


async def test_a_comment_with_its_id_is_made_once(linear: Any, ask: Callable[..., Any], document: Callable[[str], str]):
    issue, cid = linear.issue("Halve"), "11111111-1111-4111-8111-111111111111"
    answers = [await ask(document("linear/say"), issue=issue.id, body="once", cid=cid) for _ in range(2)]
    assert {answer.json()["data"]["commentCreate"]["comment"]["id"] for answer in answers} == {cid}
    assert [comment.body for comment in issue.comments] == ["once"]


async def test_a_pull_request_is_linked_once(linear: Any, ask: Callable[..., Any], document: Callable[[str], str]):
    issue = linear.issue("Halve")
    for _ in range(2):
        await ask(document("linear/linkpr"), issue=issue.id, url="https://github.com/acme/shop/pull/1")
    assert [(one.url, one.source_type) for one in issue.attachments] == [
        ("https://github.com/acme/shop/pull/1", "github")
    ]


@pytest.mark.parametrize(
    ("filter", "found"),
    [
        ({"team": {"key": {"eq": "TEAM"}}}, ["TEAM-2", "TEAM-1"]),
        ({"state": {"type": {"in": ["started"]}}}, ["TEAM-2"]),
        ({"labels": {"some": {"name": {"eq": "agent"}}}}, ["TEAM-1"]),
        ({"labels": {"name": {"eq": "agent"}}}, ["TEAM-1"]),
        ({"assignee": {"null": True}}, ["TEAM-2"]),
        ({"assignee": {"name": {"eq": "ann"}}}, ["TEAM-1"]),
        ({"updatedAt": {"gt": "-PT30S"}}, ["TEAM-2"]),
        ({"or": [{"number": {"eq": 1}}, {"title": {"containsIgnoreCase": "TWO"}}]}, ["TEAM-2", "TEAM-1"]),
    ],
)
async def test_issues_are_filtered(linear: Any, ask: Callable[..., Any], filter: dict[str, Any], found: list[str]):
    one = linear.issue("One")
    one.labels.append(linear.label("agent"))
    one.assignee = linear.user("ann")
    linear.clock.advance(60)
    linear.issue("Two", state="In Progress")
    text = "query($filter: IssueFilter) { issues(filter: $filter) { nodes { identifier } } }"
    data = (await ask(text, filter=filter)).json()["data"]
    assert [node["identifier"] for node in data["issues"]["nodes"]] == found


async def test_a_page_has_fifty(linear: Any, ask: Callable[..., Any]):
    for number in range(60):
        linear.issue(f"Issue {number}")
    page = (await ask("{ issues { nodes { id } pageInfo { hasNextPage } } }")).json()["data"]["issues"]
    assert (len(page["nodes"]), page["pageInfo"]["hasNextPage"]) == (50, True)


async def test_a_field_that_never_was_is_refused(ask: Callable[..., Any]):
    answered = await ask("{ viewer { loginn } }")
    assert (answered.status_code, answered.json()["errors"][0]["extensions"]["code"]) == (
        400,
        "GRAPHQL_VALIDATION_FAILED",
    )


async def test_what_is_not_there_is_said(ask: Callable[..., Any]):
    [error] = (await ask('{ issue(id: "TEAM-9") { id } }')).json()["errors"]
    assert (error["message"], error["extensions"]["type"]) == ("Entity not found: Issue", "invalid input")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{ viewer { drafts { nodes { id } } } }", "User.drafts"),
        ("{ issues(filter: {children: {}}) { nodes { id } } }", "IssueFilter.children"),
        ("{ issues(filter: {title: {endsWith: \"x\"}}) { nodes { id } } }", "the comparator endsWith"),
        ("{ issues { nodes { children { nodes { id } } } } }", "Issue.children"),
    ],
)  # fmt: skip
async def test_what_is_not_modelled_is_loud(linear: Any, ask: Callable[..., Any], text: str, problem: str):
    linear.issue("Halve")
    answered = await ask(text)
    assert (answered.status_code, answered.headers["x-double"]) == (500, "unmodelled")
    assert problem in linear.problems.pop()


async def test_an_hour_has_its_limit(linear: Any, ask: Callable[..., Any]):
    linear.limits.allowed = 1
    good, limited = await ask("{ viewer { id } }"), await ask("{ viewer { id } }")
    assert (good.headers["x-ratelimit-requests-remaining"], limited.status_code) == ("0", 400)
    assert limited.json()["errors"][0]["extensions"]["code"] == "RATELIMITED"


async def test_nobody_comes_in_without_a_key(linear: Any):
    async with httpx2.AsyncClient(transport=linear.transport()) as client:
        answered = await client.post(URL, json={"query": "{ viewer { id } }"})
    assert (answered.status_code, answered.json()["errors"][0]["extensions"]["code"]) == (401, "AUTHENTICATION_ERROR")


def test_a_webhook_is_signed(linear: Any):
    hook = linear.hook("http://127.0.0.1:1/hook", "secret")
    issue = linear.issue("Halve")
    issue.move("Done")
    issue.comment("ann", "done")
    assert [(d.payload["type"], d.payload["action"]) for d in hook.deliveries] == [
        ("Issue", "create"),
        ("Issue", "update"),
        ("Comment", "create"),
    ]
    last = hook.deliveries[-1]
    assert last.headers["Linear-Signature"] == hmac.new(b"secret", last.body, hashlib.sha256).hexdigest()
    assert int(last.headers["Linear-Timestamp"]) == last.payload["webhookTimestamp"]


async def test_an_id_that_is_no_fourth_version_is_refused(
    linear: Any, ask: Callable[..., Any], document: Callable[[str], str]
):
    issue, cid = linear.issue("Halve"), "11111111-1111-5111-8111-111111111111"
    answer = (await ask(document("linear/say"), issue=issue.id, body="once", cid=cid)).json()
    assert (answer["errors"][0]["extensions"]["code"], issue.comments) == ("INPUT_ERROR", [])


async def test_who_wrote_from_elsewhere_is_told_apart(linear: Any, ask: Callable[..., Any]):
    issue = linear.issue("Halve")
    issue.comment("ann", "as a member")
    issue.comment(linear.external("sam"), "from Slack")
    issue.comment(None, "by itself", bot="Sentry")
    nodes = "nodes { user { displayName active app guest } externalUser { displayName } botActor { name type } }"
    query = f"query Who($id: String!) {{ issue(id: $id) {{ comments {{ {nodes} }} }} }}"
    found = (await ask(query, id=issue.id)).json()["data"]["issue"]["comments"]["nodes"]
    assert found == [
        {"user": None, "externalUser": None, "botActor": {"name": "Sentry", "type": "integration"}},
        {"user": None, "externalUser": {"displayName": "sam"}, "botActor": None},
        {
            "user": {"displayName": "ann", "active": True, "app": False, "guest": False},
            "externalUser": None,
            "botActor": None,
        },
    ]


async def test_who_asks_can_be_filtered_by(linear: Any, ask: Callable[..., Any]):
    mine, other, _ = linear.issue("Mine"), linear.issue("Other"), linear.issue("Nobody's")
    mine.assignee, other.assignee = linear.actor, linear.user("ann")
    query = "query Mine($is: Boolean!) { issues(filter: {assignee: {isMe: {eq: $is}}}) { nodes { title } } }"
    for wanted, title in ((True, "Mine"), (False, "Other")):
        found = (await ask(query, **{"is": wanted})).json()["data"]["issues"]["nodes"]
        assert found == [{"title": title}]


async def test_a_label_can_be_of_the_whole_workspace(linear: Any, ask: Callable[..., Any]):
    linear.label("agent"), linear.workspace_label("all"), linear.workspace_label("kinds", group=True)
    query = "query { issueLabels(filter: {team: {null: true}}) { nodes { name isGroup team { key } } } }"
    found = (await ask(query)).json()["data"]["issueLabels"]["nodes"]
    assert found == [{"name": "kinds", "isGroup": True, "team": None}, {"name": "all", "isGroup": False, "team": None}]
