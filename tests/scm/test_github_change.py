"""Pull requests of GitHub are opened, made ready, closed and labelled once, however often it is tried."""

from __future__ import annotations

import pytest
from attrs import evolve

from agent_orchestrator.ports.scm import NewPull

NEW = NewPull("ao/x", "main", "Halve it", "All of it", labels=("agent", "small"))


@pytest.fixture
def shop(hub):
    """A repository with the branch ``ao/x``."""
    shop = hub.repository("acme/shop")
    shop.commit("ao/x", "Halve")
    shop.sync()
    return shop


@pytest.fixture(params=["lost", "cut"])
def lost(request, hub, doubles):
    """The next deed is done, and its answer lost: by something between, or with the connection."""
    return lambda where: hub.faults.add(getattr(doubles.github.faults, request.param)(), where=where)


async def test_a_pull_request_is_opened_with_its_labels(shop, scm):
    opened = await scm.open(NEW)
    (pull,) = shop.pulls
    assert (opened.id, opened.number, opened.known) == (pull.node_id, pull.number, False)
    assert opened.url.endswith(f"/acme/shop/pull/{pull.number}")
    assert (pull.head, pull.base, pull.title, pull.body, pull.draft) == ("ao/x", "main", "Halve it", "All of it", False)
    assert [label.name for label in pull.labels] == ["agent", "small"]


async def test_a_draft_is_opened_as_one(shop, scm):
    await scm.open(NewPull("ao/x", "main", "Halve it", draft=True))
    assert shop.pulls[0].draft


async def test_where_a_branch_has_an_open_one_that_is_the_one(shop, scm):
    there = shop.pull(head="ao/x")
    opened = await scm.open(NEW)
    assert (opened.id, opened.known, len(shop.pulls)) == (there.node_id, True, 1)


async def test_a_closed_one_and_one_of_a_fork_are_not_the_one(shop, scm):
    shop.pull(head="ao/x").close()
    shop.pull(head="ao/x", fork="eve")
    assert not (await scm.open(NEW)).known


async def test_it_is_opened_once_where_the_answer_is_lost(shop, scm, lost):
    lost("createPullRequest")
    opened = await scm.open(NEW)
    assert (opened.id, len(shop.pulls)) == (shop.pulls[0].node_id, 1)
    assert [label.name for label in shop.pulls[0].labels] == ["agent", "small"]


async def test_labels_whose_answer_is_lost_are_put_on_by_the_repeat(shop, scm, lost):
    lost("/labels")
    assert (await scm.open(NEW)).kind in ("failed", "unreachable")
    assert (await scm.open(NEW)).known
    assert (len(shop.pulls), [label.name for label in shop.pulls[0].labels]) == (1, ["agent", "small"])


async def test_who_may_not_label_opens_it_all_the_same(hub, shop, scm, doubles):
    hub.faults.add(doubles.github.faults.status(403, "Resource not accessible"), where="/labels")
    assert (await scm.open(NEW)).number == shop.pulls[0].number


@pytest.mark.parametrize(
    ("new", "words"),
    [
        (NewPull("ao/none", "main", "t"), "Head ref must be a branch"),
        (NewPull("ao/x", "none", "t"), "Base ref must be a branch"),
    ],
)
async def test_what_the_service_does_not_open_is_said(shop, scm, new, words):
    trouble = await scm.open(new)
    assert (trouble.kind, words.split()[0] in trouble.sentence) == ("failed", True)


async def test_no_secret_is_written_into_it(shop, scm):
    secret = "ghp_" + "a1B2" * 9
    await scm.open(NewPull("ao/x", "main", f"t {secret}", f"b {secret}"))
    assert (shop.pulls[0].title, shop.pulls[0].body) == ("t [redacted]", "b [redacted]")


async def test_a_draft_is_made_ready_once(hub, scm, seen, lost):
    pull = hub.pull(head="ao/x", draft=True)
    known = await seen(pull)
    lost("markPullRequestReadyForReview")
    assert (await scm.ready(known)).kind in ("failed", "unreachable")
    assert await scm.ready(known) is None
    assert [event.kind for event in pull.timeline] == ["ReadyForReviewEvent"]


async def test_it_is_closed_once(hub, scm, seen, lost):
    pull = hub.pull(head="ao/x")
    known = await seen(pull)
    lost("closePullRequest")
    assert (await scm.close(known)).kind in ("failed", "unreachable")
    assert await scm.close(known) is None
    assert (pull.state, [event.kind for event in pull.timeline]) == ("CLOSED", ["ClosedEvent"])


async def test_what_was_merged_is_not_closed(hub, scm, seen):
    pull = hub.pull(head="ao/x")
    known = await seen(pull)
    assert await scm.merge(known, known.head, "merge") == "merged"
    assert "merged" in (await scm.close(known)).sentence


async def test_its_branch_is_deleted_once(hub, scm, seen, lost):
    pull = hub.pull(head="ao/x")
    known = await seen(pull)
    lost("updateRefs")
    assert (await scm.delete_branch(known)).kind in ("failed", "unreachable")
    assert await scm.delete_branch(known) is None
    assert "ao/x" not in dict(hub.only.heads())


