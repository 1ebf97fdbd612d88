"""Why a job of GitLab failed becomes what a local check would say of it, each thing told once."""

from __future__ import annotations

import json

import pytest

LOG = "\n".join(
    (
        "Running with gitlab-runner 17.0.0 (abc)",
        "section_start:1700000000:prepare_script\r\x1b[0K\x1b[0;mPreparing environment",
        "section_end:1700000001:prepare_script\r\x1b[0K",
        'section_start:1700000002:step_script\r\x1b[0K\x1b[0;mExecuting "step_script" stage of the job script',
        "$ ruff check --output-format concise",
        "src/half.py:3:5: F821 Undefined name `x`",
        "Found 1 error.",
        "token glpat-a1B2a1B2a1B2a1B2a1B2",
        "section_end:1700000003:step_script\r\x1b[0K",
        "\x1b[31;1mERROR: Job failed: exit code 1",
    )
)

PYTEST = "\n".join(
    (
        "$ pytest",
        "=================================== FAILURES ===================================",
        "__________________________________ test_half ___________________________________",
        "",
        "    def test_half():",
        ">       assert half(2) == 1",
        "E       assert 4 == 1",
        "",
        "tests/test_half.py:5: AssertionError",
        "=========================== short test summary info ============================",
        "FAILED tests/test_half.py::test_half - assert 4 == 1",
        "============================== 1 failed in 0.01s ===============================",
    )
)
OUTPUT = "def test_half():\n>       assert half(2) == 1\nE       assert 4 == 1\n\ntests/test_half.py:5: AssertionError"


@pytest.fixture
def it(lab):
    return lab.only.merge_request(source="ao/x")


@pytest.fixture
def why(gitlab, glance):
    """Why the only red check of a merge request failed."""

    async def why(it, **more):
        pull = await glance(it)
        (check,) = pull.failed
        return await gitlab.failure(pull, check, **more)

    return why


def places(found):
    return [(told.finding.path, told.finding.line, told.finding.rule) for told in found.findings]


async def test_its_log_is_read_as_the_tools_output(lab, it, why):
    lab.only.pipeline(it.sha, "ao/x").job("lint", "failed", trace=LOG)
    found = await why(it)
    assert places(found) == [("src/half.py", 3, "F821")]
    assert (found.findings[0].tool, found.missing) == ("ruff", ())
    assert "Undefined name" in found.log
    assert "glpat" not in found.log
    assert "\x1b" not in found.log


async def test_a_test_that_log_and_report_tell_is_told_once(lab, it, why, doubles):
    case = doubles.gitlab.TestCase
    job = lab.only.pipeline(it.sha, "ao/x").job("unit", "failed", trace=PYTEST)
    job.pipeline.report(
        "unit",
        case("test_half", "failed", "tests.test_half", output=OUTPUT),
        case("test_other", "error", "tests.test_half", output="E       KeyError: 'x'"),
        case("test_good", "success", "tests.test_half"),
        case("test_slow", "skipped", "tests.test_half"),
    )
    job.pipeline.report("e2e", case("test_all", "failed", "tests.test_all", output="E  no"))
    found = await why(it)
    assert [(told.finding.key, told.tool) for told in found.findings] == [
        ("tests/test_half.py::test_half", "pytest"),
        ("tests/test_half.py::test_other", "junit"),
    ]


@pytest.mark.parametrize(("job", "told"), [("unit 1/3", 1), ("unit: [3.12]", 1), ("units", 0)])
async def test_the_report_of_a_job_that_runs_in_parallel_has_its_name_without_the_number(
    lab, it, why, doubles, job, told
):
    made = lab.only.pipeline(it.sha, "ao/x").job(job, "failed", trace="no")
    made.pipeline.report("unit", doubles.gitlab.TestCase("test_half", "failed", "tests.test_half", output="E  no"))
    assert len((await why(it)).findings) == told


