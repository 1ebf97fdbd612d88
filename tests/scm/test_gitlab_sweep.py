"""One look at many merge requests of GitLab: what is decided by it is right, and everything is seen in time."""

from __future__ import annotations

import pytest
from attrs import evolve

from agent_orchestrator.model.pull import CheckState, Mergeable, Page, Pipeline
from agent_orchestrator.plugins.scm.gitlab import read
from agent_orchestrator.plugins.scm.gitlab.documents import OPTIONAL


async def test_a_merge_request_is_seen_as_it_is(lab, glance):
    it = lab.only.merge_request(source="ao/x", labels=["b", "a"], title="Fix\u202e it")
    found = await glance(it)
    assert (found.id, found.number, found.branch, found.base) == (str(it.iid), it.iid, "ao/x", "main")
    assert (found.head, found.base_head) == (it.sha, it.base_sha)
    assert (found.state, found.draft, found.labels, found.title) == ("open", False, ("a", "b"), "Fix it")
    assert (found.foreign, found.queued, found.auto_merge, found.decision) == (False, False, False, "")


async def test_one_of_a_fork_is_foreign(lab, glance):
    assert (await glance(lab.only.merge_request(source="ao/x", fork=99))).foreign


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("success", CheckState.PASSED),
        ("failed", CheckState.FAILED),
        ("skipped", CheckState.SKIPPED),
        ("canceled", CheckState.NEITHER),
        ("manual", CheckState.NEITHER),
        ("created", CheckState.PENDING),
        ("pending", CheckState.PENDING),
        ("running", CheckState.PENDING),
        ("scheduled", CheckState.PENDING),
        ("waiting_for_resource", CheckState.PENDING),
    ],
)
async def test_each_state_of_a_job_has_its_meaning(lab, glance, status, state):
    it = lab.only.merge_request(source="ao/x")
    lab.only.pipeline(it.sha, "ao/x").job("unit", status)
    found = await glance(it)
    assert [(check.key, check.state) for check in found.checks] == [("test/unit", state)]
    assert (found.settled, found.green) == (state is not CheckState.PENDING, state is CheckState.PASSED)


@pytest.mark.parametrize("status", ["failed", "manual"])
async def test_what_may_fail_or_need_not_run_keeps_nothing_from_being_green(lab, glance, status):
    it = lab.only.merge_request(source="ao/x")
    pipeline = lab.only.pipeline(it.sha, "ao/x")
    pipeline.job("unit")
    pipeline.job("deploy", status, stage="deploy", allow_failure=True)
    found = await glance(it)
    assert (found.failed, found.green) == ((), True)


async def test_it_is_known_what_ran_and_how_each_job_stands_in_gitlabs_own_words(lab, glance):
    it = lab.only.merge_request(source="ao/x")
    pipeline = lab.only.pipeline(it.sha, "ao/x")
    job = pipeline.job("unit", "running")
    begun = lab.clock.now()
    lab.clock.advance(61)
    job.change("failed")
    found = await glance(it)
    web = f"https://gitlab.com/acme/shop/-/pipelines/{pipeline.id}"
    assert found.pipeline == Pipeline(pipeline.id, web, "ao/x", it.sha, "failed")
    (check,) = found.checks
    times = (f"{begun:%Y-%m-%dT%H:%M:%SZ}", f"{lab.clock.now():%Y-%m-%dT%H:%M:%SZ}")
    assert (check.word, check.started_at, check.ended_at) == ("failed", *times)


async def test_a_pipeline_is_followed_by_its_own_word(lab, gitlab):
    it = lab.only.merge_request(source="ao/x")
    job = lab.only.pipeline(it.sha, "ao/x").job("unit", "running")
    first = await gitlab.sweep({"1": None})
    lab.clock.advance(61)
    job.change("success")
    then = await gitlab.sweep(first.pulls)
    assert [seen.pulls["1"].pipeline.word for seen in (first, then)] == ["running", "success"]


async def test_an_older_server_does_not_say_what_a_pipeline_ran_for(lab, gitlab):
    it = lab.only.merge_request(source="ao/x")
    lab.only.pipeline(it.sha, "ao/x").job("unit")
    gitlab.gitlab.absent.add("ref")
    found = (await gitlab.sweep({"1": None})).pulls["1"]
    assert (found.pipeline.ref, found.green) == ("", True)


