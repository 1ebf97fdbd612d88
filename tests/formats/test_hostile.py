"""Reports that are malformed, hostile or wrong: a report with problems comes back, never an exception."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_orchestrator.formats import FORMATS, Inputs, parse
from agent_orchestrator.formats.text import MESSAGE_CAP, OUTPUT_CAP
from agent_orchestrator.model.report import Report

BOMB = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><testsuite><testcase name="&c;"/></testsuite>"""
EXTERNAL = b"""<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><testsuite><testcase name="&e;"/></testsuite>"""


def junit(report: bytes, code: int | None = 1, root: str = "/t") -> Report:
    return parse("junit", Inputs(output=b"", exit_code=code, root=root, report=report))


def reds(report: Report) -> str:
    return repr(report.findings) + repr(report.outcomes)


@pytest.mark.parametrize("report", [BOMB, EXTERNAL, BOMB.replace(b"x [", b'x SYSTEM "http://h/d" [')])
def test_a_document_type_is_refused(report):
    parsed = junit(report)
    assert (parsed.complete, parsed.outcomes) == (False, {})
    assert "document type" in parsed.problems[0]


@pytest.mark.parametrize(
    ("report", "sentence"),
    [
        (b"", "not well-formed"),
        (b"<testsuite><testcase name='a'>", "not well-formed"),
        (b"<html/>", "root element is <html>"),
        (b"<testsuite><testcase/></testsuite>", "has no name"),
        (b"<testsuite>" * 300 + b"</testsuite>" * 300, "nested deeper"),
        (b"<testsuite><testcase name='a'><testcase name='b'/></testcase></testsuite>", "lies inside"),
        (b"<testsuite><testcase name='a' name='b'/></testsuite>", "duplicate attribute"),
        (b"x" * (50 * 1024 * 1024 + 1), "the limit is"),
    ],
)
def test_malformed_xml_is_incomplete_and_says_why(report, sentence):
    parsed = junit(report)
    assert not parsed.complete
    assert sentence in parsed.problems[0]


def test_thirty_levels_of_suites_are_read():
    report = b"<testsuites>" + b"<testsuite>" * 30 + b"<testcase name='a'/>" + b"</testsuite>" * 30 + b"</testsuites>"
    assert len(junit(report, 0).outcomes) == 1


def test_control_characters_that_tools_copy_into_xml_are_left_out():
    failure = b"<failure message='x\x00\x1b[31m&#x1b;[0mred'>t\x08</failure>"
    report = b"<testsuite><testcase name='a'>" + failure + b"</testcase></testsuite>"
    (finding,) = junit(report).findings
    assert finding.message == "x[31m[0mred"


def test_invalid_utf8_is_read():
    report = b"<testsuite><testcase name='a'><failure message='\xff\xfe'/></testcase></testsuite>"
    assert junit(report).findings[0].message == "\ufffd\ufffd"


def test_messages_and_output_are_capped():
    long = b"y" * 3_000_000
    report = (
        b"<testsuite><testcase name='a'><failure message='" + long + b"'>" + long + b"</failure></testcase></testsuite>"
    )
    (finding,) = junit(report).findings
    assert len(finding.message) == MESSAGE_CAP
    assert len(finding.output) <= OUTPUT_CAP


def test_the_worst_of_two_tests_with_one_name_counts():
    report = b"<testsuite><testcase name='a'><failure/></testcase><testcase name='a'/></testsuite>"
    assert set(junit(report).outcomes.values()) == {"fail"}


@pytest.mark.parametrize(
    ("format_name", "report"),
    [
        ("ruff", '{"a": 1}'),
        ("ruff", "[1]"),
        ("ruff", '[{"filename": "a.py", "message": 3}]'),
        ("ruff", '[{"filename": "a", "filename": "b"}]'),
        ("ruff", "[" * 100_000),
        ("sarif", "[]"),
        ("sarif", '{"version": "2.1.0"}'),
        ("sarif", '{"version": "1.0.0", "runs": []}'),
        ("sarif", '{"version": "2.1.0", "runs": [], "runs": []}'),
        ("sarif", "\x00"),
    ],
)
def test_malformed_json_is_incomplete_and_says_why(format_name, report):
    parsed = parse(format_name, Inputs(output=b"", exit_code=0, root="/t", report=report.encode()))
    assert (parsed.complete, len(parsed.problems)) == (False, 1)


def test_wrong_types_inside_a_sarif_result_are_unknown_and_not_an_error():
    result = {"ruleId": ["x"], "message": 4, "locations": {"a": 1}, "level": 7, "suppressions": 3, "fixes": "no"}
    log = {"version": "2.1.0", "runs": [{"tool": [], "results": [result, 5, None]}, 3]}
    parsed = parse("sarif", Inputs(output=b"", exit_code=1, root="/t", report=json.dumps(log).encode()))
    assert {finding.key for finding in parsed.findings} == {"error@"}


@pytest.mark.parametrize(
    "listing", [b"", b"[]", b'{"version": 2}', b'{"version": 1, "reports": {"a.py::t": {"outcome": 3}}}']
)
def test_a_malformed_listing_is_incomplete(listing):
    report = b"<testsuites><testsuite><testcase classname='test_a' name='t'/></testsuite></testsuites>"
    parsed = parse("pytest", Inputs(output=b"", exit_code=0, root="/t", report=report, listing=listing))
    assert not parsed.complete


