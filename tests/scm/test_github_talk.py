"""What is said at pull requests of GitHub: all of it, by whom, and what they may do, at a known price."""

from __future__ import annotations

import pytest

from agent_orchestrator.plugins.scm.github.talk_documents import MANY, ONE, SOME, THREADS


@pytest.fixture
def talk(hub, scm, seen):
    """What is said at one pull request. Only what is asked for that is counted."""

    async def talk(pull):
        known = await seen(pull)
        hub.asked.clear()
        (found,) = (await scm.talk([known])).values()
        return found

    return talk


def said(found):
    return [(each.author, each.text, each.verdict, each.thread) for each in found.comments]


async def test_reviews_threads_and_comments_are_told_oldest_first(hub, talk):
    pull = hub.pull(head="ao/x")
    pull.comment("ann", "nice")
    hub.clock.advance(1)
    thread = pull.thread("half.py", 2, "why?", by="eve")
    hub.clock.advance(1)
    pull.review("ann", "CHANGES_REQUESTED", "not so")
    hub.clock.advance(1)
    thread.reply("because", by="ann")
    found = await talk(pull)
    assert said(found) == [
        ("ann", "nice", "", ""),
        ("eve", "why?", "", thread.node_id),
        ("ann", "not so", "changes-requested", ""),
        ("ann", "because", "", thread.node_id),
    ]
    assert [(each.path, each.line) for each in found.comments] == [("", 0), ("half.py", 2), ("", 0), ("half.py", 2)]
    assert not found.cut


@pytest.mark.parametrize(
    ("state", "verdict"),
    [("APPROVED", "approved"), ("CHANGES_REQUESTED", "changes-requested"), ("DISMISSED", "dismissed")],
)
async def test_a_verdict_without_a_word_is_one(hub, talk, state, verdict):
    pull = hub.pull(head="ao/x")
    pull.review("ann", state)
    assert said(await talk(pull)) == [("ann", "", verdict, "")]


async def test_a_review_that_is_not_submitted_is_not_told(hub, talk):
    pull = hub.pull(head="ao/x")
    pull.review("ao-user", "PENDING", "to be")
    assert said(await talk(pull)) == []


@pytest.mark.parametrize(
    ("permission", "may"),
    [("admin", True), ("maintain", True), ("write", True), ("triage", False), ("read", False)],
)
async def test_who_may_push_is_what_the_service_says(hub, talk, permission, may):
    hub.repository("acme/shop").permissions["ann"] = permission
    hub.only.associations["ann"] = "CONTRIBUTOR"
    pull = hub.pull(head="ao/x")
    pull.comment("ann", "one")
    pull.review("ann", "COMMENTED", "two")
    pull.thread("half.py", 2, "three", by="ann")
    assert [each.may_push for each in (await talk(pull)).comments] == [may] * 3


async def test_of_a_person_it_is_asked_once_in_ten_minutes(hub, talk):
    hub.repository("acme/shop").permissions["ann"] = "write"
    pull = hub.pull(head="ao/x")
    pull.comment("ann", "one")
    pull.comment("ann", "two")
    await talk(pull)
    assert hub.count("core") == 1
    await talk(pull)
    assert hub.count("core") == 0
    hub.clock.advance(601)
    hub.only.permissions["ann"] = "read"
    assert [each.may_push for each in (await talk(pull)).comments] == [False, False]


async def test_a_program_is_one_by_its_kind_and_never_asked_after_as_a_person_of_its_name(hub, talk):
    pull = hub.pull(head="ao/x")
    pull.comment("helper[bot]", "I am one")
    hub.repository("acme/shop").permissions["helper"] = "admin"
    found = (await talk(pull)).comments[0]
    assert (found.author, found.bot, found.may_push, hub.count("core")) == ("helper", True, False, 0)


async def test_who_calls_themselves_a_program_is_none(hub, talk):
    pull = hub.pull(head="ao/x")
    pull.comment(hub.account("github-actions"), "trust me")
    assert not (await talk(pull)).comments[0].bot


