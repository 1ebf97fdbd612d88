"""A merge request of GitLab is merged at the head that was proven, in the project's way, and once."""

from __future__ import annotations

import pytest


@pytest.fixture
def it(lab):
    return lab.only.merge_request(source="ao/x")


@pytest.mark.parametrize("strategy", ["squash", "merge"])
async def test_it_is_merged_once(lab, gitlab, glance, doubles, it, strategy):
    pull = await glance(it)
    lab.faults.add(doubles.gitlab.faults.lost(), where="PUT")
    assert (await gitlab.merge(pull, it.sha, strategy)).kind == "failed"
    assert await gitlab.merge(pull, it.sha, strategy) == "merged"
    assert (it.state, it.squash) == ("merged", strategy == "squash")
    assert sum(method == "PUT" for method, *_ in lab.asked) == 1


async def test_its_title_is_the_commits(lab, gitlab, glance, it):
    pull = await glance(it)
    await gitlab.merge(pull, it.sha, "squash", "Fix all of it")
    assert lab.only.refs.commit(it.merge_sha).message == "Fix all of it"


async def test_it_says_what_it_became(lab, gitlab, glance, it):
    pull = await glance(it)
    assert pull.merged_as == ""
    await gitlab.merge(pull, it.sha, "merge")
    assert (await glance(it, pull)).merged_as == it.merge_sha


async def test_another_head_is_not_merged(lab, gitlab, glance, it):
    pull = await glance(it)
    it.push()
    assert (await gitlab.merge(pull, pull.head, "merge")).status == 409
    assert it.state == "opened"


async def test_a_push_between_the_look_and_the_merge_is_refused_by_the_service(lab, gitlab, glance, it, doubles):
    pull = await glance(it)

    def pushed(request, right):
        it.push()
        return right()

    lab.faults.add(pushed, where="PUT")
    assert (await gitlab.merge(pull, pull.head, "merge")).status == 409
    assert it.state == "opened"


async def test_while_its_pipeline_runs_it_waits_for_that(lab, gitlab, glance, doubles, it):
    job = lab.only.pipeline(it.sha, "ao/x").job("unit", "running")
    pull = await glance(it)
    lab.faults.add(doubles.gitlab.faults.lost(), where="PUT")
    assert (await gitlab.merge(pull, it.sha, "merge")).kind == "failed"
    assert await gitlab.merge(pull, it.sha, "merge") == "waits"
    assert sum(method == "PUT" for method, *_ in lab.asked) == 1
    assert (await glance(it, pull)).auto_merge
    job.change("success")
    assert (await glance(it, pull)).state == "merged"


@pytest.mark.parametrize("status", ["success", "running"])
async def test_where_there_is_a_merge_train_it_goes_by_that(lab, gitlab, glance, doubles, it, status):
    lab.only.merge_trains = True
    job = lab.only.pipeline(it.sha, "ao/x").job("unit", status)
    pull = await glance(it)
    lab.faults.add(doubles.gitlab.faults.lost(), where="POST /api/v4/projects/acme%2Fshop/merge_trains")
    assert (await gitlab.merge(pull, it.sha, "squash")).kind == "failed"
    assert await gitlab.merge(pull, it.sha, "squash") in ("queued", "waits")
    assert (it.train, it.auto_merge is not None) == (status == "success", status == "running")
    job.change("success")
    found = await glance(it, pull)
    assert (found.state, found.queued, found.auto_merge) == ("open", True, False)
    assert sum("merge_trains" in path for _, path, _ in lab.asked) == 1


@pytest.mark.parametrize("rule", ["approvals_required", "resolve_discussions"])
async def test_the_projects_rules_are_not_passed_over(lab, gitlab, glance, it, rule):
    setattr(lab.only, rule, 1)
    it.discuss("eve", "why?")
    assert (await gitlab.merge(await glance(it), it.sha, "merge")).status == 405
    assert it.state == "opened"


async def test_a_rebase_is_what_the_project_has_to_want(lab, gitlab, glance, it):
    pull = await glance(it)
    assert "merge method is merge" in (await gitlab.merge(pull, it.sha, "rebase")).sentence
    lab.only.merge_method = "ff"
    assert await gitlab.merge(pull, it.sha, "rebase") == "merged"


async def test_one_that_was_closed_is_not_merged(lab, gitlab, glance, it):
    pull = await glance(it)
    it.close()
    assert (await gitlab.merge(pull, it.sha, "merge")).kind == "gone"


async def test_one_that_is_merged_is_not_closed(lab, gitlab, glance, it):
    pull = await glance(it)
    await gitlab.merge(pull, it.sha, "merge")
    assert (await gitlab.close(pull)).kind == "gone"
