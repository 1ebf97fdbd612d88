"""Why a check of GitHub failed becomes what a local check would say of it, from its log and its annotations."""

from __future__ import annotations

import pytest

from agent_orchestrator.model.pull import CheckState, CiCheck
from agent_orchestrator.plugins.scm.github.failures import failure
from agent_orchestrator.plugins.scm.github.jobs import job_shown
from agent_orchestrator.plugins.scm.github.sweep import sweep

JOBS = "GET /repos/{owner}/{repo}/actions/runs/{run_id}/jobs"
LOGS = "GET /repos/{owner}/{repo}/actions/jobs/{job_id}/logs"
LOG = "\n".join(
    f"2026-01-01T00:00:00.0000000Z {line}"
    for line in (
        "##[group]Run ruff check",
        "##[endgroup]",
        "src/half.py:3:5: F821 Undefined name `x`",
        "Found 1 error.",
        "token ghp_a1B2a1B2a1B2a1B2a1B2",
        "##[error]Process completed with exit code 1.",
    )
)


@pytest.fixture
def why(hub, github):
    """Why the only check of a pull request failed."""

    async def ask(pull, **more):
        seen = (await sweep(github, {pull.node_id: None})).pulls[pull.node_id]
        (check,) = seen.failed
        return await failure(github, "acme/shop", check, **more)

    hub.repository("acme/shop")
    return ask


def places(found):
    return [(told.finding.path, told.finding.line, told.finding.rule) for told in found.findings]


async def test_its_log_is_read_as_the_tools_output(hub, why):
    pull = hub.pull(head="ao/x")
    pull.check("lint", "failure", log=LOG)
    found = await why(pull)
    assert places(found) == [("src/half.py", 3, "F821")]
    assert (found.findings[0].tool, found.missing) == ("ruff", ())
    assert "Undefined name" in found.log
    assert "ghp_" not in found.log


async def test_an_annotation_adds_what_the_log_does_not_say(hub, why, doubles):
    note = doubles.github.Annotation
    notes = [
        note("src/half.py", 3, "Undefined name"),
        note("src/other.py", 7, "is\x1b[31m wrong", title="E1"),
        note("src/other.py", 9, "only a warning", level="warning"),
        note(".github", 1, "Process completed with exit code 1."),
    ]
    pull = hub.pull(head="ao/x")
    pull.check("lint", "failure", log=LOG, annotations=notes)
    found = await why(pull)
    assert places(found) == [("src/half.py", 3, "F821"), ("src/other.py", 7, "E1")]
    assert found.findings[1].finding.message == "is wrong"


async def test_no_file_is_named_that_the_repository_does_not_have(hub, why, doubles):
    pull = hub.pull(head="ao/x")
    pull.check("lint", "failure", log=LOG, annotations=[doubles.github.Annotation("/etc/passwd", 1, "x")])
    assert [path for path, _, _ in places(await why(pull, paths={"README.md"}))] == [""]


async def test_a_job_is_found_by_its_check_and_not_by_a_number_that_is_often_the_same(hub, why):
    hub.job_ids_apart = True
    pull = hub.pull(head="ao/x")
    pull.check("lint", "failure", log=LOG)
    assert places(await why(pull)) == [("src/half.py", 3, "F821")]


async def test_a_log_is_asked_for_where_a_person_looks_at_it(hub, why):
    pull = hub.pull(head="ao/x")
    pull.check("lint", "failure", log=LOG)
    await why(pull)
    assert [asked.name for asked in hub.asked if "jobs" in asked.path] == [LOGS]


async def test_where_that_is_not_so_its_job_is_looked_for_in_its_run(hub, why, doubles):
    pull = hub.pull(head="ao/x")
    pull.check("lint", "failure", log=LOG)
    hub.faults.add(doubles.github.faults.status(404, "Not Found"), where="/logs")
    assert places(await why(pull)) == [("src/half.py", 3, "F821")]
    assert [asked.name for asked in hub.asked if "jobs" in asked.path] == [JOBS, LOGS]


@pytest.mark.parametrize(
    ("url", "job"),
    [
        ("https://github.com/acme/shop/actions/runs/7/job/12", 12),
        ("https://github.com/acme/shop/actions/runs/8/job/12", None),
        ("https://github.com/acme/shop/runs/12", None),
        ("", None),
    ],
    ids=["its run", "another run", "another address", "none"],
)
def test_a_job_is_that_of_the_page_if_it_is_of_the_checks_run(url, job):
    assert job_shown(CiCheck("CI/lint", "lint", CheckState.FAILED, url=url, run=7)) == job


async def test_what_another_app_checked_has_annotations_alone(hub, why, doubles):
    pull = hub.pull(head="ao/x")
    pull.check(
        "scan", "failure", workflow=None, app="scanner", annotations=[doubles.github.Annotation("a.py", 2, "bad")]
    )
    found = await why(pull)
    assert (places(found), found.log, found.missing) == ([("a.py", 2, "error")], "", ())


async def test_a_legacy_status_has_neither(hub, why):
    pull = hub.pull(head="ao/x")
    pull.status("ci/legacy", "failure")
    found = await why(pull)
    assert (found.findings, found.log, found.missing) == ((), "", ())


async def test_a_log_that_is_gone_is_said_to_be_so_and_the_annotations_stay(hub, why, doubles):
    pull = hub.pull(head="ao/x")
    pull.check("lint", "failure", log=LOG, annotations=[doubles.github.Annotation("a.py", 2, "bad")])
    hub.faults.add(doubles.github.faults.status(410, "Gone"), where="/logs")
    found = await why(pull)
    assert places(found) == [("a.py", 2, "error")]
    assert "410 Gone" in found.missing[0]


async def test_a_log_that_is_held_back_for_now_comes_later(hub, why, doubles):
    pull = hub.pull(head="ao/x")
    pull.check("lint", "failure", log=LOG)
    hub.faults.add(doubles.github.faults.secondary(), where="/logs", times=9)
    found = await why(pull)
    assert found.trouble is not None
    assert found.trouble.kind == "limited"