async def test_a_page_is_told_as_it_is_as_long_as_it_is_so(lab, gitlab):
    it = lab.only.merge_request(source="ao/x", author="ann", labels=["zeta", "agent"], title="Halve")
    it.description, it.milestone = "One\n\n* two\n", "v1"
    it.comment("eve", "hello")
    it.review("eve")
    first = await gitlab.sweep({"1": None})
    page = Page("Halve", "open", "ann", ("agent", "zeta"), (), ("eve",), 1, "v1", "One\n\n* two\n")
    assert first.pages["1"] == page
    lab.clock.advance(61)
    same = await gitlab.sweep(first.pulls)
    it.description = "Three"
    it.touch()
    then = await gitlab.sweep(same.pulls)
    assert (same.pages["1"], then.pages["1"]) == (page, evolve(page, text="Three"))


@pytest.mark.parametrize(
    ("title", "text"),
    [("Fix\u202e it", ""), ("Fix it", "Seen <!-- hidden -->"), ("Fix it", f"ghp_{'a' * 36}"), ("Fix it", "y" * 40_000)],
    ids=["unseen", "hidden", "secret", "large"],
)
async def test_a_page_that_would_not_be_told_as_it_is_is_not_told(lab, gitlab, title, text):
    lab.only.merge_request(source="ao/x", title=title).description = text
    seen = await gitlab.sweep({"1": None})
    assert (list(seen.pulls), seen.pages) == (["1"], {})


async def test_without_a_pipeline_nothing_is_green_or_settled(lab, glance):
    found = await glance(lab.only.merge_request(source="ao/x"))
    assert (found.checks, found.settled, found.green, found.ready) == ((), False, False, False)


async def test_of_a_job_that_was_retried_the_newest_counts_and_names_repeat_in_other_stages(lab, glance):
    it = lab.only.merge_request(source="ao/x")
    pipeline = lab.only.pipeline(it.sha, "ao/x")
    pipeline.job("unit", "failed")
    pipeline.job("unit", "failed", stage="deploy")
    pipeline.job("unit", "success")
    states = [(check.key, check.state) for check in (await glance(it)).checks]
    assert states == [("deploy/unit", CheckState.FAILED), ("test/unit", CheckState.PASSED)]


async def test_what_others_say_of_the_commit_is_a_check(lab, glance):
    it = lab.only.merge_request(source="ao/x")
    lab.only.pipeline(it.sha, "ao/x").job("unit")
    lab.only.status(it.sha, "coverage", "failed")
    found = await glance(it)
    assert [(check.key, check.state) for check in found.failed] == [("status/coverage", CheckState.FAILED)]


@pytest.mark.parametrize(
    ("status", "state"),
    [("failed", CheckState.FAILED), ("running", CheckState.PENDING), ("success", CheckState.PASSED)],
)
async def test_a_bridge_stands_as_the_pipeline_that_it_started(lab, glance, status, state):
    it = lab.only.merge_request(source="ao/x")
    lab.only.pipeline(it.sha, "ao/x").bridge("child").job("unit", status)
    found = await glance(it)
    assert [(check.key, check.state) for check in found.checks] == [("test/child", state)]


async def test_after_a_push_the_checks_of_the_old_head_do_not_count(lab, glance):
    it = lab.only.merge_request(source="ao/x")
    lab.only.pipeline(it.sha, "ao/x").job("unit", "failed")
    known = await glance(it)
    it.push()
    found = await glance(it, known)
    assert (found.head, found.checks) == (it.sha, ())


async def test_all_pages_of_jobs_and_conversations_are_read(lab, glance):
    it = lab.only.merge_request(source="ao/x")
    pipeline = lab.only.pipeline(it.sha, "ao/x")
    for number in range(150):
        pipeline.job(f"shard {number:03}", "failed" if number == 149 else "success")
    for number in range(230):
        it.comment("ann", f"note {number}")
    it.discuss("eve", "why?")
    found = await glance(it)
    assert (len(found.checks), [check.name for check in found.failed]) == (150, ["shard 149"])
    assert (len(found.threads), found.more_threads) == (1, False)


