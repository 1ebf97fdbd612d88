"""A merge at GitHub: of the head that was looked at, within the rules, by the queue where there is one, and once."""

from __future__ import annotations

import pytest


@pytest.fixture
def merge(scm, seen):
    """Merge the double's pull request at a head, by default its own."""

    async def merge(pull, head="", strategy="squash", title=""):
        return await scm.merge(await seen(pull), head or pull.head_oid, strategy, title)

    return merge


@pytest.mark.parametrize("strategy", ["squash", "merge", "rebase"])
async def test_what_is_free_to_merge_is_merged(hub, merge, strategy):
    pull = hub.pull(head="ao/x")
    pull.check("test")
    assert await merge(pull, strategy=strategy) == "merged"
    assert pull.merged


async def test_the_commit_has_the_title(hub, merge):
    pull = hub.pull(head="ao/x")
    await merge(pull, title="Halve it")
    assert hub.only.refs.commit(pull.merge_oid).message == "Halve it"


async def test_a_head_that_moved_is_not_merged(hub, merge):
    pull = hub.pull(head="ao/x")
    before = pull.head_oid
    pull.push()
    trouble = await merge(pull, before)
    assert (trouble.kind, "head moved" in trouble.sentence, pull.merged) == ("failed", True, False)


async def test_a_push_between_the_look_and_the_merge_is_not_merged(hub, scm, seen, doubles):
    pull = hub.pull(head="ao/x")
    known = await seen(pull)

    def pushed(request, right):
        pull.push()
        return right()

    hub.faults.add(pushed, where="mergePullRequest")
    trouble = await scm.merge(known, known.head, "squash")
    assert (trouble.kind, "modified" in trouble.sentence, pull.merged) == ("failed", True, False)


async def test_a_strategy_that_the_repository_forbids_is_said(hub, merge):
    hub.repository("acme/shop").merge_methods = ["SQUASH"]
    pull = hub.pull(head="ao/x")
    trouble = await merge(pull, strategy="rebase")
    assert (trouble.kind, "not allowed" in trouble.sentence) == ("failed", True)


async def test_a_strategy_that_there_is_not_asks_nothing(hub, scm, seen):
    known = await seen(hub.pull(head="ao/x"))
    hub.asked.clear()
    assert (await scm.merge(known, known.head, "octopus")).kind == "failed"
    assert hub.asked == []


async def test_where_there_is_a_queue_it_goes_there(hub, merge):
    hub.repository("acme/shop").queue = True
    pull = hub.pull(head="ao/x")
    assert await merge(pull) == "queued"
    assert await merge(pull) == "queued"
    hub.only.land_next()
    assert await merge(pull) == "merged"


@pytest.mark.parametrize("queue", [False, True])
async def test_what_misses_a_rule_waits_until_it_is_met(hub, merge, queue):
    shop = hub.repository("acme/shop")
    shop.queue, shop.required_approvals = queue, 1
    pull = hub.pull(head="ao/x", author="eve")
    shop.permissions["ann"] = "write"
    assert await merge(pull) == "waits"
    assert (pull.merged, pull.auto_merge.method) == (False, "SQUASH")
    assert await merge(pull) == "waits"
    pull.review("ann")
    assert await merge(pull) == "merged"


async def test_an_administrator_passes_over_no_rule(hub, merge):
    shop = hub.repository("acme/shop")
    shop.required_checks, shop.enforce_admins, shop.auto_merge_allowed = ["test"], False, False
    pull = hub.pull(head="ao/x")
    pull.check("test", "failure")
    trouble = await merge(pull)
    assert (trouble.kind, "rules are not met" in trouble.sentence, pull.merged) == ("failed", True, False)


async def test_a_head_that_is_behind_where_that_is_forbidden_is_not_merged(hub, merge):
    shop = hub.repository("acme/shop")
    shop.up_to_date, shop.enforce_admins, shop.auto_merge_allowed = True, False, False
    pull = hub.pull(head="ao/x")
    shop.commit("main", "Meanwhile")
    shop.sync()
    assert ((await merge(pull)).kind, pull.merged) == ("failed", False)


async def test_a_red_check_that_no_rule_demands_stops_nothing(hub, merge):
    pull = hub.pull(head="ao/x")
    pull.check("optional", "failure")
    assert await merge(pull) == "merged"


async def test_it_is_asked_again_while_it_is_computed_whether_it_can_be(hub, merge):
    pull = hub.pull(head="ao/x")
    pull.unknown_reads = 4
    assert await merge(pull) == "merged"


async def test_what_is_not_known_for_long_is_not_merged(hub, merge):
    pull = hub.pull(head="ao/x")
    pull.unknown_reads = 99
    trouble = await merge(pull)
    assert (trouble.kind, "not known" in trouble.sentence, pull.merged) == ("failed", True, False)


async def test_a_draft_is_not_merged(hub, merge):
    pull = hub.pull(head="ao/x", draft=True)
    assert "draft" in (await merge(pull)).sentence


async def test_a_conflict_is_not_merged(git_hub, scm_of):
    shop = git_hub.repository("acme/shop")
    shop.commit("ao/x", "One", {"README.md": "one\n"})
    shop.commit("main", "Two", {"README.md": "two\n"})
    scm, pull = scm_of(git_hub), shop.pull(head="ao/x")
    known = (await scm.sweep({pull.node_id: None})).pulls[pull.node_id]
    trouble = await scm.merge(known, known.head, "squash")
    assert (trouble.kind, "conflicts" in trouble.sentence) == ("failed", True)


async def test_what_is_closed_is_not_merged(hub, merge):
    pull = hub.pull(head="ao/x")
    pull.close()
    assert "closed" in (await merge(pull)).sentence


async def test_who_may_not_is_told(hub, merge):
    hub.repository("acme/shop").permissions["ao-user"] = "read"
    pull = hub.pull(head="ao/x", author="ann")
    assert (await merge(pull)).kind == "denied"


async def test_a_forks_pull_request_is_merged_as_any_other(hub, merge):
    pull = hub.pull(head="ao/x", fork="eve")
    assert await merge(pull) == "merged"


@pytest.mark.parametrize(
    ("deed", "settings", "end"),
    [
        ("mergePullRequest", {}, "merged"),
        ("enqueuePullRequest", {"queue": True}, "queued"),
        ("enablePullRequestAutoMerge", {"required_checks": ["test"]}, "waits"),
    ],
)
@pytest.mark.parametrize("how", ["lost", "cut"])
async def test_an_answer_that_was_lost_and_a_repeat_do_it_once(hub, merge, doubles, deed, settings, end, how):
    shop = hub.repository("acme/shop")
    for name, value in settings.items():
        setattr(shop, name, value)
    pull = hub.pull(head="ao/x")
    hub.faults.add(getattr(doubles.github.faults, how)(), where=deed)
    assert (await merge(pull)).kind in ("failed", "unreachable")
    hub.asked.clear()
    assert await merge(pull, pull.head_oid) == end
    assert [asked.name for asked in hub.asked if asked.name in ("Merge", "Enqueue", "AutoMerge")] == []