def test_a_listing_that_disagrees_with_the_junit_report_is_incomplete():
    report = b"<testsuite><testcase classname='test_a' name='t'><failure/></testcase></testsuite>"
    listing = {"version": 1, "reports": {"test_a.py::t": {"outcome": "pass", "file": "/t/test_a.py"}}}
    parsed = parse("pytest", Inputs(b"", 0, "/t", report=report, listing=json.dumps(listing).encode()))
    assert "JUnit report has 1 red tests" in parsed.problems[0]


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_failure_that_says_nothing_is_top_for_the_check(format_name):
    parsed = parse(format_name, Inputs(output=b"sh: 1: not found\n", exit_code=127, root="/t", pattern="x(y)"))
    assert [(f.key, f.kind) for f in parsed.findings] == [("", "top")]
    assert "not found" in parsed.findings[0].message


@pytest.mark.parametrize("code", [None, -9, 137])
@pytest.mark.parametrize("format_name", FORMATS)
def test_an_end_by_a_signal_or_an_unknown_end_is_never_complete(format_name, code):
    assert not parse(format_name, Inputs(output=b"", exit_code=code, root="/t", report=b"[]", pattern="x(y)")).complete


def test_an_unknown_format_names_the_known_ones():
    assert "junit, maven, mypy" in parse("nope", Inputs(b"", 0, "/t")).problems[0]


FRAGMENTS = [
    "<testsuite>", "</testsuite>", "<testcase name='a' classname='tests.test_a.T' file='/t/a.py'>", "</testcase>",
    "<failure message='E'>", "</failure>", '[{"filename": "a", "message": "m", "code": null, "location": {"row": -1}}]',
    '{"version": "2.1.0", "runs": [{"results": [{"message": {"id": "{0}", "arguments": [1]}}]}]}',
    '{"version": 1, "reports": {"a::b": {"outcome": "fail", "frames": [[1, 2, 3], ["/x", 1, "f"]]}}, "collected": 3}',
    "a.py:1:2: error: m  [c]\n", "Found 9 errors in 1 file\n", "test_a (m.T.test_a) ... ok\n", "=" * 70 + "\n",
    "FAIL: test_a (m.T)\n", "Ran 1 test in 0s\n", "FAILED (failures=1)\n", '  File "/t/a.py", line 3, in f\n',
    "\x1b[1m", "\ud800", "1..2\nnot ok 1 - a # TODO\n", "    ok 1\n", "  ---\n", "    at: 'x:1:2'\n",
    "    stack: |-\n", "  ...\n",
    '{"Action": "fail", "Package": "a/b", "Test": "T/x"}\n',
    '{"Action": "output", "Package": 3, "Output": "x_test.go:1: m"}\n',
    '{"Action": "build-output", "ImportPath": "a", "Output": "x.go:1:2: m"}\n', "# a/b\n", "x.go:1:2: m\n",
    "FAIL\ta/b [build failed]\n",

    '{"reason": "compiler-message", "message": {"level": "error", "message": "m", "spans": [{"is_primary": true}]}}\n',
    "error[E0308]: m\n --> a.rs:1:2\n\n", "---- a stdout ----\n", "thread 'a' panicked at 'b', a.rs:1:2\n",
    "test a ... FAILED\n",
    "make: Entering directory '/x'\n", "a.c:1:2: error: m [-Werror=x]\n", '[{"kind": "error", "locations": 3}]\n',
    "[ERROR] /t/A.java:[1,2] m\n", "[ERROR] a.B.c -- Time elapsed: 1 s <<< ERROR!\n",
    "x.Error: m\n\tat a.B.c(B.java:3)\n",
    "::error file=a,line=9%0A::m%25\n", "::warning::\n",
]  # fmt: skip
BYTES = st.binary(max_size=200) | st.lists(st.sampled_from(FRAGMENTS), max_size=12).map(
    lambda parts: "".join(parts).encode("utf-8", "surrogatepass")
)
PATTERNS = st.sampled_from(
    [None, "(.*):(\\d+): (.*)", [{"regexp": "(.)"}, {"regexp": "(.+)", "line": 1, "loop": True}], {"pattern": 3}, "("]
)


@settings(max_examples=150, deadline=None)
@given(
    format_name=st.sampled_from(sorted(FORMATS)),
    report=st.none() | BYTES,
    output=BYTES,
    listing=st.none() | BYTES,
    code=st.none() | st.integers(-15, 140),
    pattern=PATTERNS,
)
def test_no_parser_raises_and_all_text_can_be_stored(format_name, report, output, listing, code, pattern):
    parsed = parse(format_name, Inputs(output, code, "/t", report=report, listing=listing, pattern=pattern))
    repr(parsed).encode("utf-8")
    assert all(len(finding.message) <= MESSAGE_CAP and len(finding.output) <= OUTPUT_CAP for finding in parsed.findings)


@pytest.mark.parametrize("format_name", FORMATS)
@pytest.mark.parametrize(
    "line", ["a.a" * 1300 + " (", "at a a" * 80, "a  [" * 900, "test_a (" * 500, "/a" * 2000 + ": error: "]
)
def test_lines_made_to_backtrack_are_read_in_time(format_name, line):
    text = f"{line}\n".encode() * 200
    started = time.monotonic()
    parse(format_name, Inputs(text, 1, "/t", report=text, pattern="^(.+):(\\d+): (.*)$"))
    assert time.monotonic() - started < 5


@settings(max_examples=100, deadline=None)
@given(report=BYTES, code=st.integers(1, 127), format_name=st.sampled_from(sorted(FORMATS)))
def test_a_failed_check_is_never_green(report, code, format_name):
    parsed = parse(format_name, Inputs(report, code, "/t", report=report, pattern="(.*):(\\d+): (.*)"))
    assert parsed.findings or not parsed.complete


def test_a_tool_that_wrote_no_report_is_quoted_with_its_last_words():
    parsed = parse("pytest", Inputs(output=b"Traceback\nNo module named pytest\n", exit_code=1, root="/t"))
    assert parsed.problems == ("pytest: it wrote no report. Its last words: No module named pytest",)