async def test_a_conversation_is_on_its_line_until_the_head_goes_on(lab, glance, doubles):
    it = lab.only.merge_request(source="ao/x")
    discussion = it.discuss("eve", "why?", doubles.gitlab.Position("half.py", 2))
    it.comment("ann", "a plain one can not be resolved")
    known = await glance(it)
    assert [(t.id, t.path, t.line, t.resolved, t.outdated) for t in known.threads] == [
        (discussion.id, "half.py", 2, False, False)
    ]
    it.push()
    assert [(t.path, t.line, t.outdated) for t in (await glance(it, known)).threads] == [("half.py", 0, True)]


@pytest.mark.parametrize(
    ("needed", "by", "decision"), [(0, [], ""), (1, [], "required"), (1, ["ann"], "approved"), (2, ["ann"], "required")]
)
async def test_a_decision_is_one_only_where_there_is_a_rule(lab, glance, needed, by, decision):
    lab.only.approvals_required = needed
    it = lab.only.merge_request(source="ao/x")
    for who in by:
        it.approve(who)
    assert (await glance(it)).decision == decision


async def test_who_asks_for_changes_is_heard_before_who_approves(lab, glance):
    lab.only.approvals_required = 1
    it = lab.only.merge_request(source="ao/x")
    it.approve("ann")
    it.review("eve")
    assert (await glance(it)).decision == "changes-requested"


async def test_a_conflict_is_one_though_another_reason_is_told_first(lab, glance):
    it = lab.only.merge_request(source="ao/x", draft=True)
    lab.only._conflicts[it.base_sha, it.sha] = True
    found = await glance(it)
    assert (found.mergeable, found.blocked) == (Mergeable.NO, "draft_status")


async def test_while_mergeability_is_computed_anew_what_it_was_still_holds_for_the_same_commits(lab, glance):
    it = lab.only.merge_request(source="ao/x")
    known = await glance(it)
    assert known.mergeable is Mergeable.YES
    it.unchecked_reads = 2
    assert (await glance(it, known)).mergeable is Mergeable.YES
    lab.only.commit("main", "Move on")
    assert (await glance(it, known)).mergeable is Mergeable.UNKNOWN


async def test_what_waits_for_its_pipeline_and_what_the_train_has_is_told_apart(lab, glance):
    waits, rides = (lab.only.merge_request(source=f"ao/{name}") for name in "xy")
    waits.auto_merge, rides.train = lab.actor, True
    assert [(p.auto_merge, p.queued) for p in (await glance(waits), await glance(rides))] == [
        (True, False),
        (False, True),
    ]


def _resolve(lab, it):
    it.discussions[0].resolve("ann")


def _swap(lab, it):
    it.discussions[0].resolve("ann")
    it.discussions[1].resolve(None, False)


def _job(lab, it):
    lab.only.pipelines[0].jobs[0].status = "failed"


CHANGES = {
    "a conversation is resolved": (_resolve, lambda pull: [thread.resolved for thread in pull.threads]),
    "one is resolved as another is opened again": (_swap, lambda pull: [thread.resolved for thread in pull.threads]),
    "a job ends while its pipeline runs on": (_job, lambda pull: [check.state for check in pull.checks]),
    "somebody approves": (lambda lab, it: it.approve("ann"), lambda pull: pull.decision),
    "somebody asks for changes": (lambda lab, it: it.review("ann"), lambda pull: pull.decision),
    "the target goes on": (lambda lab, it: lab.only.commit("main"), lambda pull: pull.base_head),
    "a conflict comes up": (
        lambda lab, it: lab.only._conflicts.update({(it.base_sha, it.sha): True}),
        lambda pull: pull.mergeable,
    ),
    "it boards the train": (lambda lab, it: setattr(it, "train", True), lambda pull: pull.queued),
    "somebody else says something of the commit": (
        lambda lab, it: lab.only.status(it.sha, "coverage", "failed"),
        lambda pull: len(pull.checks),
    ),
    "another pipeline starts": (
        lambda lab, it: lab.only.pipeline(it.sha, "ao/x").job("other", "pending"),
        lambda pull: [check.key for check in pull.checks],
    ),
}


