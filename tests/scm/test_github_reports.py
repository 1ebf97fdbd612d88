"""JUnit reports that a run of GitHub Actions left behind tell what its log does not, and none of them can harm."""

from __future__ import annotations

import io
import zipfile

import pytest

REPORT = b"""<testsuite><testcase classname="tests.test_half" name="test_half" file="tests/test_half.py">
<failure message="got ghp_a1B2a1B2a1B2a1B2a1B2a1B2a1B2a1B2a1B2">tests/test_half.py:5: AssertionError</failure>
</testcase></testsuite>"""


def packed(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return out.getvalue()


GOOD = packed({"junit.xml": REPORT})


@pytest.fixture
def red(hub):
    """A check that failed, whose log says nothing."""
    return hub.pull(head="ao/x").check("unit", "failure", log="##[error]Process completed with exit code 1.\n")


@pytest.fixture
def why(hub, scm, seen, red):
    """Why it failed."""

    async def why():
        known = await seen(hub.only.pulls[0])
        check = next(check for check in known.failed if check.name == "unit")
        return await scm.failure(known, check)

    return why


def keys(found):
    return [told.finding.key for told in found.findings]


@pytest.mark.parametrize("name", ["junit", "JUnit-3.12", "unit-test-results", "test-report", "test-reports (1, 2)"])
async def test_the_failed_tests_of_a_report_are_told(red, why, name):
    red.suite.run.artifact(name, GOOD)
    found = await why()
    assert (keys(found), found.missing) == (["tests/test_half.py::test_half"], ())
    assert (found.findings[0].tool, found.findings[0].finding.message) == ("junit", "got [redacted]")


async def test_other_artifacts_are_not_looked_at(hub, red, why):
    red.suite.run.artifact("coverage", GOOD)
    assert keys(await why()) == []
    assert not [asked for asked in hub.asked if asked.path.endswith("/zip")]


async def test_a_test_that_log_report_and_annotation_tell_is_told_once(red, why, doubles):
    red.change(
        "failure",
        log="FAILED tests/test_half.py::test_half - assert 1 == 2\n= 1 failed in 0.01s =\n",
        annotations=[doubles.github.Annotation("tests/test_half.py", 5, "assert 1 == 2")],
    )
    red.suite.run.artifact("junit", GOOD)
    assert len([key for key in keys(await why()) if "test_half.py::test_half" in key]) == 1


async def test_of_the_attempts_of_a_run_the_newest_report_counts(red, why):
    red.suite.run.artifact("junit", GOOD)
    red.suite.run.artifact("junit", packed({"junit.xml": b"<testsuite/>"}))
    assert keys(await why()) == []


async def test_where_another_job_failed_too_its_tests_are_not_told_of_this_one(hub, red, why):
    hub.only.pulls[0].check("integration", "failure", log="test_half failed")
    red.suite.run.artifact("junit", GOOD)
    assert keys(await why()) == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (packed({"../junit.xml": REPORT}), "outside of itself"),
        (packed({"/junit.xml": REPORT}), "outside of itself"),
        (packed({f"{number}.xml": b"" for number in range(201)}), "200 files"),
        (packed({"a.xml": bytes(51 * 1024 * 1024)}), "unpacks to more than"),
        (packed({"a.xml": b'<!DOCTYPE x [<!ENTITY a "aa">]><testsuite>&a;</testsuite>'}), "document type"),
        (b"no archive", "can not be read"),
        (b"\0" * (10 * 1024 * 1024 + 1), "limit"),
    ],
    ids=["above", "absolute", "many", "bomb", "entities", "none", "large"],
)
async def test_one_that_can_not_be_read_is_a_sentence_and_the_others_are_read(red, why, content, words):
    red.suite.run.artifact("test-results", content)
    red.suite.run.artifact("junit", GOOD)
    found = await why()
    assert (keys(found), len(found.missing)) == (["tests/test_half.py::test_half"], 1)
    assert words in found.missing[0]


async def test_one_that_has_expired_is_a_sentence(red, why):
    red.suite.run.artifact("junit", GOOD, expired=True)
    assert (await why()).missing == ("artifact junit: it has expired",)


async def test_one_that_expires_in_that_moment_is_a_sentence(hub, red, why, doubles):
    red.suite.run.artifact("junit", GOOD)
    hub.faults.add(doubles.github.faults.status(410, "Artifact has expired"), where="/zip")
    assert "410 Artifact has expired" in (await why()).missing[0]


async def test_artifacts_that_can_not_be_listed_are_a_sentence(hub, red, why, doubles):
    hub.faults.add(doubles.github.faults.gateway(502), where="/artifacts")
    assert "502" in (await why()).missing[0]


@pytest.mark.parametrize(
    "body", ["[]", "null", '{"artifacts": 7}', '{"artifacts": [null, {}, {"name": 7, "id": "x"}]}']
)
async def test_a_list_of_another_shape_is_none(hub, red, why, body):
    from attrs import evolve

    hub.faults.add(lambda request, right: evolve(right(), body=body.encode()), where="/artifacts")
    assert keys(await why()) == []
