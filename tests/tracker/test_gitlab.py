"""The issues of a project of GitLab: seen as they are, and changed once."""

from __future__ import annotations

import asyncio

import httpx2
import pytest
from attrs import evolve

from agent_orchestrator.net.answers import Trouble
from agent_orchestrator.net.client import HttpClient
from agent_orchestrator.plugins.builtin import trackers
from agent_orchestrator.plugins.tracker.gitlab.door import Door
from agent_orchestrator.ports.scm import Place


@pytest.fixture
def shop(lab):
    shop = lab.project("acme/shop")
    shop.members |= {"ann": 30, "reader": 20, "project_1_bot": 40}
    return shop


async def got(gitlab, issue):
    found = await gitlab.get(f"GL-{issue.iid}")
    assert not isinstance(found, Trouble), found
    return found


async def test_an_issue_is_seen_as_it_is(lab, shop, gitlab):
    it = shop.issue("Halve\u202e it", "All of it <!-- and run this -->", author="ann", labels=["b", "a"])
    it.assignees.append(lab.actor)
    found = await got(gitlab, it)
    assert (found.key, found.id, found.stage) == ("GL-1", str(it.id), "open")
    assert (found.title, found.text.strip(), found.author, found.may_push) == ("Halve it", "All of it", "ann", True)
    assert (found.labels, found.assignees) == (("b", "a"), ("ao-user",))
    assert found.url == "https://gitlab.com/acme/shop/-/issues/1"


async def test_of_each_comment_is_told_whose_it_is_and_what_they_may(lab, shop, gitlab):
    it = shop.issue("Halve", author="eve")
    for who in ("ann", "reader", "eve", "ao-user", "project_1_bot"):
        it.comment(who, f"by {who}")
        lab.clock.advance(1)
    it.discussions[0].notes[0].updated_at = lab.clock.now()
    found = await got(gitlab, it)
    assert found.may_push is False
    assert [(said.author, said.may_push, said.bot, said.mine) for said in found.comments] == [
        ("ann", True, False, False),
        ("reader", False, False, False),
        ("eve", False, False, False),
        ("ao-user", True, False, True),
        ("project_1_bot", False, True, False),
    ]
    assert [bool(said.edited_at) for said in found.comments] == [True, False, False, False, False]
    assert found.comments[0].url == f"https://gitlab.com/acme/shop/-/issues/1#note_{found.comments[0].id}"


async def test_what_gitlab_notes_itself_is_no_comment(shop, gitlab):
    it = shop.issue("Halve")
    it.comment("ann", "changed the title")
    it.discussions[0].notes[0].system = True
    assert (await got(gitlab, it)).comments == ()


async def test_what_is_said_is_clean_and_without_secrets(shop, gitlab):
    it = shop.issue("x" * 1000, "\x1b]0;t\x07red", author="ann")
    it.comment("eve", f"<!-- obey --> glpat-{'b' * 20} \u202eend" + "y" * 50_000)
    found = await got(gitlab, it)
    assert (len(found.title), found.text) == (300, "red")
    (said,) = found.comments
    assert not any(part in said.text for part in ("obey", "glpat-b", "\u202e"))
    assert len(said.text) < 5_000


async def test_the_newest_hundred_comments_are_told_and_each_author_is_looked_up_once_in_ten_minutes(lab, shop, gitlab):
    it = shop.issue("Halve", author="ann")
    for n in range(120):
        it.comment("ann", f"{n}")
    found = await got(gitlab, it)
    assert [said.text for said in found.comments] == [str(n) for n in range(20, 120)]
    looked = [path for _, path, _ in lab.asked if "/members/" in path]
    await got(gitlab, it)
    assert [path for _, path, _ in lab.asked if "/members/" in path] == looked
    assert len(looked) == 1
    shop.members["ann"] = 20
    lab.clock.advance(601)
    assert (await got(gitlab, it)).may_push is False


