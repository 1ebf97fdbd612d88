"""What a look costs, and what happens when GitLab fails: one merge request's trouble is its own."""

from __future__ import annotations

from functools import partial

import pytest

from agent_orchestrator.plugins.scm.gitlab import documents


@pytest.fixture
async def hundred(lab, gitlab):
    """A hundred merge requests with a green pipeline each, that were seen; and what was."""
    made = [lab.only.merge_request(source=f"ao/{number}") for number in range(100)]
    for it in made:
        lab.only.pipeline(it.sha, it.source).job("unit")
    lab.clock.advance(60)
    seen = await gitlab.sweep({str(it.iid): None for it in made})
    assert (seen.trouble, len(seen.pulls)) == (None, 100)
    assert all(pull.green for pull in seen.pulls.values())
    return made, seen.pulls


async def test_the_first_look_at_a_hundred_takes_twelve_requests(lab, hundred):
    assert len(lab.asked) == 12


async def test_a_hundred_that_do_not_change_take_one_request(lab, gitlab, hundred):
    lab.asked.clear()
    seen = await gitlab.sweep(hundred[1])
    assert seen.pulls == hundred[1]
    assert [path for _, path, _ in lab.asked] == ["/api/graphql"]


@pytest.mark.parametrize(("changed", "requests"), [(1, 2), (10, 2), (11, 3), (100, 11)])
async def test_what_changed_takes_one_request_more_for_ten(lab, gitlab, hundred, changed, requests):
    made, known = hundred
    for it in made[:changed]:
        it.discuss("eve", "why?")
    lab.asked.clear()
    seen = await gitlab.sweep(known)
    assert sum(len(pull.threads) for pull in seen.pulls.values()) == changed
    assert len(lab.asked) == requests


async def test_a_document_is_not_too_complex_for_ten_with_all_they_have(lab, gitlab, doubles):
    made = [lab.only.merge_request(source=f"ao/{number}") for number in range(10)]
    for it in made:
        for number in range(30):
            it.discuss("eve", "why?", doubles.gitlab.Position("half.py", number))
            lab.only.pipeline(it.sha, it.source).job(f"unit {number}")
    seen = await gitlab.sweep({str(it.iid): None for it in made})
    assert (seen.trouble, len(seen.pulls)) == (None, 10)


@pytest.mark.parametrize(("running", "requests"), [(1, 1), (20, 1), (21, 2), (31, 3)])
async def test_jobs_of_twenty_that_run_are_asked_for_with_the_rest(lab, gitlab, hundred, running, requests):
    made, known = hundred
    jobs = [lab.only.pipeline(it.sha, it.source).job("unit", "running") for it in made[:running]]
    known = (await gitlab.sweep(known)).pulls
    for job in jobs:
        job.status = "failed"
        job.pipeline.job("lint", "running")
    lab.asked.clear()
    seen = await gitlab.sweep(known)
    assert [len(pull.checks) for pull in seen.pulls.values()] == [2] * running + [1] * (100 - running)
    assert sum(len(pull.failed) for pull in seen.pulls.values()) == running
    assert len(lab.asked) == requests


async def test_a_pipeline_that_begins_soon_after_a_push_is_asked_for_with_the_rest(lab, gitlab, hundred):
    made, known = hundred
    made[0].push()
    lab.clock.advance(60)
    known = (await gitlab.sweep(known)).pulls
    lab.clock.advance(60)
    lab.only.pipeline(made[0].sha, "ao/0").job("unit", "pending")
    lab.asked.clear()
    known = (await gitlab.sweep(known)).pulls
    assert ([check.key for check in known["1"].checks], len(lab.asked)) == (["test/unit"], 1)


async def test_where_some_conversations_are_resolved_one_that_is_opened_again_is_seen_for_nothing(lab, gitlab, hundred):
    made, known = hundred
    for resolved in ("ann", None):
        made[0].discuss("eve", "why?").resolve(resolved)
    known = (await gitlab.sweep(known)).pulls
    lab.asked.clear()
    assert (await gitlab.sweep(known)).pulls == known
    assert len(lab.asked) == 1


async def test_what_is_said_was_read_by_the_look_that_saw_that_something_was_said(lab, gitlab, hundred):
    made, known = hundred
    made[0].comment("eve", "why?")
    known = (await gitlab.sweep(known)).pulls
    lab.asked.clear()
    assert [one.text for one in (await gitlab.talk([known["1"]]))["1"].comments] == ["why?"]
    assert not any("/discussions" in path for _, path, _ in lab.asked)


@pytest.mark.parametrize(
    ("document", "score"),
    [
        (partial(documents.pulse, base=False, live=False), 46),
        (partial(documents.pulse, base=True, live=False), 49),
        (documents.pulse, 104),
        (documents.detail, 120),
        (documents.commit, 40),
        (documents.find, 22),
    ],
)
async def test_no_document_is_too_complex_whatever_there_is(lab, gitlab, document, score):
    """By a weight that is no less than GitLab's, which allows 200."""
    text = document().rstrip().removesuffix("}") + " queryComplexity { score } }"
    ids = {"iids": ["1"], "live": ["1"], "branches": ["ao/x"]}
    reply = await gitlab.gitlab.ask(
        lambda _: text, {"path": "acme/shop", "sha": "0" * 40, "ref": "refs/heads/main", **ids}
    )
    assert reply.data["queryComplexity"]["score"] == score


