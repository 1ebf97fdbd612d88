"""The issues of a repository of GitHub: seen as they are, for little, and changed once."""

from __future__ import annotations

import asyncio

import httpx2
import pytest
from attrs import evolve

from agent_orchestrator.net.answers import Trouble
from agent_orchestrator.net.client import HttpClient
from agent_orchestrator.plugins.builtin import trackers
from agent_orchestrator.plugins.tracker.github import documents
from agent_orchestrator.plugins.tracker.github.read import stage
from agent_orchestrator.ports.scm import Place


@pytest.fixture
def shop(hub):
    shop = hub.repository("acme/shop")
    shop.permissions |= {"ann": "write", "reader": "triage", "chief": "maintain"}
    return shop


async def got(github, issue):
    found = await github.get(f"GH-{issue.number}")
    assert not isinstance(found, Trouble), found
    return found


async def test_an_issue_is_seen_as_it_is(shop, github):
    it = shop.issue("Halve\u202e it", "All of it <!-- and run this -->", author="ann", labels=["b", "a"])
    it.assign("ao-user")
    found = await got(github, it)
    assert (found.key, found.id, found.stage) == (f"GH-{it.number}", it.node_id, "open")
    assert (found.title, found.text.strip(), found.author, found.may_push) == ("Halve it", "All of it", "ann", True)
    assert (found.labels, found.assignees) == (("b", "a"), ("ao-user",))
    assert found.url == f"https://github.com/acme/shop/issues/{it.number}"


async def test_of_each_comment_is_told_whose_it_is_and_what_they_may(hub, shop, github):
    it = shop.issue("Halve", author="eve")
    for who in ("ann", "chief", "reader", "eve", "ao-user", "helper[bot]"):
        it.comment(who, f"by {who}")
        hub.clock.advance(1)
    it.comments[0].edit("other")
    found = await got(github, it)
    assert found.may_push is False
    assert [(said.author, said.may_push, said.bot, said.mine) for said in found.comments] == [
        ("ann", True, False, False),
        ("chief", True, False, False),
        ("reader", False, False, False),
        ("eve", False, False, False),
        ("ao-user", True, False, True),
        ("helper", False, True, False),
    ]
    assert [bool(said.edited_at) for said in found.comments] == [True, False, False, False, False, False]


async def test_a_bot_that_may_write_is_heard_only_where_a_person_says_so(hub, shop, github):
    shop.permissions["helper"] = "write"
    it = shop.issue("Halve", author=hub.account("helper[bot]"))
    it.comment("helper[bot]", "do this")
    found = await got(github, it)
    assert (found.may_push, found.comments[0].may_push, found.comments[0].bot) == (False, False, True)
    assert [issue.may_push for issue in await github.waiting()] == [False]


async def test_a_member_whose_membership_is_hidden_may_push_and_a_member_who_reads_may_not(shop, github):
    shop.associations |= {"ann": "CONTRIBUTOR", "reader": "MEMBER"}
    it = shop.issue("Halve", author="ann")
    it.comment("reader", "do this")
    found = await got(github, it)
    assert (found.may_push, found.comments[0].may_push) == (True, False)


async def test_what_is_said_is_clean_and_without_secrets(shop, github):
    it = shop.issue("x" * 1000, "\x1b]0;t\x07red", author="ann")
    it.comment("eve", f"<!-- obey --> ghp_{'b' * 36} \u202eend" + "y" * 50_000)
    found = await got(github, it)
    assert (len(found.title), found.text) == (300, "red")
    (said,) = found.comments
    assert not any(part in said.text for part in ("obey", "ghp_", "\u202e"))
    assert len(said.text) < 5_000


async def test_an_issue_costs_one_point_and_each_author_one_request_in_ten_minutes(hub, shop, github):
    it = shop.issue("Halve", author="ann", labels=["a"])
    for _ in range(120):
        it.comment("ann", "again")
    found = await got(github, it)
    assert len(found.comments) == 100
    assert (hub.count("graphql"), hub.count("core")) == (1, 1)
    await got(github, it)
    assert (hub.count("graphql"), hub.count("core")) == (2, 1)
    shop.permissions["ann"] = "read"
    hub.clock.advance(601)
    assert (await got(github, it)).may_push is False


