"""The format ``tap``: versions 12 to 14, subtests, directives and diagnostics."""

from __future__ import annotations

import pytest

from agent_orchestrator.formats import Inputs, parse
from agent_orchestrator.model.report import Report

NODE = """TAP version 13
# Subtest: suite
    # Subtest: adds
    not ok 1 - adds
      ---
      location: '/t/test/a.test.js:9:3'
      error: |-
        Expected values to be strictly equal:

        0 !== 1

      code: 'ERR_ASSERTION'
      name: 'AssertionError'
      stack: |-
        add (/t/lib/a.js:2:7)
        TestContext.<anonymous> (file:///t/test/a.test.js:10:12)
        Test.run (node:internal/test_runner/test:796:25)
      ...
    # Subtest: fine
    ok 2 - fine
    1..2
not ok 1 - suite
  ---
  failureType: 'subtestsFailed'
  error: '1 subtest failed'
  ...
1..1
"""


def tap(text: str, code: int = 1) -> Report:
    return parse("tap", Inputs(text.encode(), code, "/t"))


def test_a_subtest_is_told_by_its_own_point_and_not_by_its_parents():
    report = tap(NODE)
    assert dict(report.outcomes) == {"suite > adds": "fail", "suite > fine": "pass"}
    assert report.complete


def test_a_failed_point_has_the_place_in_its_file_and_the_frames():
    (finding,) = tap(NODE).findings
    assert (finding.path, finding.line, finding.rule) == ("test/a.test.js", 10, "AssertionError")
    assert [(frame.path, frame.line) for frame in finding.frames] == [("test/a.test.js", 10), ("lib/a.js", 2)]
    assert finding.message.startswith("Expected values to be strictly equal:")


@pytest.mark.parametrize(
    ("point", "outcome"),
    [
        ("ok 1 - a # SKIP no network", "skip"),
        ("not ok 1 - a # TODO later", "skip"),
        ("ok 1 - a # todo done already", "pass"),
        ("not ok 1 - a", "fail"),
        ("ok 1 - a # time=3ms", "pass"),
        ("ok", "pass"),
    ],
)
def test_directives_decide_what_a_point_is(point: str, outcome: str):
    assert list(tap(f"1..1\n{point}\n").outcomes.values()) == [outcome]


def test_an_escaped_hash_belongs_to_the_name():
    assert list(tap("1..1\nok 1 - issue \\#7 # SKIP x\n", 0).outcomes) == ["issue #7"]


def test_what_test_more_writes_below_a_point_tells_its_place():
    report = tap("1..1\nnot ok 1 - sum\n#   Failed test 'sum'\n#   at t/sum.t line 5.\n")
    assert [(f.path, f.line) for f in report.findings] == [("t/sum.t", 5)]


def test_a_top_point_that_is_a_file_is_the_file_of_its_points():
    place = "      ---\n      at:\n        fileName: x.js\n        lineNumber: 4\n      ...\n"
    report = tap(f"    not ok 1 - a\n{place}    1..1\nnot ok 1 - test/x.js\n1..1\n")
    assert [(f.key, f.path, f.line) for f in report.findings] == [("test/x.js::a", "x.js", 4)]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("ok 1 - a\n", "no TAP plan"),
        ("1..3\nok 1\nok 2\n", "3 tests were planned, but 2 were told"),
        ("1..1\nok 1\nBail out! disk full\n", "bailed out: disk full"),
    ],
)
def test_a_stream_that_did_not_reach_its_end_is_incomplete(text: str, sentence: str):
    report = tap(text, 0)
    assert not report.complete
    assert sentence in report.problems[0]


def test_no_tests_are_not_green():
    assert tap("1..0 # SKIP nothing here\n", 0).findings != ()