async def test_a_branch_that_moved_stays(hub, scm, seen):
    pull = hub.pull(head="ao/x")
    known = await seen(pull)
    pull.push()
    assert "moved" in (await scm.delete_branch(known)).sentence
    assert dict(hub.only.heads())["ao/x"] == pull.head_oid


async def test_a_branch_that_moves_in_that_moment_stays(hub, scm, seen):
    pull = hub.pull(head="ao/x")
    known = await seen(pull)

    def pushed(request, right):
        pull.push()
        return right()

    hub.faults.add(pushed, where="updateRefs")
    assert (await scm.delete_branch(known)).kind == "failed"
    assert dict(hub.only.heads())["ao/x"] == pull.head_oid


async def test_a_forks_branch_is_not_ours_to_delete(hub, scm, seen):
    shop = hub.repository("acme/shop")
    shop.commit("ao/x", "Ours")
    pull = hub.pull(head="ao/x", fork="eve")
    assert (await scm.delete_branch(await seen(pull))).kind == "denied"
    assert "ao/x" in dict(shop.heads())


async def test_labels_are_added_once_and_those_that_are_there_stay(hub, scm, seen, lost):
    pull = hub.pull(head="ao/x", labels=["mine"])
    known = await seen(pull)
    lost("/labels")
    assert (await scm.label(known, ["agent"])).kind in ("failed", "unreachable")
    assert await scm.label(known, ["agent"]) is None
    assert [label.name for label in pull.labels] == ["mine", "agent"]


async def test_labels_that_were_not_put_on_are_not_said_to_be(hub, scm, seen):
    pull = hub.pull(head="ao/x", labels=["mine"])
    known = await seen(pull)

    def moved(request, right):
        return evolve(right(), body=b'[{"name": "mine"}]')

    hub.faults.add(moved, where="/labels")
    assert "agent" in (await scm.label(known, ["agent"])).sentence


async def test_a_run_that_was_only_asked_after_was_not_run_again(hub, scm, seen):
    pull = hub.pull(head="ao/x")
    pull.check("test", "failure")
    known = await seen(pull)
    hub.faults.add(lambda request, right: evolve(right(), status=200), where="rerun-failed-jobs")
    assert (await scm.rerun(known, known.failed)).kind == "failed"


async def test_no_labels_ask_nothing(hub, scm, seen):
    known = await seen(hub.pull(head="ao/x"))
    hub.asked.clear()
    assert await scm.label(known, []) is None
    assert hub.asked == []


@pytest.mark.parametrize("deed", ["ready", "close", "delete_branch"])
async def test_what_is_not_there_is_missing(hub, scm, seen, deed):
    known = evolve(await seen(hub.pull(head="ao/x")), id="PR_none")
    assert (await getattr(scm, deed)(known)).kind == "missing"


async def test_a_pause_that_the_service_asks_for_is_kept(hub, shop, scm, doubles):
    hub.faults.add(doubles.github.faults.secondary(60), where="createPullRequest")
    trouble = await scm.open(NEW)
    assert (trouble.kind, trouble.until - hub.clock.now().timestamp()) == ("limited", 60)
    hub.asked.clear()
    assert (await scm.open(NEW)).kind == "limited"
    assert hub.asked == []


async def test_a_run_is_run_again_once(hub, scm, seen, lost):
    pull = hub.pull(head="ao/x")
    red = pull.check("test", "failure")
    pull.check("lint", "failure")
    known = await seen(pull)
    lost("rerun-failed-jobs")
    assert (await scm.rerun(known, known.failed)).kind in ("failed", "unreachable")
    assert await scm.rerun(known, known.failed) is None
    assert red.suite.run.attempt == 2


async def test_a_run_that_was_run_again_meanwhile_and_failed_is_left(hub, scm, seen):
    pull = hub.pull(head="ao/x")
    red = pull.check("test", "failure")
    known = await seen(pull)
    hub.only.rerun(red.suite.run)
    for job in red.suite.run.jobs:
        job.change("failure")
    assert await scm.rerun(known, known.failed) is None
    assert red.suite.run.attempt == 2


async def test_a_run_that_still_runs_is_left(hub, scm, seen):
    pull = hub.pull(head="ao/x")
    red = pull.check("test", "failure")
    pull.check("slow", "in_progress")
    known = await seen(pull)
    assert await scm.rerun(known, known.failed) is None
    assert red.suite.run.attempt == 1


async def test_another_apps_check_is_asked_for_once(hub, scm, seen, lost):
    pull = hub.pull(head="ao/x")
    red = pull.check("scan", "failure", workflow=None, app="scanner")
    known = await seen(pull)
    lost("/rerequest")
    assert (await scm.rerun(known, known.failed)).kind in ("failed", "unreachable")
    hub.asked.clear()
    assert await scm.rerun(known, known.failed) is None
    assert (red.suite.status, [asked.method for asked in hub.asked if "rerequest" in asked.path]) == ("queued", [])


async def test_a_legacy_status_is_nothing_that_can_be_run_again(hub, scm, seen):
    pull = hub.pull(head="ao/x")
    pull.status("ci/legacy", "failure")
    known = await seen(pull)
    assert "ci/legacy" in (await scm.rerun(known, known.failed)).sentence