@pytest.mark.parametrize("key", ["GH-999", "GH-0", "odd"])
async def test_what_is_not_there_is_missing(shop, github, key):
    assert (await github.get(key)).kind == "missing"


async def test_a_pull_request_is_no_issue(shop, github):
    pull = shop.pull(head="ao/x")
    assert (await github.get(f"GH-{pull.number}")).kind == "missing"


async def test_open_issues_with_a_label_come_oldest_first_without_pull_requests(hub, shop, github):
    made = [shop.issue(f"Issue {n}", labels=["agent"]) for n in range(3)]
    shop.issue("Another")
    shop.pull(head="ao/x", labels=["agent"])
    made[1].close()
    found = await github.waiting(label="agent")
    assert [issue.key for issue in found] == [f"GH-{made[0].number}", f"GH-{made[2].number}"]
    assert [issue.id for issue in found] == [made[0].node_id, made[2].node_id]


async def test_what_waits_is_found_behind_a_page_of_pull_requests_and_capped(shop, github):
    for n in range(100):
        shop.pull(head=f"ao/{n}")
    made = [shop.issue(f"Issue {n}") for n in range(3)]
    found = await github.waiting(most=2)
    assert [issue.title for issue in found] == [made[0].title, made[1].title]


async def test_a_list_that_is_as_it_was_costs_nothing(hub, shop, github):
    shop.issue("Halve", author="ann", labels=["agent"])
    first = await github.waiting(label="agent")
    spent, asked = hub.count("core"), len(hub.asked)
    assert await github.waiting(label="agent") == first
    assert [(asked.method, asked.status) for asked in hub.asked[asked:]] == [("GET", 304)]
    assert hub.count("core") == spent


async def test_what_is_new_is_seen_at_once(shop, github):
    await github.waiting(label="agent")
    shop.issue("Halve", author="ann", labels=["agent"])
    (found,) = await github.waiting(label="agent")
    assert (found.title, found.may_push) == ("Halve", True)


async def test_me_is_the_account_of_the_token(shop, github):
    mine, other = shop.issue("Mine"), shop.issue("Other")
    mine.assign("ao-user")
    other.assign("ann")
    assert [issue.title for issue in await github.waiting(assignee="@me")] == ["Mine"]
    assert [issue.title for issue in await github.waiting(assignee="ann")] == ["Other"]


async def test_a_label_with_a_comma_is_no_two_labels(shop, github):
    shop.issue("Both", labels=["a", "b"])
    assert await github.waiting(label="a,b") == ()


async def test_what_was_said_with_a_lost_answer_is_said_once(doubles, hub, shop, github):
    it = shop.issue("Halve")
    issue = await got(github, it)
    hub.faults.add(doubles.github.faults.lost(), where="POST /repos/acme/shop/issues")
    assert (await github.comment(issue, "On it.", "hunt-1/claimed")).kind == "failed"
    assert await github.comment(issue, "On it.", "hunt-1/claimed") is None
    assert await github.comment(issue, "Done.", "hunt-1/done") is None
    assert [said.body.partition("\n")[0] for said in it.comments] == ["On it.", "Done."]


async def test_nobody_else_keeps_us_from_saying_something(shop, github):
    it = shop.issue("Halve")
    it.comment("eve", "<!-- ao:hunt-1 -->")
    assert await github.comment(await got(github, it), "On it.", "hunt-1") is None
    assert len(it.comments) == 2


async def test_ours_is_found_behind_many_comments(hub, shop, github):
    it = shop.issue("Halve")
    issue = await got(github, it)
    await github.comment(issue, "On it.", "hunt-1")
    for _ in range(250):
        it.comment("eve", "noise")
    assert await github.comment(issue, "On it.", "hunt-1") is None
    assert len(it.comments) == 251


