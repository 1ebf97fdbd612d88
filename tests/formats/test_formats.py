"""Reports of other tools, as they write them."""

from __future__ import annotations

import json

import pytest

from agent_orchestrator.formats import Inputs, parse
from agent_orchestrator.model.report import Frame, Kind, Report

VITEST = b"""<?xml version="1.0" encoding="UTF-8" ?>
<testsuites name="vitest tests" tests="3" failures="2" errors="0" time="0.5">
  <testsuite name="src/a.test.ts" timestamp="2026-01-01T00:00:00.000Z" hostname="h" tests="2" failures="1">
    <testcase classname="src/a.test.ts" name="math &gt; adds" time="0.01"></testcase>
    <testcase classname="src/a.test.ts" name="math &gt; divides" time="0.01">
      <failure message="expected 1 to be 2" type="AssertionError">
AssertionError: expected 1 to be 2
 \xe2\x9d\xaf divide src/math.ts:4:9
 \xe2\x9d\xaf src/a.test.ts:9:20
      </failure>
    </testcase>
  </testsuite>
  <testsuite name="src/b.test.ts"><testcase classname="src/b.test.ts" name="src/b.test.ts" time="0">
    <failure message="Failed to load ./nope" type="Error">Error</failure></testcase></testsuite>
</testsuites>"""
JEST = b"""<testsuites name="jest tests"><testsuite name="math" tests="1">
<testcase classname="math adds" name="math adds" file="src/a.test.js"><failure>Error: expect(received)
    at Object.&lt;anonymous&gt; (/t/src/a.test.js:3:13)
    at f (node:internal/x:1:1)</failure></testcase>
<testcase classname="math" name="subtracts" file="src/a.test.js"/></testsuite></testsuites>"""
XMLRUNNER = b"""<testsuites><testsuite name="tests.test_a.T" file="tests/test_a.py">
<testcase classname="tests.test_a.T" name="test_x" file="tests/test_a.py" line="7"><error type="KeyError" message="'k'">
Traceback (most recent call last):
  File "/t/tests/test_a.py", line 8, in test_x
  File "/main/src/pkg.py", line 3, in get
  File "/usr/lib/python3.11/json/x.py", line 3, in get
KeyError: 'k'</error></testcase></testsuite></testsuites>"""


def junit(report: bytes) -> Report:
    return parse("junit", Inputs(output=b"", exit_code=1, root="/t", report=report))


def test_vitest_tests_are_keyed_by_file_and_full_name():
    report = junit(VITEST)
    assert dict(report.outcomes) == {"src/a.test.ts::math > adds": "pass", "src/a.test.ts::math > divides": "fail"}
    assert report.complete


def test_a_vitest_file_that_does_not_load_is_top_for_the_file():
    assert [(f.key, f.message) for f in junit(VITEST).findings if f.kind is Kind.TOP] == [
        ("src/b.test.ts", "Failed to load ./nope")
    ]


def test_javascript_frames_have_the_innermost_last():
    finding = junit(VITEST).findings[0]
    assert finding.frames == (Frame("src/a.test.ts", 9), Frame("src/math.ts", 4, "divide"))
    assert (finding.rule, finding.line) == ("AssertionError", 9)


def test_jest_names_are_full_names():
    assert set(junit(JEST).outcomes) == {"src/a.test.js::math adds", "src/a.test.js::math subtracts"}


def test_jest_messages_come_from_the_text():
    (finding,) = junit(JEST).findings
    assert (finding.message, finding.rule, finding.line) == ("Error: expect(received)", "Error", 3)


def test_unittest_xml_has_the_key_pytest_would_give():
    report = junit(XMLRUNNER)
    assert set(report.outcomes) == {"tests/test_a.py::T::test_x"}
    assert (report.findings[0].rule, report.findings[0].message) == ("KeyError", "'k'")


def test_a_frame_of_another_checkout_is_outside_and_the_standard_library_is_not():
    assert junit(XMLRUNNER).outside == ("/main/src/pkg.py",)


def test_a_test_without_any_file_is_keyed_by_its_class():
    report = junit(b"<testsuite><testcase classname='com.foo.BarTest' name='works'/></testsuite>")
    assert set(report.outcomes) == {"com.foo.BarTest::works"}


def sarif(results: list[object], code: int = 1, rules: list[object] | None = None) -> Report:
    driver = {"name": "tool", "rules": rules or []}
    bases = {"ROOT": {"uri": "file:///t/"}}
    run = {"tool": {"driver": driver}, "results": results, "originalUriBaseIds": bases}
    log = {"version": "2.1.0", "runs": [run]}
    return parse("sarif", Inputs(output=b"", exit_code=code, root="/t", report=json.dumps(log).encode()))


def at(uri: str, **more: object) -> list[object]:
    return [
        {"physicalLocation": {"artifactLocation": {"uri": uri, **more}, "region": {"startLine": 3, "endColumn": 9}}}
    ]


@pytest.mark.parametrize(
    ("uri", "more", "path"),
    [
        ("src/a%20b.c", {}, "src/a%20b.c"),
        ("file:///t/src/a%20b.c", {}, "src/a b.c"),
        ("src/a.c", {"uriBaseId": "ROOT"}, "src/a.c"),
        ("file:///other/a.c", {}, "/other/a.c"),
        ("../x.c", {}, "/x.c"),
    ],
)
def test_sarif_locations_are_relative_to_the_tree_or_absolute(uri, more, path):
    (finding,) = sarif([{"ruleId": "R", "message": {"text": "m"}, "locations": at(uri, **more)}]).findings
    assert (finding.path, finding.line, finding.end_line, finding.end_column) == (path, 3, 3, 9)