@pytest.mark.parametrize("change", CHANGES)
async def test_what_changes_without_a_time_of_change_is_seen_at_the_next_look(lab, glance, change):
    lab.only.approvals_required = 1
    it = lab.only.merge_request(source="ao/x")
    for resolved in (None, "ann"):
        it.discuss("eve", "why?").resolve(resolved)
    pipeline = lab.only.pipeline(it.sha, "ao/x")
    pipeline.job("unit", "running")
    pipeline.job("lint", "running")
    known = await glance(it)
    before = (it.updated_at, pipeline.updated_at)
    act, shows = CHANGES[change]
    act(lab, it)
    found = await glance(it, known)
    assert before[0] == it.updated_at
    assert shows(found) != shows(known)


async def test_one_conversation_resolved_as_another_is_opened_again_is_seen_with_nothing_else_going_on(lab, glance):
    it = lab.only.merge_request(source="ao/x")
    for resolved in (None, "ann"):
        it.discuss("eve", "why?").resolve(resolved)
    known = await glance(it)
    _swap(lab, it)
    assert [thread.resolved for thread in (await glance(it, known)).threads] == [True, False]


async def test_a_child_pipeline_that_is_run_again_by_itself_is_seen(lab, glance):
    it = lab.only.merge_request(source="ao/x")
    child = lab.only.pipeline(it.sha, "ao/x").bridge("child")
    child.job("unit", "failed")
    known = await glance(it)
    child.retry()
    assert [check.state for check in (await glance(it, known)).checks] == [CheckState.PENDING]


@pytest.mark.parametrize(("act", "state"), [("close", "closed"), ("merge", "merged")])
async def test_of_one_that_is_over_the_last_of_its_checks_stays(lab, gitlab, glance, act, state):
    it = lab.only.merge_request(source="ao/x")
    lab.only.pipeline(it.sha, "ao/x").job("unit")
    known = await glance(it)
    await gitlab.close(known) if act == "close" else await gitlab.merge(known, it.sha, "merge")
    found = await glance(it, known)
    assert (found.state, [check.key for check in found.checks]) == (state, ["test/unit"])


@pytest.mark.parametrize(
    ("at", "zone", "told"),
    [(0.0, "Z", ""), (99.5, "Z", ".000"), (100.9, "Z", ".000"), (101.0, "Z", ""), (99.0, "+00:00", ".000")],
)
def test_a_time_in_whole_seconds_is_another_until_nothing_more_can_happen_at_it(at, zone, told):
    time = "1970-01-01T00:01:40"
    assert read.updated_at({"updatedAt": f"{time}{zone}"}, at) == f"{time}{told}{zone}"


async def test_a_server_that_does_not_know_a_field_is_asked_without_it(lab, gitlab, glance, doubles):
    lab.faults.add(doubles.gitlab.faults.undefined(*OPTIONAL), where="/graphql", times=100)
    it = lab.only.merge_request(source="ao/x")
    it.discuss("eve", "why?")
    found = await glance(it)
    assert ([thread.resolved for thread in found.threads], found.mergeable) == ([False], Mergeable.YES)
    it.discussions[0].resolve("ann")
    assert [thread.resolved for thread in (await glance(it, found)).threads] == [True]


async def test_merge_requests_are_found_by_their_branches(lab, gitlab):
    shop = lab.only
    first = shop.merge_request(source="ao/x")
    closed, foreign = shop.merge_request(source="ao/y"), shop.merge_request(source="ao/x", fork=99)
    closed.close()
    only_foreign = shop.merge_request(source="ao/f", fork=99)
    found = await gitlab.find(["ao/x", "ao/y", "ao/z", "ao/f"])
    assert foreign.iid > first.iid
    assert found == {"ao/x": str(first.iid), "ao/f": str(only_foreign.iid)}
    assert len(lab.asked) == 1


async def test_one_is_found_by_its_number(lab, gitlab):
    it = lab.only.merge_request(source="ao/x")
    assert await gitlab.numbered(it.iid) == str(it.iid)
    assert (await gitlab.numbered(99)).kind == "missing"


async def test_the_checks_of_any_commit_are_had(lab, gitlab):
    sha = lab.only.heads["main"]
    assert await gitlab.checks_of(sha) == ()
    lab.only.pipeline(sha, "main", "push").job("unit", "failed")
    assert [(check.key, check.state) for check in await gitlab.checks_of(sha)] == [("test/unit", CheckState.FAILED)]