async def test_where_comments_can_not_be_seen_nothing_is_said(doubles, hub, shop, github):
    it = shop.issue("Halve")
    issue = await got(github, it)
    hub.faults.add(doubles.github.faults.gateway(502), where="query Said")
    assert (await github.comment(issue, "On it.", "hunt-1")).kind == "failed"
    assert it.comments == []


@pytest.mark.parametrize(("wanted", "reason"), [("done", "COMPLETED"), ("canceled", "NOT_PLANNED")])
async def test_an_issue_is_closed_once_with_a_lost_answer(doubles, hub, shop, github, wanted, reason):
    it = shop.issue("Halve")
    issue = await got(github, it)
    hub.faults.add(doubles.github.faults.lost(), where="PATCH")
    assert (await github.move(issue, wanted)).kind == "failed"
    assert await github.move(issue, wanted) is None
    assert (it.state, it.state_reason) == ("CLOSED", reason)
    assert [event.kind for event in it.timeline] == ["ClosedEvent"]
    assert (await got(github, it)).stage == wanted


@pytest.mark.parametrize("wanted", ["started", "review"])
async def test_a_stage_that_github_has_not_asks_nothing(hub, shop, github, wanted):
    issue = await got(github, shop.issue("Halve"))
    asked = len(hub.asked)
    assert await github.move(issue, wanted) is None
    assert len(hub.asked) == asked


async def test_what_a_person_closed_meanwhile_stays_closed(shop, github):
    it = shop.issue("Halve")
    issue = await got(github, it)
    it.close("ann", "NOT_PLANNED")
    assert await github.move(issue, "open") is None
    assert await github.move(issue, "done") is None
    assert (it.state, it.state_reason) == ("CLOSED", "NOT_PLANNED")


async def test_what_was_seen_closed_can_be_opened_again(shop, github):
    it = shop.issue("Halve")
    it.close()
    assert await github.move(await got(github, it), "open") is None
    assert it.state == "OPEN"


@pytest.mark.parametrize("lost", ["/assignees", "/labels"])
async def test_a_claim_with_a_lost_answer_is_made_once(doubles, hub, shop, github, lost):
    it = shop.issue("Halve", labels=["agent"])
    it.assign("ann")
    issue = await got(github, it)
    hub.faults.add(doubles.github.faults.lost(), where=f"POST /repos/acme/shop/issues/{it.number}{lost}")
    assert (await github.claim(issue, label="ao: working", assignee="@me")).kind == "failed"
    assert await github.claim(issue, label="ao: working", assignee="@me") is None
    assert [label.name for label in it.labels] == ["agent", "ao: working"]
    assert [who.login for who in it.assignees] == ["ann", "ao-user"]
    assert [event.kind for event in it.timeline].count("LabeledEvent") <= 2


@pytest.mark.parametrize("lost", ["/assignees", "/labels"])
async def test_a_release_with_a_lost_answer_is_made_once_and_leaves_what_others_set(doubles, hub, shop, github, lost):
    it = shop.issue("Halve", labels=["agent", "ao/working now"])
    it.assign("ann", "ao-user")
    issue = await got(github, it)
    hub.faults.add(doubles.github.faults.lost(), where=f"DELETE /repos/acme/shop/issues/{it.number}{lost}")
    assert (await github.release(issue, label="ao/working now", assignee="@me")).kind == "failed"
    assert await github.release(issue, label="ao/working now", assignee="@me") is None
    assert [label.name for label in it.labels] == ["agent"]
    assert [who.login for who in it.assignees] == ["ann"]


async def test_what_is_claimed_already_is_only_looked_at(hub, shop, github):
    it = shop.issue("Halve", labels=["Working"])
    it.assign("ao-user")
    issue = await got(github, it)
    asked = len(hub.asked)
    assert await github.claim(issue, label="working", assignee="@me") is None
    assert [asked.method for asked in hub.asked[asked:]] == ["GET"]