async def test_who_is_unknown_to_the_repository_may_not_push(hub, talk, doubles):
    pull = hub.pull(head="ao/x")
    pull.comment("eve", "hello")
    hub.faults.add(doubles.github.faults.status(404, "Not Found"), where="/permission")
    assert [each.may_push for each in (await talk(pull)).comments] == [False]


async def test_nobody_is_an_outsider_because_the_service_had_no_time(hub, scm, seen, doubles):
    pull = hub.pull(head="ao/x")
    pull.comment("ann", "hello")
    known = await seen(pull)
    hub.faults.add(doubles.github.faults.gateway(502), where="/permission")
    assert (await scm.talk([known])).kind == "failed"


async def test_an_edit_is_told_with_its_time(hub, talk):
    pull = hub.pull(head="ao/x")
    comment = pull.comment("ann", "one")
    hub.clock.advance(60)
    comment.edit("two")
    found = (await talk(pull)).comments[0]
    assert (found.text, found.edited_at > found.at > "") == ("two", True)


async def test_what_was_hidden_is_left_out(hub, talk):
    pull = hub.pull(head="ao/x")
    pull.comment("eve", "spam").minimized = "spam"
    pull.thread("half.py", 2, "off", by="eve").comments[0].minimized = "off-topic"
    pull.review("eve", "COMMENTED", "old").minimized = "outdated"
    assert said(await talk(pull)) == []


async def test_what_was_said_with_the_persons_own_account_is_known(hub, talk):
    pull = hub.pull(head="ao/x")
    pull.comment("ao-user", "I")
    pull.comment("ann", "you")
    assert [each.mine for each in (await talk(pull)).comments] == [True, False]


async def test_hostile_text_is_clean(hub, talk):
    pull = hub.pull(head="ao/x")
    pull.comment("eve", "a\x1b[31mb\u202ec<!-- obey -->d ghp_" + "a1B2" * 9)
    assert said(await talk(pull))[0][1] == "abcd [redacted]"


async def test_a_comment_of_a_megabyte_is_cut(hub, talk):
    pull = hub.pull(head="ao/x")
    pull.comment("eve", "x" * 1_000_000)
    assert len((await talk(pull)).comments[0].text) <= 4_100


async def test_comments_that_are_too_much_for_one_answer_are_read_as_far_as_they_are_not(hub, talk):
    pull = hub.pull(head="ao/x")
    for _ in range(30):
        pull.comment("eve", "x" * 1_000_000)
    found = await talk(pull)
    assert (len(found.comments), found.cut) == (5, True)


async def test_that_there_is_more_than_was_read_is_told(hub, talk):
    pull = hub.pull(head="ao/x")
    for number in range(101):
        pull.comment("ann", str(number))
    found = await talk(pull)
    assert (len(found.comments), found.comments[-1].text, found.cut) == (100, "100", True)


async def test_a_long_thread_is_told_to_be_cut(hub, talk):
    pull = hub.pull(head="ao/x")
    thread = pull.thread("half.py", 2, "0", by="ann")
    for number in range(60):
        thread.reply(str(number), by="ann")
    assert (await talk(pull)).cut


async def test_one_pull_request_costs_a_point(hub, talk):
    pull = hub.pull(head="ao/x")
    for number in range(100):
        pull.thread("half.py", number + 1, "why?", by="ann")
    assert len((await talk(pull)).comments) == 100
    assert hub.count("graphql") == 1


@pytest.mark.parametrize(("pulls", "threads", "points"), [(2, 0, 1), (49, 0, 1), (50, 0, 2), (49, 2, 2), (20, 6, 3)])
async def test_many_cost_a_point_for_49_and_one_for_100_threads(hub, scm, pulls, threads, points):
    made = [hub.pull(head=f"ao/{number}") for number in range(pulls)]
    for pull in made:
        for line in range(threads):
            pull.thread("half.py", line + 1, "why?", by="ann")
    known = (await scm.sweep({pull.node_id: None for pull in made})).pulls
    hub.asked.clear()
    found = await scm.talk(list(known.values()))
    assert [len(found[pull.node_id].comments) for pull in made] == [threads] * pulls
    assert hub.count("graphql") == points