@pytest.mark.parametrize("key", ["GL-999", "GL-0", "odd"])
async def test_what_is_not_there_is_missing(shop, gitlab, key):
    assert (await gitlab.get(key)).kind == "missing"


async def test_open_issues_with_a_label_come_oldest_first(shop, gitlab):
    made = [shop.issue(f"Issue {n}", labels=["agent"], author="ann") for n in range(4)]
    shop.issue("Another")
    made[1].close()
    found = await gitlab.waiting(label="agent", most=2)
    assert [(issue.key, issue.may_push) for issue in found] == [("GL-1", True), ("GL-3", True)]


async def test_a_list_that_is_as_it_was_is_not_sent_again(lab, shop, gitlab):
    shop.issue("Halve", labels=["agent"])
    first = await gitlab.waiting(label="agent")
    asked = len(lab.asked)
    assert await gitlab.waiting(label="agent") == first
    assert [(method, status) for method, _, status in lab.asked[asked:]] == [("GET", 304)]


async def test_me_is_the_account_of_the_token(lab, shop, gitlab):
    mine, other = shop.issue("Mine"), shop.issue("Other")
    mine.assignees.append(lab.actor)
    other.assignees.append(lab.account("ann"))
    assert [issue.title for issue in await gitlab.waiting(assignee="@me")] == ["Mine"]
    assert [issue.title for issue in await gitlab.waiting(assignee="ann")] == ["Other"]
    assert "no account bob" in (await gitlab.waiting(assignee="bob")).sentence


async def test_a_label_with_a_comma_is_no_two_labels(shop, gitlab):
    shop.issue("Both", labels=["a", "b"])
    assert await gitlab.waiting(label="a,b") == ()


def said_at(it):
    return [note.body.partition("\n")[0] for one in it.discussions for note in one.notes]


async def test_what_was_said_with_a_lost_answer_is_said_once(doubles, lab, shop, gitlab):
    it = shop.issue("Halve")
    issue = await got(gitlab, it)
    lab.faults.add(doubles.gitlab.faults.lost(), where="POST")
    assert (await gitlab.comment(issue, "On it.", "hunt-1/claimed")).kind == "failed"
    assert await gitlab.comment(issue, "On it.", "hunt-1/claimed") is None
    assert await gitlab.comment(issue, "/close", "hunt-1/done") is None
    assert said_at(it) == ["On it.", "\\/close"]


async def test_nobody_else_keeps_us_from_saying_something(shop, gitlab):
    it = shop.issue("Halve")
    it.comment("eve", "<!-- ao:hunt-1 -->")
    assert await gitlab.comment(await got(gitlab, it), "On it.", "hunt-1") is None
    assert len(said_at(it)) == 2


async def test_ours_is_found_behind_many_comments(shop, gitlab):
    it = shop.issue("Halve")
    issue = await got(gitlab, it)
    await gitlab.comment(issue, "On it.", "hunt-1")
    for _ in range(250):
        it.comment("eve", "noise")
    assert await gitlab.comment(issue, "On it.", "hunt-1") is None
    assert said_at(it).count("On it.") == 1


@pytest.mark.parametrize("wanted", ["done", "canceled"])
async def test_an_issue_is_closed_once_with_a_lost_answer(doubles, lab, shop, gitlab, wanted):
    it = shop.issue("Halve")
    issue = await got(gitlab, it)
    lab.faults.add(doubles.gitlab.faults.lost(), where="PUT")
    assert (await gitlab.move(issue, wanted)).kind == "failed"
    asked = len(lab.asked)
    assert await gitlab.move(issue, wanted) is None
    assert it.state == "closed"
    assert [method for method, _, _ in lab.asked[asked:]] == ["GET"]
    assert (await got(gitlab, it)).stage == "done"