async def test_without_a_label_or_an_assignee_nothing_is_changed(hub, shop, github):
    issue = await got(github, shop.issue("Halve"))
    assert await github.claim(issue) is None
    assert await github.release(issue) is None
    assert {asked.method for asked in hub.asked} == {"GET", "POST"}
    assert [asked.path for asked in hub.asked if asked.method == "POST"] == ["/graphql"]


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (lambda faults: faults.status(429, retry_after="30"), "limited"),
        (lambda faults: faults.secondary(60), "limited"),
        (lambda faults: faults.gateway(502), "failed"),
        (lambda faults: faults.cut(5), "unreachable"),
        (lambda faults: faults.status(401, "Bad credentials"), "denied"),
    ],
)
async def test_every_fault_is_trouble_and_changes_nothing(doubles, hub, shop, github, fault, kind):
    it = shop.issue("Halve", author="ann")
    issue = await got(github, it)

    async def spoiled(deed):
        hub.faults.add(fault(doubles.github.faults), times=1)
        found = await deed
        hub.faults.clear()
        hub.clock.advance(3600)
        return found.kind

    assert await spoiled(github.get(issue.key)) == kind
    assert await spoiled(github.waiting()) == kind
    assert await spoiled(github.comment(issue, "On it.", "k")) == kind
    assert await spoiled(github.move(issue, "done")) == kind
    assert await spoiled(github.claim(issue, label="x")) == kind
    assert await spoiled(github.release(issue, label="x")) == kind
    assert (it.comments, it.labels, it.state) == ([], [], "OPEN")


async def test_whose_rights_can_not_be_found_out_may_not_push(doubles, hub, shop, github):
    it = shop.issue("Halve", author="ann")
    hub.faults.add(doubles.github.faults.gateway(502), where="/collaborators/")
    assert (await got(github, it)).may_push is False
    assert (await got(github, it)).may_push is True


@pytest.mark.parametrize("code", [401, 429])
async def test_where_nobodys_rights_can_be_found_out_nothing_is_told(doubles, hub, shop, github, code):
    it = shop.issue("Halve", author="ann")
    hub.faults.add(doubles.github.faults.status(code), where="/collaborators/")
    assert isinstance(await github.get(f"GH-{it.number}"), Trouble)
    hub.clock.advance(3600)
    assert (await got(github, it)).may_push is True


async def test_who_has_no_right_to_ask_hears_nobody_and_asks_no_more_for_a_while(hub, shop):
    shop.permissions["guest"] = "read"
    it = shop.issue("Halve", author="ann")
    http = HttpClient(transport=hub.transport(), now=lambda: hub.clock.now().timestamp())
    github = trackers()["github"](Place("https://github.com", "acme/shop"), http, {"GH_TOKEN": hub.token("guest")})
    for _ in range(2):
        assert (await got(github, it)).may_push is False
    assert [asked.status for asked in hub.asked if asked.path.endswith("/permission")] == [403]


async def test_two_at_once_say_it_once(shop, github):
    it = shop.issue("Halve")
    issue = await got(github, it)
    assert await asyncio.gather(*(github.comment(issue, "On it.", "k") for _ in range(3))) == [None] * 3
    assert len(it.comments) == 1


async def test_an_issue_that_was_transferred_is_not_changed(hub, shop, github):
    issue = await got(github, shop.issue("Halve"))
    there = {
        "node_id": "I_2",
        "number": issue.key[3:] + "1",
        "html_url": "https://github.com/other/repo/issues/11",
        "title": "Halve",
        "state": "open",
        "user": None,
        "labels": [],
        "updated_at": "",
    }
    moved = served(httpx2.Response(200, json=there))
    for done in (await moved.move(issue, "done"), await moved.claim(issue, label="x"), await moved.release(issue)):
        assert (done.kind, "other/repo" in done.sentence) == ("gone", True)


@pytest.mark.parametrize("document", [documents.ISSUE, documents.SAID, documents.VIEWER])
async def test_every_document_is_valid_and_costs_a_point(hub, shop, document):
    it = shop.issue("Halve")
    headers = {"Authorization": f"Bearer {hub.token()}"}
    async with httpx2.AsyncClient(transport=hub.transport(), headers=headers) as client:
        variables = {"owner": "acme", "name": "shop", "number": it.number}
        body = {"query": document, "variables": variables if "$owner" in document else {}}
        answer = await client.post("https://api.github.com/graphql", json=body)
    assert "errors" not in answer.json()
    assert hub.count("graphql") == 1


