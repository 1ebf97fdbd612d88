"""What is changed at GitLab is changed once, also where the answer to the first try was lost."""

from __future__ import annotations

import pytest

from agent_orchestrator.ports.scm import NewPull, Opened

NEW = NewPull("ao/x", "main", "Fix it", "All of it", labels=("agent", "b"))


@pytest.fixture
def it(lab):
    """A merge request with one red job."""
    made = lab.only.merge_request(source="ao/x")
    lab.only.pipeline(made.sha, "ao/x").job("unit", "failed")
    return made


async def test_one_is_opened_as_it_is_wanted(lab, gitlab):
    lab.only.commit("ao/x")
    opened = await gitlab.open(NEW)
    it = lab.only.merge_requests[1]
    assert (opened.id, opened.number, opened.known) == ("1", 1, False)
    assert opened.url.endswith("/acme/shop/-/merge_requests/1")
    assert (it.title, it.description, it.target, it.labels, it.draft) == (
        "Fix it",
        "All of it",
        "main",
        ["agent", "b"],
        False,
    )


async def test_a_draft_is_opened_as_one_and_made_ready(lab, gitlab, glance):
    lab.only.commit("ao/x")
    await gitlab.open(NewPull("ao/x", "main", "Draft: Fix it", draft=True))
    it = lab.only.merge_requests[1]
    assert (it.title, it.draft) == ("Draft: Fix it", True)
    pull = await glance(it)
    for _ in range(2):
        assert await gitlab.ready(pull) is None
        assert (it.title, it.draft) == ("Fix it", False)


async def test_where_the_branch_has_an_open_one_that_is_the_one(lab, gitlab):
    lab.only.merge_request(source="ao/x", fork=99)
    it = lab.only.merge_request(source="ao/x")
    assert await gitlab.open(NEW) == Opened(
        str(it.iid), it.iid, "https://gitlab.com/acme/shop/-/merge_requests/2", known=True
    )


@pytest.mark.parametrize("times", [1, 2])
async def test_an_opening_whose_answer_was_lost_is_not_done_again(lab, gitlab, doubles, times):
    lab.only.commit("ao/x")
    lab.faults.add(doubles.gitlab.faults.lost(), where="POST /api/v4/projects/acme%2Fshop/merge_requests", times=times)
    assert (await gitlab.open(NEW)).kind == "failed"
    assert (await gitlab.open(NEW)).known
    assert len(lab.only.merge_requests) == 1


async def done_twice(lab, doubles, act, where):
    """Do something whose first answer is lost; the second try's answer."""
    lab.faults.add(doubles.gitlab.faults.lost(), where=where)
    assert (await act()).kind == "failed"
    return await act()


@pytest.mark.parametrize(
    ("act", "where", "shows"),
    [
        ("comment", "POST", lambda it: [note.body for one in it.discussions[1:] for note in one.notes]),
        ("reply", "POST", lambda it: [note.body for note in it.discussions[0].notes[1:]]),
    ],
)
async def test_something_is_said_once(lab, gitlab, glance, doubles, it, act, where, shows):
    thread = it.discuss("eve", "why? <!-- ao:k1 -->")
    pull = await glance(it)

    async def say():
        if act == "comment":
            return await gitlab.comment(pull, "Because", "k1")
        return await gitlab.reply(pull, thread.id, "Because", "k1")

    assert await done_twice(lab, doubles, say, where) is None
    assert shows(it) == ["Because\n\n<!-- ao:k1 -->"]


async def test_something_with_another_key_is_said_too(lab, gitlab, glance, it):
    pull = await glance(it)
    for key in ("a", "b", "a"):
        assert await gitlab.comment(pull, "Again", key) is None
    assert len(it.discussions) == 2


@pytest.mark.parametrize("text", ["/merge", "ok\n/close", "```\n```\n  /approve", "> \r/close"])
async def test_what_is_said_commands_nothing(lab, gitlab, glance, it, text):
    await gitlab.comment(await glance(it), text, "k")
    said = it.discussions[0].notes[0].body
    assert not any(line.strip().startswith("/") for line in said.splitlines())


async def test_a_thread_is_resolved_once(lab, gitlab, glance, doubles, it):
    thread = it.discuss("eve", "why?")
    pull = await glance(it)
    assert await done_twice(lab, doubles, lambda: gitlab.resolve(pull, thread.id), "PUT") is None
    assert thread.resolved_by is lab.actor


async def test_labels_are_added_once(lab, gitlab, glance, doubles, it):
    it.label("a")
    pull = await glance(it)
    assert await done_twice(lab, doubles, lambda: gitlab.label(pull, ["a", "b"]), "PUT") is None
    assert it.labels == ["a", "b"]
    lab.asked.clear()
    assert (await gitlab.label(pull, []), lab.asked) == (None, [])


async def test_it_is_closed_once(lab, gitlab, glance, doubles, it):
    pull = await glance(it)
    assert await done_twice(lab, doubles, lambda: gitlab.close(pull), "PUT") is None
    assert it.state == "closed"


async def test_what_failed_is_run_again_once(lab, gitlab, glance, doubles, it):
    pull = await glance(it)
    assert await done_twice(lab, doubles, lambda: gitlab.rerun(pull, pull.failed), "/retry") is None
    assert [job.status for job in lab.only.pipelines[0].jobs] == ["failed", "pending"]


async def test_the_pipeline_that_a_bridge_started_is_run_again_once(lab, gitlab, glance, doubles):
    it = lab.only.merge_request(source="ao/x")
    child = lab.only.pipeline(it.sha, "ao/x").bridge("child")
    child.job("unit", "failed")
    pull = await glance(it)
    assert await done_twice(lab, doubles, lambda: gitlab.rerun(pull, pull.failed), "/retry") is None
    assert [job.status for job in child.jobs] == ["failed", "pending"]


async def test_what_somebody_else_runs_is_not_run_again(lab, gitlab, glance):
    it = lab.only.merge_request(source="ao/x")
    lab.only.status(it.sha, "coverage", "failed")
    pull = await glance(it)
    assert "not run by GitLab" in (await gitlab.rerun(pull, pull.failed)).sentence


async def test_what_gitlab_runs_is_run_again_though_somebody_else_failed_as_well(lab, gitlab, glance, it):
    lab.only.status(it.sha, "coverage", "failed")
    pull = await glance(it)
    assert await gitlab.rerun(pull, pull.failed) is None
    assert [job.status for job in lab.only.pipelines[0].newest()] == ["pending", "failed"]


async def test_a_branch_is_deleted_once(lab, gitlab, glance, doubles, it):
    pull = await glance(it)
    assert await done_twice(lab, doubles, lambda: gitlab.delete_branch(pull), "DELETE") is None
    assert "ao/x" not in lab.only.heads


async def test_a_branch_that_went_on_stays(lab, gitlab, glance, it):
    pull = await glance(it)
    it.push()
    assert "has gone on" in (await gitlab.delete_branch(pull)).sentence
    assert "ao/x" in lab.only.heads


async def test_another_projects_branch_stays(lab, gitlab, glance):
    it = lab.only.merge_request(source="ao/x", fork=99)
    assert "another project's" in (await gitlab.delete_branch(await glance(it))).sentence
    assert "ao/x" in lab.only.heads


async def test_the_default_branch_stays(lab, gitlab, glance):
    lab.only.commit("next")
    it = lab.only.merge_request(source="main", target="next")
    assert (await gitlab.delete_branch(await glance(it))).kind == "denied"
    assert "main" in lab.only.heads
