"""One look at many pull requests of GitHub: what is decided by it is right, and it costs what it should."""

from __future__ import annotations

import pytest

from agent_orchestrator.model.pull import CheckState, Mergeable
from agent_orchestrator.plugins.scm.github.sweep import find, sweep


async def one(look, pull):
    seen = await look(pull)
    assert seen.trouble is None
    (found,) = seen.pulls.values()
    return found


async def test_a_pull_request_is_seen_as_it_is(hub, look):
    shop = hub.repository("acme/shop")
    pull = shop.pull(head="ao/x", labels=["b", "a"], title="Fix\u202e it")
    found = await one(look, pull)
    assert (found.number, found.branch, found.base, found.head) == (pull.number, "ao/x", "main", pull.head_oid)
    assert (found.state, found.draft, found.labels, found.title) == ("open", False, ("a", "b"), "Fix it")


async def test_its_base_is_where_the_branch_is_now(hub, look):
    """``baseRefOid`` stays where the base was when the head was pushed."""
    shop = hub.repository("acme/shop")
    pull = shop.pull(head="ao/x")
    moved = shop.commit("main")
    shop.sync()
    assert (pull.base_then == moved, (await one(look, pull)).base_head) == (False, moved)


@pytest.mark.parametrize(
    ("conclusion", "state"),
    [
        ("success", CheckState.PASSED),
        ("failure", CheckState.FAILED),
        ("timed_out", CheckState.FAILED),
        ("startup_failure", CheckState.FAILED),
        ("neutral", CheckState.SKIPPED),
        ("skipped", CheckState.SKIPPED),
        ("cancelled", CheckState.NEITHER),
        ("action_required", CheckState.NEITHER),
        ("in_progress", CheckState.PENDING),
        ("queued", CheckState.PENDING),
    ],
)
async def test_each_end_of_a_check_has_its_meaning(hub, look, conclusion, state):
    pull = hub.pull(head="ao/x")
    pull.check("test", conclusion)
    found = await one(look, pull)
    assert [check.state for check in found.checks] == [state]
    assert (found.settled, found.green) == (state is not CheckState.PENDING, state is CheckState.PASSED)


@pytest.mark.parametrize(
    ("state", "meant"),
    [("success", CheckState.PASSED), ("pending", CheckState.PENDING), ("error", CheckState.FAILED)],
)
async def test_a_legacy_status_is_a_check(hub, look, state, meant):
    pull = hub.pull(head="ao/x")
    pull.status("ci/legacy", state)
    assert [(check.key, check.state) for check in (await one(look, pull)).checks] == [("status/ci/legacy", meant)]


async def test_without_checks_nothing_is_green_or_settled(hub, look):
    found = await one(look, hub.pull(head="ao/x"))
    assert (found.checks, found.settled, found.green, found.ready) == ((), False, False, False)


async def test_a_rerun_takes_the_place_of_what_it_repeats_and_another_workflow_does_not(hub, look):
    pull = hub.pull(head="ao/x")
    pull.check("test", "failure")
    pull.check("test", "failure", workflow="Nightly")
    hub.clock.advance(60)
    pull.check("test", "success")
    found = await one(look, pull)
    states = [(check.workflow, check.state) for check in found.checks]
    assert states == [("CI", CheckState.PASSED), ("Nightly", CheckState.FAILED)]


async def test_what_was_merged_tells_the_commit_that_it_became(hub, scm, seen):
    pull = hub.pull(head="ao/x")
    before = await seen(pull)
    assert await scm.merge(before, before.head, "squash") == "merged"
    after = await seen(pull)
    assert (before.merged_as, after.state, after.merged_as) == ("", "merged", pull.merge_oid)


async def test_after_a_push_the_checks_of_the_old_head_do_not_count(hub, look):
    pull = hub.pull(head="ao/x")
    pull.check("test", "failure")
    pull.push()
    assert (await one(look, pull)).checks == ()


async def test_all_pages_of_checks_are_read(hub, look):
    pull = hub.pull(head="ao/x")
    for number in range(250):
        pull.check(f"shard {number:03}", "failure" if number == 249 else "success")
    found = await one(look, pull)
    assert len(found.checks) == 250
    assert [check.name for check in found.failed] == ["shard 249"]


