"""Signatures, clusters, unstable ids, and leaving out other worktrees."""

from __future__ import annotations

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from agent_orchestrator.formats.collapse import Tally, collapse, collapse_report, unstable
from agent_orchestrator.formats.drop import drop_under
from agent_orchestrator.formats.paths import in_tree
from agent_orchestrator.formats.signature import clusters, normalise, root_cause, signature
from agent_orchestrator.model.report import Finding, Frame, Kind, Outcome, Report

TEST = Finding(
    key="tests/test_a.py::test_x",
    kind=Kind.TEST,
    message="KeyError: 'k'",
    rule="KeyError",
    path="tests/test_a.py",
    line=4,
    frames=(Frame("tests/test_a.py", 4, "test_x"), Frame("src/pkg.py", 9, "get")),
)
LINT = Finding(key="F401@a.py", kind=Kind.LINT, message="`os` imported", rule="F401", path="a.py", line=1)


def assertion(key: str) -> Finding:
    file, _, name = key.partition("::")
    frame = Frame(file, 3, name)
    return Finding(key=key, kind=Kind.TEST, message="assert 1 == 2", rule="AssertionError", path=file, frames=(frame,))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("took 1.25s at 0x7f00aa", "took 3s at 0x7f11bb"),
        ("no '/tmp/pytest-1/x/f.txt'", "no '/tmp/pytest-22/y/f.txt'"),
        ("open 'tmpa1b2c3'", "open 'tmpz9y8'"),
        ("a  \n b", "a b"),
        ("id 9f8e7d6c-1111-2222-3333-444455556666", "id 0a1b2c3d-9999-8888-7777-666655554444"),
    ],
)
def test_what_changes_from_run_to_run_is_normalised(one, other):
    assert normalise(one) == normalise(other)


@pytest.mark.parametrize(("one", "other"), [("KeyError: 'a'", "KeyError: 'b'"), ("None is not x", "None is not y")])
def test_what_tells_failures_apart_is_kept(one, other):
    assert normalise(one) != normalise(other)


@given(st.text())
def test_normalising_twice_changes_nothing_more(text):
    assert normalise(normalise(text)) == normalise(text)


def test_a_signature_does_not_know_lines():
    moved = evolve(TEST, line=40, frames=(Frame("tests/test_a.py", 40, "test_x"), Frame("src/pkg.py", 90, "get")))
    assert signature("pytest", moved) == signature("pytest", TEST)


@pytest.mark.parametrize(
    "change",
    [
        {"key": "tests/test_a.py::test_y"},
        {"message": "KeyError: 'other'"},
        {"frames": (Frame("src/pkg.py", 9, "put"),)},
    ],
)
def test_a_signature_tells_failures_apart(change):
    assert signature("pytest", evolve(TEST, **change)) != signature("pytest", TEST)


def test_one_exception_in_shared_code_is_one_cause():
    assert root_cause("pytest", evolve(TEST, key="tests/test_b.py::test_z")) == root_cause("pytest", TEST)


def test_plain_assertions_of_different_tests_are_different_causes():
    assert root_cause("pytest", assertion("t/test_a.py::test_x")) != root_cause(
        "pytest", assertion("t/test_a.py::test_y")
    )


def test_parameter_sets_of_one_test_are_one_cause():
    assert root_cause("pytest", assertion("t/test_a.py::test_x[1]")) == root_cause(
        "pytest", assertion("t/test_a.py::test_x[2]")
    )


def test_lint_clusters_by_rule_and_file():
    assert root_cause("ruff", evolve(LINT, message="`re` imported", line=2)) == root_cause("ruff", LINT)
    assert root_cause("ruff", evolve(LINT, path="b.py")) != root_cause("ruff", LINT)


def test_collection_errors_with_one_cause_cluster():
    one = Finding(
        key="tests/test_a.py", kind=Kind.TOP, message="ImportError: x", rule="ImportError", frames=TEST.frames[1:]
    )
    assert root_cause("pytest", one) == root_cause("pytest", evolve(one, key="tests/test_b.py"))


def test_clusters_join_parameter_sets_whose_causes_differ():
    other = evolve(TEST, key="tests/test_a.py::test_x[2]", message="ValueError: v", rule="ValueError")
    shared = evolve(TEST, key="tests/test_b.py::test_q", message="ValueError: v", rule="ValueError")
    alone = assertion("tests/test_c.py::test_c")
    first = evolve(TEST, key="tests/test_a.py::test_x[1]")
    assert clusters("pytest", [first, shared, alone, other]) == ((first, shared, other), (alone,))


def test_ids_that_differ_between_two_runs_are_unstable():
    first = {"a.py::t[x1]", "a.py::t[y]", "a.py::s[1]", "a.py::gone[1]"}
    second = {"a.py::t[x2]", "a.py::t[y]", "a.py::s[1]"}
    assert unstable(first, second) == {"a.py::t"}


def test_unstable_ids_collapse_to_their_function_and_are_counted():
    outcomes = {"a.py::t[x]": Outcome.PASS, "a.py::t[y]": Outcome.FAIL, "a.py::s[1]": Outcome.PASS}
    tallies = collapse(outcomes, {"a.py::t"})
    assert tallies == {"a.py::t": Tally(passed=1, failed=1), "a.py::s[1]": Tally(passed=1)}
    assert tallies["a.py::t"].outcome is Outcome.FAIL


def test_a_brackets_in_a_javascript_name_is_no_parameter():
    assert unstable({"a.ts::x [1]"}, {"a.ts::x [2]"}) == frozenset()


def test_a_collapsed_report_keeps_every_finding():
    findings = (assertion("a.py::t[1]"), assertion("a.py::t[2]"))
    outcomes = dict.fromkeys(("a.py::t[1]", "a.py::t[2]"), Outcome.FAIL)
    report = collapse_report(Report(outcomes=outcomes, findings=findings), {"a.py::t"})
    assert (dict(report.outcomes), [f.key for f in report.findings]) == ({"a.py::t": "fail"}, ["a.py::t"] * 2)


def test_results_of_files_in_worktrees_are_dropped():
    outcomes = {".worktrees/w/a.test.ts::x": Outcome.FAIL, "a.test.ts::x": Outcome.PASS}
    findings = (evolve(LINT, path=".worktrees/w/a.py"), LINT)
    report = drop_under(Report(outcomes=outcomes, findings=findings), ".worktrees/")
    assert (list(report.outcomes), report.findings) == (["a.test.ts::x"], (LINT,))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a/./b.py", "a/b.py"),
        ("/t/a.py", "a.py"),
        ("/tt/a.py", "/tt/a.py"),
        ("../t/a.py", "a.py"),
        ("../x.py", "/x.py"),
        ("/t", "."),
        ("", ""),
    ],
)
def test_paths_are_relative_inside_the_tree_and_absolute_outside(path, expected):
    assert in_tree(path, "/t") == expected


def test_relative_paths_start_at_the_base():
    assert in_tree("a.py", "/t", "sub") == "sub/a.py"