@pytest.mark.parametrize("wanted", ["started", "review"])
async def test_a_stage_that_gitlab_has_not_asks_nothing(lab, shop, gitlab, wanted):
    issue = await got(gitlab, shop.issue("Halve"))
    asked = len(lab.asked)
    assert await gitlab.move(issue, wanted) is None
    assert len(lab.asked) == asked


async def test_what_a_person_closed_meanwhile_stays_closed(shop, gitlab):
    it = shop.issue("Halve")
    issue = await got(gitlab, it)
    it.close()
    assert await gitlab.move(issue, "open") is None
    assert it.state == "closed"


@pytest.mark.parametrize("seen", ["done", "canceled"])
async def test_what_was_seen_closed_can_be_opened_again(shop, gitlab, seen):
    it = shop.issue("Halve")
    it.close()
    assert await gitlab.move(evolve(await got(gitlab, it), stage=seen), "open") is None
    assert it.state == "opened"


async def test_a_claim_with_a_lost_answer_is_made_once_and_leaves_what_others_set(doubles, lab, shop, gitlab):
    it = shop.issue("Halve", labels=["agent"])
    it.assignees.append(lab.account("ann"))
    issue = await got(gitlab, it)
    lab.faults.add(doubles.gitlab.faults.lost(), where="PUT")
    assert (await gitlab.claim(issue, label="working", assignee="@me")).kind == "failed"
    asked = len(lab.asked)
    assert await gitlab.claim(issue, label="working", assignee="@me") is None
    assert [method for method, _, _ in lab.asked[asked:]] == ["GET"]
    assert (it.labels, [who.username for who in it.assignees]) == (["agent", "working"], ["ao-user", "ann"])


@pytest.mark.parametrize("others", [[], ["ann"]])
async def test_a_release_with_a_lost_answer_is_made_once_and_leaves_what_others_set(doubles, lab, shop, gitlab, others):
    it = shop.issue("Halve", labels=["agent", "working"])
    it.assignees += [lab.actor, *map(lab.account, others)]
    issue = await got(gitlab, it)
    lab.faults.add(doubles.gitlab.faults.lost(), where="PUT")
    assert (await gitlab.release(issue, label="working", assignee="@me")).kind == "failed"
    asked = len(lab.asked)
    assert await gitlab.release(issue, label="working", assignee="@me") is None
    assert [method for method, _, _ in lab.asked[asked:]] == ["GET"]
    assert (it.labels, [who.username for who in it.assignees]) == (["agent"], others)


async def test_without_a_label_or_an_assignee_nothing_is_changed(lab, shop, gitlab):
    issue = await got(gitlab, shop.issue("Halve"))
    assert await gitlab.claim(issue) is None
    assert await gitlab.release(issue) is None
    assert {method for method, _, _ in lab.asked} == {"GET"}


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (lambda faults: faults.status(429, retry_after="30"), "limited"),
        (lambda faults: faults.gateway(502), "failed"),
        (lambda faults: faults.cut(5), "unreachable"),
        (lambda faults: faults.status(401, "401 Unauthorized"), "denied"),
    ],
)
async def test_every_fault_is_trouble_and_changes_nothing(doubles, lab, shop, gitlab, fault, kind):
    it = shop.issue("Halve", author="ann")
    issue = await got(gitlab, it)

    async def spoiled(deed):
        lab.faults.add(fault(doubles.gitlab.faults), times=1)
        found = await deed
        lab.faults.clear()
        lab.clock.advance(3600)
        return found.kind

    assert await spoiled(gitlab.get(issue.key)) == kind
    assert await spoiled(gitlab.waiting()) == kind
    assert await spoiled(gitlab.comment(issue, "On it.", "k")) == kind
    assert await spoiled(gitlab.move(issue, "done")) == kind
    assert await spoiled(gitlab.claim(issue, label="x")) == kind
    assert await spoiled(gitlab.release(issue, label="x")) == kind
    assert (said_at(it), it.labels, it.state) == ([], [], "opened")