async def test_a_conversation_keeps_it_from_being_ready_until_it_is_resolved(hub, look):
    pull = hub.pull(head="ao/x")
    pull.check("test")
    thread = pull.thread("half.py", 2, "why?", by="eve")
    found = await one(look, pull)
    assert [(t.path, t.line, t.resolved) for t in found.threads] == [("half.py", 2, False)]
    assert not found.ready
    thread.resolve("eve")
    assert (await one(look, pull)).ready


async def test_while_mergeability_is_computed_anew_what_it_was_still_holds_for_the_same_commits(hub, look):
    pull = hub.pull(head="ao/x")
    pull.check("test")
    known = (await look(pull)).pulls
    assert known[pull.node_id].mergeable is Mergeable.YES
    pull.unknown_reads = 1
    again = (await look(known=known)).pulls[pull.node_id]
    assert again.mergeable is Mergeable.YES


async def test_what_fails_for_one_fails_for_that_one_alone(hub, look):
    pulls = [hub.pull(head=f"ao/{number}") for number in range(3)]
    known = (await look(*pulls)).pulls
    hub.broken[pulls[1].node_id] = ("INTERNAL", "Something went wrong")
    for pull in pulls:
        pull.check("test", "failure")
    seen = (await look(known=known)).pulls
    assert [(seen[pull.node_id].stale, len(seen[pull.node_id].failed)) for pull in pulls] == [
        (False, 1),
        (True, 0),
        (False, 1),
    ]


@pytest.mark.parametrize("code", [502, 504])
async def test_what_is_too_much_for_one_answer_is_asked_in_halves(hub, look, doubles, code):
    pulls = [hub.pull(head=f"ao/{number}") for number in range(8)]
    hub.faults.add(doubles.github.faults.gateway(code), where="/graphql")
    seen = await look(*pulls)
    assert (len(seen.pulls), seen.trouble) == (8, None)
    assert hub.count("graphql") == 2


async def test_an_answer_that_the_service_gave_up_on_is_asked_in_halves(hub, look):
    pulls = [hub.pull(head=f"ao/{number}") for number in range(8)]
    hub.resources = 3
    assert len((await look(*pulls)).pulls) == 8


async def test_where_the_service_is_down_what_was_seen_stands_and_is_said_to_be_old(hub, look, doubles):
    pull = hub.pull(head="ao/x")
    known = (await look(pull)).pulls
    hub.faults.add(doubles.github.faults.gateway(502), where="/graphql", times=9)
    seen = await look(known=known)
    assert (seen.trouble.kind, seen.pulls[pull.node_id].stale) == ("failed", True)


async def test_when_the_budget_is_spent_nothing_more_is_asked(hub, github, doubles):
    pulls = [hub.pull(head=f"ao/{number}") for number in range(5)]
    known = (await sweep(github, {pull.node_id: None for pull in pulls})).pulls
    hub.faults.add(doubles.github.faults.secondary(60), where="/graphql", times=9)
    seen = await sweep(github, known, together=2)
    assert (seen.trouble.kind, [fault.times for fault in hub.faults.waiting]) == ("limited", [8])
    assert all(pull.stale for pull in seen.pulls.values())
    assert len(seen.pulls) == 5


@pytest.mark.parametrize(("pulls", "points"), [(1, 1), (49, 1), (50, 2), (100, 3)])
async def test_49_pull_requests_cost_one_point(hub, look, pulls, points):
    made = [hub.pull(head=f"ao/{number}") for number in range(pulls)]
    assert len((await look(*made)).pulls) == pulls
    assert hub.count("graphql") == points


async def test_pull_requests_are_found_by_their_branches(hub, github):
    shop = hub.repository("acme/shop")
    open_, closed = shop.pull(head="ao/x"), shop.pull(head="ao/y")
    closed.close()
    found = await find(github, "acme", "shop", ["ao/x", "ao/y", "ao/z"])
    assert found == {"ao/x": open_.node_id}
    assert hub.count("graphql") == 1
    missing = await find(github, "acme", "nothing", ["ao/x"])
    assert missing.kind == "missing"
