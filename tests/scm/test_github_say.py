"""Something is said at a pull request of GitHub once for each key, and nobody else can claim that it was."""

from __future__ import annotations

import pytest

from agent_orchestrator.plugins.services.marks import has_mark, mark, marked


@pytest.fixture(params=["lost", "cut"])
def lost(request, hub, doubles):
    """The next deed is done, and its answer lost: by something between, or with the connection."""
    return lambda where: hub.faults.add(getattr(doubles.github.faults, request.param)(), where=where)


async def test_a_comment_is_made_once(hub, scm, seen, lost):
    pull = hub.pull(head="ao/x")
    known = await seen(pull)
    lost("addComment")
    assert (await scm.comment(known, "Fixed.", "s1/done")).kind in ("failed", "unreachable")
    assert await scm.comment(known, "Fixed.", "s1/done") is None
    assert [comment.body for comment in pull.comments] == ["Fixed.\n\n<!-- ao:s1/done -->"]


async def test_another_key_is_another_comment(hub, scm, seen):
    pull = hub.pull(head="ao/x")
    known = await seen(pull)
    for key in ("a", "ab", "b"):
        assert await scm.comment(known, "Fixed.", key) is None
    assert len(pull.comments) == 3


async def test_it_is_looked_for_far_back(hub, scm, seen):
    pull = hub.pull(head="ao/x")
    known = await seen(pull)
    await scm.comment(known, "Fixed.", "k")
    for number in range(250):
        pull.comment("ann", str(number))
    assert await scm.comment(known, "Fixed.", "k") is None
    assert sum(comment.author.login == "ao-user" for comment in pull.comments) == 1


async def test_nobody_else_can_claim_that_it_was_said(hub, scm, seen):
    pull = hub.pull(head="ao/x")
    pull.comment("eve", marked("Fixed.", "k"))
    await scm.comment(await seen(pull), "Fixed.", "k")
    assert [comment.author.login for comment in pull.comments] == ["eve", "ao-user"]


async def test_what_is_said_can_not_claim_another_key(hub, scm, seen):
    pull = hub.pull(head="ao/x")
    known = await seen(pull)
    await scm.comment(known, mark("other"), "k")
    await scm.comment(known, "Fixed.", "other")
    assert len(pull.comments) == 2


async def test_no_secret_is_said(hub, scm, seen):
    pull = hub.pull(head="ao/x")
    await scm.comment(await seen(pull), "it is ghp_" + "a1B2" * 9, "k")
    assert pull.comments[0].body.startswith("it is [redacted]\n")


async def test_a_long_text_is_cut_and_keeps_its_mark(hub, scm, seen):
    pull = hub.pull(head="ao/x")
    await scm.comment(await seen(pull), "x" * 1_000_000, "k")
    assert len(pull.comments[0].body) < 65_536
    assert has_mark(pull.comments[0].body, "k")


@pytest.mark.parametrize("key", ["", "--> <b>", "a--b", "a-", "x" * 300, "\u202e", "\udc80", "a\nb"])
def test_a_key_can_not_end_its_mark(key):
    found = mark(key)
    assert (found.count("--"), found.count(">"), found.isascii(), "\n" in found) == (2, 1, True, False)


async def test_a_thread_is_answered_once(hub, scm, seen, lost):
    pull = hub.pull(head="ao/x")
    thread = pull.thread("half.py", 2, "why?", by="eve")
    known = await seen(pull)
    lost("addPullRequestReviewThreadReply")
    assert (await scm.reply(known, thread.node_id, "because", "k")).kind in ("failed", "unreachable")
    assert await scm.reply(known, thread.node_id, "because", "k") is None
    assert [comment.body for comment in thread.comments] == ["why?", "because\n\n<!-- ao:k -->"]


async def test_a_thread_is_resolved_once(hub, scm, seen, lost):
    hub.repository("acme/shop")
    hook = hub.hook("http://127.0.0.1:1/hook")
    pull = hub.pull(head="ao/x")
    thread = pull.thread("half.py", 2, "why?", by="eve")
    known = await seen(pull)
    lost("resolveReviewThread")
    assert (await scm.resolve(known, thread.node_id)).kind in ("failed", "unreachable")
    assert await scm.resolve(known, thread.node_id) is None
    assert sum(delivery.event == "pull_request_review_thread" for delivery in hook.deliveries) == 1


@pytest.mark.parametrize("deed", ["reply", "resolve"])
async def test_another_pull_requests_thread_is_left_alone(hub, scm, seen, deed):
    pull, other = hub.pull(head="ao/x"), hub.pull(head="ao/y")
    thread = other.thread("half.py", 2, "why?", by="eve")
    more = ("because", "k") if deed == "reply" else ()
    assert (await getattr(scm, deed)(await seen(pull), thread.node_id, *more)).kind == "missing"
    assert (len(thread.comments), thread.resolved_by) == (1, None)


async def test_who_may_not_resolve_is_told(hub, scm, seen):
    hub.repository("acme/shop").permissions["ao-user"] = "read"
    pull = hub.pull(head="ao/x", author="ann")
    thread = pull.thread("half.py", 2, "why?", by="eve")
    assert (await scm.resolve(await seen(pull), thread.node_id)).kind == "denied"


@pytest.mark.parametrize("code", [403, 429])
async def test_where_the_service_asks_for_a_pause_nothing_is_said(hub, scm, seen, doubles, code):
    pull = hub.pull(head="ao/x")
    known = await seen(pull)
    hub.faults.add(doubles.github.faults.status(code, "slow down", retry_after="30"), where="Said")
    assert (await scm.comment(known, "Fixed.", "k")).kind == "limited"
    assert pull.comments == []


async def test_where_it_can_not_be_looked_nothing_is_said(hub, scm, seen):
    pull = hub.pull(head="ao/x")
    known = await seen(pull)
    hub.broken[pull.node_id] = ("INTERNAL", "Something went wrong")
    assert (await scm.comment(known, "Fixed.", "k")) is not None
    assert pull.comments == []


@pytest.mark.parametrize("deed", ["comment", "reply", "resolve"])
async def test_a_deed_costs_a_point_for_the_look_and_one_for_itself(hub, scm, seen, deed):
    pull = hub.pull(head="ao/x")
    thread = pull.thread("half.py", 2, "why?", by="eve")
    known = await seen(pull)
    given = {"comment": ("a", "k"), "reply": (thread.node_id, "a", "k"), "resolve": (thread.node_id,)}
    hub.asked.clear()
    assert await getattr(scm, deed)(known, *given[deed]) is None
    assert hub.count("graphql") == 2