async def test_a_code_quality_report_adds_what_nothing_else_says(lab, it, why):
    entries = [
        {"description": "Undefined name", "check_name": "F821", "severity": "major", "fingerprint": "1"}
        | {"location": {"path": "src/half.py", "lines": {"begin": 3}}},
        {"description": "is\x1b[31m wrong", "check_name": "E1", "severity": "minor", "fingerprint": "2"}
        | {"location": {"path": "./src/other.py", "positions": {"begin": {"line": 7, "column": 2}}}},
        {"description": "advice", "check_name": "I1", "severity": "info", "fingerprint": "3"}
        | {"location": {"path": "src/other.py", "lines": {"begin": 9}}},
    ]
    job = lab.only.pipeline(it.sha, "ao/x").job("lint", "failed", trace=LOG)
    job.artifacts["gl-code-quality-report.json"] = json.dumps(entries).encode()
    found = await why(it)
    assert places(found) == [("src/half.py", 3, "F821"), ("src/other.py", 7, "E1")]
    assert found.findings[1].finding.message == "is wrong"


async def test_the_failed_jobs_of_the_pipeline_that_a_bridge_started_are_read(lab, it, why):
    child = lab.only.pipeline(it.sha, "ao/x").bridge("child")
    child.job("lint", "failed", trace=LOG)
    child.job("unit", "failed", trace=PYTEST)
    child.job("maybe", "failed", trace="src/never.py:1:1: F821 Undefined name `y`", allow_failure=True)
    assert places(await why(it)) == [("src/half.py", 3, "F821"), ("tests/test_half.py", 5, "AssertionError")]


async def test_of_what_somebody_else_says_there_is_no_log(lab, it, why):
    lab.only.status(it.sha, "coverage", "failed")
    found = await why(it)
    assert (found.findings, found.log, found.missing) == ((), "", ())


@pytest.mark.parametrize("where", ["/trace", "/test_report"])
async def test_what_can_not_be_had_is_said(lab, it, why, doubles, where):
    lab.only.pipeline(it.sha, "ao/x").job("lint", "failed", trace=LOG)
    lab.faults.add(doubles.gitlab.faults.gateway(502), where=where)
    found = await why(it)
    assert len(found.missing) == 1
    assert len(found.findings) == (where != "/trace")


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {"test_suites": {}},
        {"test_suites": [None, {"name": "unit", "test_cases": [None, 1, {"status": "failed"}]}]},
        {
            "test_suites": [
                {"name": "unit", "test_cases": [{"status": "failed", "name": "t", "system_output": {"a": 1}}]}
            ]
        },
        {"test_suites": [{"name": "unit", "test_cases": [{"status": "failed", "name": "t", "file": "../../etc/x"}]}]},
    ],
)
async def test_a_report_of_another_shape_is_no_error(lab, it, why, doubles, value):
    lab.only.pipeline(it.sha, "ao/x").job("unit", "failed", trace=LOG)
    lab.faults.add(doubles.gitlab.faults.said(value), where="/test_report")
    found = await why(it, paths=("src/half.py",))
    assert ("src/half.py", 3, "F821") in places(found)
    assert not any(told.finding.path.startswith((".", "/")) for told in found.findings)


async def test_no_secret_of_a_report_is_told(lab, it, why, doubles):
    job = lab.only.pipeline(it.sha, "ao/x").job("unit", "failed", trace="no")
    said = "E       assert 'glpat-a1B2a1B2a1B2a1B2a1B2' == ''"
    job.pipeline.report("unit", doubles.gitlab.TestCase("test_half", "failed", "tests.test_half", output=said))
    (told,) = (await why(it)).findings
    assert "glpat" not in told.finding.message + told.finding.output


async def test_a_log_that_is_held_back_for_now_comes_later(lab, it, why, doubles):
    lab.only.pipeline(it.sha, "ao/x").job("lint", "failed", trace=LOG)
    lab.faults.add(doubles.gitlab.faults.status(429, "Retry later"), where="/trace", times=9)
    found = await why(it)
    assert found.trouble is not None
    assert found.trouble.kind == "limited"