async def test_those_that_are_over_are_asked_for_nothing_more(lab, gitlab, hundred):
    made, known = hundred
    for it in made:
        it.close()
    lab.asked.clear()
    seen = await gitlab.sweep(known)
    assert {pull.state for pull in seen.pulls.values()} == {"closed"}
    assert len(lab.asked) == 1


async def test_what_fails_for_one_fails_for_that_one_alone(lab, gitlab, hundred):
    made, known = hundred
    made[1].broken = "Internal server error"
    for it in made[:3]:
        lab.only.pipelines[it.iid - 1].job("unit", "failed")
    seen = (await gitlab.sweep(known)).pulls
    assert [(seen[str(it.iid)].stale, len(seen[str(it.iid)].failed)) for it in made[:3]] == [
        (False, 1),
        (True, 0),
        (False, 1),
    ]


async def test_one_that_is_gone_is_told_no_more(lab, gitlab, hundred):
    made, known = hundred
    del lab.only.merge_requests[made[0].iid]
    seen = await gitlab.sweep(known)
    assert (seen.trouble, known.keys() - seen.pulls.keys()) == (None, {str(made[0].iid)})
    assert not any(pull.stale for pull in seen.pulls.values())


async def test_an_answer_that_is_empty_by_mistake_lets_nothing_be_forgotten(lab, gitlab, hundred, doubles):
    empty = {"data": {"project": {"mergeRequests": {"nodes": []}}}}
    lab.faults.add(doubles.gitlab.faults.said(empty), where="Pulse")
    seen = await gitlab.sweep(hundred[1])
    assert {pull.stale for pull in seen.pulls.values()} == {True}
    assert len(seen.pulls) == 100


async def test_one_that_is_pushed_to_between_two_requests_is_neither_gone_nor_seen_in_parts(lab, gitlab):
    it = lab.only.merge_request(source="ao/x")
    lab.only.pipeline(it.sha, "ao/x").job("unit")

    def pushed(request, right):
        it.push()
        return right()

    lab.faults.add(pushed, where="Detail")
    seen = await gitlab.sweep({"1": None})
    assert (seen.pulls, seen.trouble.kind) == ({}, "unreadable")
    known = (await gitlab.sweep({"1": None})).pulls
    it.discuss("eve", "why?")
    lab.faults.add(pushed, where="Detail")
    assert (await gitlab.sweep(known)).pulls["1"].stale
    again = (await gitlab.sweep(known)).pulls["1"]
    assert (again.head, again.checks, again.stale) == (it.sha, (), False)


@pytest.mark.parametrize("code", [502, 504])
async def test_what_is_too_much_for_one_answer_is_asked_in_halves(lab, gitlab, hundred, doubles, code):
    lab.faults.add(doubles.gitlab.faults.gateway(code), where="Pulse")
    lab.asked.clear()
    seen = await gitlab.sweep(hundred[1])
    assert (len(seen.pulls), seen.trouble) == (100, None)
    assert len(lab.asked) == 3


@pytest.mark.parametrize("where", ["Pulse", "Detail"])
async def test_where_the_service_is_down_what_was_seen_stands_and_is_said_to_be_old(
    lab, gitlab, hundred, doubles, where
):
    made, known = hundred
    made[0].discuss("eve", "why?")
    lab.faults.add(doubles.gitlab.faults.gateway(502), where=where, times=9)
    seen = await gitlab.sweep(known)
    assert seen.trouble.kind == "failed"
    assert seen.pulls[str(made[0].iid)].stale
    assert len(seen.pulls) == 100
    lab.faults.clear()
    again = await gitlab.sweep(seen.pulls)
    assert (again.trouble, [thread.resolved for thread in again.pulls[str(made[0].iid)].threads]) == (None, [False])


async def test_when_it_asks_for_a_pause_nothing_more_is_asked_until_then(lab, gitlab, hundred, doubles):
    lab.faults.add(doubles.gitlab.faults.status(429, retry_after="30"), where="Pulse")
    now = lab.clock.now().timestamp()
    seen = await gitlab.sweep(hundred[1])
    assert (seen.trouble.kind, seen.trouble.until) == ("limited", now + 30)
    assert all(pull.stale for pull in seen.pulls.values())
    lab.asked.clear()
    await gitlab.sweep(hundred[1])
    assert lab.asked == []
    lab.clock.advance(31)
    assert (await gitlab.sweep(hundred[1])).trouble is None


async def test_a_part_of_the_budget_is_left_to_the_person(lab, gitlab, hundred):
    lab.limit = 100
    for _ in range(50):
        await gitlab.sweep(hundred[1])
    asked = len(lab.asked)
    assert asked <= 61
    assert await gitlab.numbered(1) == "1"


async def test_an_answer_of_another_shape_is_trouble_and_no_error(lab, gitlab, hundred, doubles):
    hundred[0][0].unchecked_reads = 10**6
    for where in ("/merge_requests", "/graphql", "/branches"):
        lab.clock.advance(60)
        for value in (None, [], {}, [1], {"data": []}, {"data": {"project": {"mergeRequests": {"nodes": [{}]}}}}):
            lab.faults.add(doubles.gitlab.faults.said(value), where=where, times=1)
            seen = await gitlab.sweep(hundred[1])
            assert len(seen.pulls) == 100
            lab.faults.clear()