@pytest.mark.parametrize(("pulls", "threads", "requests"), [(2, 3, 1), (16, 3, 1), (17, 3, 2)])
async def test_some_with_few_threads_are_one_request(hub, scm, pulls, threads, requests):
    made = [hub.pull(head=f"ao/{number}") for number in range(pulls)]
    for pull in made:
        for line in range(threads):
            pull.thread("half.py", line + 1, "why?", by="ann")
    known = (await scm.sweep({pull.node_id: None for pull in made})).pulls
    hub.asked.clear()
    found = await scm.talk(list(known.values()))
    assert {len(each.comments) for each in found.values()} == {threads}
    assert [(asked.name, asked.points) for asked in hub.asked[1:]] == [("Threads", 1)] * (requests - 1)
    assert len(hub.asked) == requests


async def test_of_some_nothing_is_left_out_without_a_word(hub, scm):
    made = [hub.pull(head=f"ao/{number}") for number in range(2)]
    known = (await scm.sweep({pull.node_id: None for pull in made})).pulls
    for line in range(4):
        made[0].thread("half.py", line + 1, "why?", by="ann")
    found = await scm.talk(list(known.values()))
    assert [(len(found[pull.node_id].comments), found[pull.node_id].cut) for pull in made] == [(3, True), (0, False)]


@pytest.mark.parametrize(
    ("document", "variables"),
    [
        (ONE, {"id": "", "most": 100}),
        (SOME, {"ids": [""] * 24, "most": 100, "threads": 3}),
        (MANY, {"ids": [""] * 49, "most": 100}),
        (THREADS, {"ids": [""] * 100}),
    ],
    ids=["one", "some", "many", "threads"],
)
async def test_the_price_by_the_published_formula_is_one_point(hub, github, document, variables):
    id = hub.repository("acme/shop").pull(head="ao/x").node_id
    given = {name: id if value == "" else value for name, value in variables.items()}
    given |= {name: [id] * len(value) for name, value in given.items() if isinstance(value, list)}
    priced = document.replace("{", "{ rateLimit(dryRun: true) { cost }", 1)
    reply = await github.ask(priced, given)
    assert reply.data["rateLimit"]["cost"] == 1


async def test_one_that_is_broken_is_left_out(hub, scm):
    pulls = [hub.pull(head=f"ao/{number}") for number in range(3)]
    known = (await scm.sweep({pull.node_id: None for pull in pulls})).pulls
    hub.broken[pulls[1].node_id] = ("INTERNAL", "Something went wrong")
    assert set(await scm.talk(list(known.values()))) == {pulls[0].node_id, pulls[2].node_id}


async def test_the_only_one_that_is_broken_is_trouble(hub, scm, seen):
    pull = hub.pull(head="ao/x")
    known = await seen(pull)
    hub.broken[pull.node_id] = ("INTERNAL", "Something went wrong")
    assert "Something went wrong" in (await scm.talk([known])).sentence


@pytest.mark.parametrize("code", [502, 504])
async def test_what_is_too_much_at_once_is_asked_in_halves(hub, scm, doubles, code):
    pulls = [hub.pull(head=f"ao/{number}") for number in range(4)]
    known = (await scm.sweep({pull.node_id: None for pull in pulls})).pulls
    hub.faults.add(doubles.github.faults.gateway(code), where="/graphql")
    assert len(await scm.talk(list(known.values()))) == 4


@pytest.mark.parametrize("code", [403, 429])
async def test_when_the_service_asks_for_a_pause_nothing_more_is_asked(hub, scm, seen, doubles, code):
    known = await seen(hub.pull(head="ao/x"))
    hub.faults.add(doubles.github.faults.status(code, "slow down", retry_after="30"), where="/graphql")
    hub.asked.clear()
    trouble = await scm.talk([known])
    assert (trouble.kind, trouble.until - hub.clock.now().timestamp()) == ("limited", 30)
    assert (await scm.talk([known])).kind == "limited"
    assert hub.asked == []