@pytest.mark.parametrize(
    "result",
    [
        {"kind": "pass"},
        {"baselineState": "absent"},
        {"suppressions": [{"kind": "inSource"}]},
    ],
)
def test_sarif_results_that_are_no_failures_are_left_out(result):
    assert sarif([{"ruleId": "R", "level": "error", "message": {"text": "m"}} | result], 0).findings == ()


def test_a_rejected_suppression_does_not_suppress():
    result = {"ruleId": "R", "message": {"text": "m"}, "suppressions": [{"kind": "external", "status": "rejected"}]}
    assert len(sarif([result]).findings) == 1


def test_sarif_rules_give_level_message_and_help():
    rule = {
        "id": "R",
        "helpUri": "https://h/R",
        "messageStrings": {"m": {"text": "no {0} in {1}"}},
        "defaultConfiguration": {"level": "error"},
    }
    report = sarif([{"ruleIndex": 0, "message": {"id": "m", "arguments": ["a", "b"]}}], 1, [rule])
    (finding,) = report.findings
    assert (finding.rule, finding.message, finding.url) == ("R", "no a in b", "https://h/R")


@pytest.mark.parametrize(("code", "count"), [(0, 0), (1, 1)])
def test_warnings_are_red_when_the_exit_status_says_so(code, count):
    report = sarif([{"ruleId": "R", "level": "warning", "message": {"text": "m"}}], code)
    assert (len(report.findings), report.complete) == (count, True)


def test_errors_with_exit_status_zero_are_incomplete():
    assert not sarif([{"ruleId": "R", "level": "error", "message": {"text": "m"}}], 0).complete


def regex(output: bytes, pattern: object, code: int = 1) -> Report:
    return parse("regex", Inputs(output=output, exit_code=code, root="/t", pattern=pattern))


def test_one_line_pattern_with_all_groups():
    pattern = {
        "regexp": r"^(.*):(\d+):(\d+):\s+(warning|error):\s+(.*) \[(.*)\]$",
        "file": 1, "line": 2, "column": 3, "severity": 4, "message": 5, "code": 6,
    }  # fmt: skip
    (finding,) = regex(b"src/a.c:5:3: error: bad [E1]\nnoise\n", pattern).findings
    assert (finding.key, finding.line, finding.column, finding.message) == ("E1@src/a.c", 5, 3, "bad")


@pytest.mark.parametrize(("text", "place"), [("7", (7, 0, 0, 0)), ("7,2", (7, 2, 0, 0)), ("7,2,8,4", (7, 2, 8, 4))])
def test_a_location_group_holds_up_to_four_numbers(text, place):
    pattern = {"regexp": r"^(\S+)\(([\d,]+)\): (.*)$", "file": 1, "location": 2, "message": 3}
    (finding,) = regex(f"a.c({text}): m\n".encode(), pattern).findings
    assert (finding.line, finding.column, finding.end_line, finding.end_column) == place


def test_a_looping_pattern_keeps_the_file_of_its_first_line():
    pattern = [
        {"regexp": r"^(\S+\.js)$", "file": 1},
        {"regexp": r"^  (\d+) (.*)$", "line": 1, "message": 2, "loop": True},
    ]
    report = regex(b"a.js\n  1 x\n  2 y\n\nb.js\nb.js\n  3 z\n", {"pattern": pattern})
    assert [(f.path, f.line, f.message) for f in report.findings] == [
        ("a.js", 1, "x"),
        ("a.js", 2, "y"),
        ("b.js", 3, "z"),
    ]


@pytest.mark.parametrize(
    ("pattern", "sentence"),
    [
        (None, "regexp is None"),
        ("(", "is not a regular expression"),
        ({"regexp": "(a)", "line": 2}, "groups 0 to 1"),
        ({"pattern": []}, "empty"),
        ([{"regexp": "a", "loop": True}, {"regexp": "b"}], "loop is only allowed"),
        ({"pattern": "a", "severity": "fatal"}, "allowed are error, warning, info"),
    ],
)
def test_a_wrong_pattern_is_a_problem_in_a_sentence(pattern, sentence):
    report = regex(b"", pattern, 0)
    assert not report.complete
    assert sentence in report.problems[0]


def test_javascript_group_names_are_understood():
    assert len(regex(b"a.c:1:2: m\n", r"^(?<file>\S+?):(\d+):(\d+): (.*)$").findings) == 1


def test_mypy_output_that_was_cut_is_incomplete():
    output = b"a.py:1: error: m  [misc]\nFound 3 errors in 1 file (checked 1 source file)\n"
    assert not parse("mypy", Inputs(output=output, exit_code=1, root="/t")).complete


def test_unittest_output_that_was_cut_is_incomplete():
    output = b"test_a (tests.test_m.T.test_a) ... ok\n"
    assert not parse("unittest", Inputs(output=output, exit_code=0, root="/t")).complete


def test_unittest_without_a_line_per_test_is_incomplete():
    output = b"..\n" + b"-" * 70 + b"\nRan 2 tests in 0.000s\n\nOK\n"
    assert "run it with -v" in parse("unittest", Inputs(output=output, exit_code=0, root="/t")).problems[0]
