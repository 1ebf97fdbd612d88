"""JUnit reports of a CI run add the tests that a job's log does not tell, and none twice."""

from __future__ import annotations

import pytest

from agent_orchestrator.formats.ci_log import beside_reports, read_job_log

REPORT = b"""<testsuites><testsuite name="pytest">
<testcase classname="tests.test_half" name="test_half" file="tests/test_half.py" line="3">
<failure message="AssertionError: assert 1 == 2">/home/runner/work/shop/shop/tests/test_half.py:5: x</failure>
</testcase>
<testcase classname="tests.test_half" name="test_green" file="tests/test_half.py"/>
</testsuite></testsuites>"""
LOG = b"""=================================== FAILURES ===================================
__________________________________ test_half ___________________________________

    def test_half():
>       assert 1 == 2
E       assert 1 == 2

tests/test_half.py:5: AssertionError
=========================== short test summary info ============================
FAILED tests/test_half.py::test_half - assert 1 == 2
============================== 1 failed in 0.01s ===============================
"""
NOTHING = read_job_log(b"")


def keys(found):
    return [(told.tool, told.finding.key) for told in found[0]]


def test_a_test_that_only_the_report_tells_is_told():
    found = beside_reports(NOTHING, [REPORT])
    assert keys(found) == [("junit", "tests/test_half.py::test_half")]
    assert found[0][0].finding.path == "tests/test_half.py"


def test_a_test_that_the_log_tells_is_told_once():
    log = read_job_log(LOG)
    assert [told.finding.key for told in log.findings] == ["tests/test_half.py::test_half"]
    assert beside_reports(log, [REPORT]) == ((), ())


def test_a_test_that_several_reports_tell_is_told_once():
    assert len(keys(beside_reports(NOTHING, [REPORT, REPORT]))) == 1


def test_the_runners_folder_is_not_in_a_path():
    report = REPORT.replace(b'file="tests/', b'file="/home/runner/work/shop/shop/tests/')
    assert keys(beside_reports(NOTHING, [report])) == [("junit", "tests/test_half.py::test_half")]


def test_no_file_is_named_that_the_repository_does_not_have():
    assert [told.finding.path for told in beside_reports(NOTHING, [REPORT], {"README.md"})[0]] == [""]


def test_of_a_run_with_several_jobs_only_what_the_log_names_is_this_ones():
    assert len(beside_reports(NOTHING, [REPORT], only_in="... test_half ...")[0]) == 1
    assert beside_reports(NOTHING, [REPORT], only_in="another job")[0] == ()


@pytest.mark.parametrize(
    "report",
    [
        b"",
        b"<html/>",
        b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><testsuite>&b;</testsuite>',
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><testsuite>&a;</testsuite>',
        b"<a>" * 1000,
        b"\xff\xfe\x00",
    ],
)
def test_a_report_that_can_not_be_read_is_a_sentence_and_the_others_are_read(report):
    found = beside_reports(NOTHING, [report, REPORT])
    assert (len(found[0]), len(found[1])) == (1, 1)