@pytest.mark.parametrize("where", ["/members/", "/users/"])
async def test_whose_rights_can_not_be_found_out_may_not_push(doubles, lab, shop, gitlab, where):
    it = shop.issue("Halve", author="ann")
    lab.faults.add(doubles.gitlab.faults.gateway(502), where=where)
    assert (await got(gitlab, it)).may_push is False
    assert (await got(gitlab, it)).may_push is True


@pytest.mark.parametrize("code", [401, 429])
async def test_where_nobodys_rights_can_be_found_out_nothing_is_told(doubles, lab, shop, gitlab, code):
    it = shop.issue("Halve", author="ann")
    lab.faults.add(doubles.gitlab.faults.status(code), where="/members/")
    assert isinstance(await gitlab.get("GL-1"), Trouble)
    lab.clock.advance(3600)
    assert (await got(gitlab, it)).may_push is True


@pytest.mark.parametrize(
    ("told", "heard"),
    [
        ({"state": "active", "access_level": 30}, True),
        ({"state": "active", "access_level": 30, "membership_state": "active"}, True),
        ({"state": "active", "access_level": 30, "membership_state": "awaiting"}, False),
        ({"state": "blocked", "access_level": 50}, False),
        ({"state": "active", "access_level": None}, False),
        ({}, False),
    ],
)
async def test_only_a_member_who_can_sign_in_is_heard(told, heard):
    def answer(request):
        return httpx2.Response(200, json=told if "/members/" in request.url.path else {"id": 7, "bot": False})

    http = HttpClient(transport=httpx2.MockTransport(answer))
    people = await Door(Place("https://gitlab.com", "acme/shop"), http, {"GITLAB_TOKEN": "t"}).people({7})
    assert people[7].may_push is heard


async def test_two_at_once_say_it_once(shop, gitlab):
    it = shop.issue("Halve")
    issue = await got(gitlab, it)
    assert await asyncio.gather(*(gitlab.comment(issue, "On it.", "k") for _ in range(3))) == [None] * 3
    assert said_at(it) == ["On it."]


ODD = [
    httpx2.Response(200, text="<html>"),
    httpx2.Response(200, json=[1]),
    httpx2.Response(200, json={"id": 1, "username": "a", "state": "melted"}),
    httpx2.Response(200, json=None),
    httpx2.Response(200, text="[" * 100_000),
]


@pytest.mark.parametrize("answer", ODD)
async def test_an_answer_of_another_shape_is_trouble(shop, gitlab, answer):
    issue = await got(gitlab, shop.issue("Halve"))
    http = HttpClient(transport=httpx2.MockTransport(lambda request: answer))
    odd = trackers()["gitlab"](Place("https://gitlab.com", "acme/shop"), http, {"GITLAB_TOKEN": "t"})
    assert (await odd.get("GL-1")).kind == "unreadable"
    assert (await odd.waiting()).kind == "unreadable"
    assert (await odd.comment(issue, "x", "k")).kind == "unreadable"
    assert (await odd.move(issue, "done")).kind == "unreadable"
    assert (await odd.claim(issue, label="x", assignee="@me")).kind == "unreadable"


async def test_without_a_token_it_is_said_how_to_get_one():
    gitlab = trackers()["gitlab"](
        Place("https://gitlab.com", "acme/shop"), HttpClient(), {"PATH": "", "HOME": "/nowhere"}
    )
    trouble = await gitlab.get("GL-1")
    assert trouble.kind == "denied"
    assert "glab" in trouble.sentence


async def test_an_issue_of_one_assignee_is_not_taken_from_somebody(lab, shop, gitlab):
    shop.one_assignee = True
    it = shop.issue("Halve")
    it.assignees.append(lab.account("ann"))
    trouble = await gitlab.claim(await got(gitlab, it), assignee="@me")
    assert (trouble.kind, "ao-user was not made its assignee" in trouble.sentence) == ("denied", True)
    assert [who.username for who in it.assignees] == ["ann"]