def served(answer):
    """A tracker of a service that gives this answer to everything."""
    transport = httpx2.MockTransport(lambda request: answer)
    return trackers()["github"](
        Place("https://github.com", "acme/shop"), HttpClient(transport=transport), {"GH_TOKEN": "t"}
    )


ODD = [
    httpx2.Response(200, text="<html>"),
    httpx2.Response(200, json=[1]),
    httpx2.Response(200, json={"data": {"repository": {"issue": {"number": "x"}}, "viewer": {"login": "a"}}}),
    httpx2.Response(200, json={"data": {"repository": {"issue": {"comments": 3}}, "viewer": None}}),
    httpx2.Response(200, text="[" * 100_000),
]


@pytest.mark.parametrize("answer", ODD)
async def test_an_answer_of_another_shape_is_trouble(answer):
    github = served(answer)
    assert (await github.get("GH-1")).kind in ("unreadable", "missing")
    assert (await github.waiting()).kind == "unreadable"


async def test_a_comment_that_could_not_be_given_is_left_out_and_keeps_nothing_from_being_said_twice(hub, shop, github):
    it = shop.issue("Halve")
    issue = await got(github, it)
    node = {
        "id": "I_1",
        "number": 1,
        "url": "https://github.com/acme/shop/issues/1",
        "title": "Halve",
        "body": None,
        "state": "OPEN",
        "stateReason": None,
        "updatedAt": "2026-03-02T09:00:00Z",
        "author": None,
        "labels": None,
        "assignees": {"nodes": []},
        "comments": {"nodes": [None], "pageInfo": {"hasPreviousPage": False, "startCursor": None}},
    }
    errors = [{"message": "timed out", "path": ["repository", "issue", "comments", "nodes", 0]}]
    data = {"viewer": {"login": "ao-user"}, "repository": {"issue": node}}
    partial = served(httpx2.Response(200, json={"data": data, "errors": errors}))
    found = await partial.get("GH-1")
    assert (found.author, found.may_push, found.comments) == ("ghost", False, ())
    assert (await partial.comment(issue, "On it.", "k")).kind == "unreadable"
    node["comments"]["nodes"] = []
    partial = served(httpx2.Response(200, json={"data": data, "errors": errors}))
    assert (await partial.comment(issue, "On it.", "k")).sentence == "GH-1: timed out"


async def test_without_a_token_it_is_said_how_to_get_one():
    github = trackers()["github"](
        Place("https://github.com", "acme/shop"), HttpClient(), {"PATH": "", "HOME": "/nowhere"}
    )
    trouble = await github.get("GH-1")
    assert trouble.kind == "denied"
    assert "gh auth login" in trouble.sentence


def test_both_interfaces_have_one_word_for_a_stage():
    assert stage("CLOSED", "NOT_PLANNED") == stage("closed", "not_planned") == "canceled"
    assert stage("closed", "duplicate") == "canceled"
    assert stage("OPEN", "REOPENED") == stage("open", None) == "open"
    assert stage("closed", None) == "done"
    with pytest.raises(ValueError):
        stage("melted", None)


async def test_who_can_not_be_assigned_is_said(hub, shop, github):
    hub.account("eve")
    issue = await got(github, shop.issue("Halve"))
    trouble = await github.claim(issue, assignee="eve")
    assert (trouble.kind, "eve" in trouble.sentence) == ("denied", True)


async def test_an_issue_that_is_gone_is_missing(shop, github):
    issue = evolve(await got(github, shop.issue("Halve")), key="GH-999")
    assert (await github.move(issue, "done")).kind == "missing"
    assert (await github.claim(issue, label="x")).kind == "missing"
    assert (await github.comment(issue, "x", "k")).kind == "missing"
