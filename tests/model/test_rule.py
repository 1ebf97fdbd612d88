"""The landing rule of docs/proof.md, sentence by sentence."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agent_orchestrator.model.evidence import CheckResult, Evidence, Item, under
from agent_orchestrator.model.report import Finding, Kind, Outcome
from agent_orchestrator.model.rule import Ruling, Tally, Terms, at_most, smaller, undecided, verdict

PASS, FAIL, SKIP = Outcome.PASS, Outcome.FAIL, Outcome.SKIP


def evidence(tests=None, lint=None, tops=(), **result) -> Evidence:
    """Evidence of a `pytest` check and a `ruff` check. Tests: name → outcome; lint: `RULE@path` → count."""
    tests = {f"t.py::{name}": outcome for name, outcome in (tests or {}).items()}
    reds = [Finding(key, Kind.TEST, "failed") for key, outcome in tests.items() if outcome is FAIL]
    reds += [Finding(scope, Kind.TOP, "can not be collected") for scope in tops]
    style = [Finding(key, Kind.LINT, "bad") for key, count in (lint or {}).items() for _ in range(count)]
    return Evidence(
        "tree",
        "gate",
        (
            CheckResult("pytest", outcomes=tests, findings=tuple(reds), **result),
            CheckResult("ruff", findings=tuple(style)),
        ),
    )


def task(*names: str) -> Terms:
    return Terms(tasks=frozenset(Item("pytest", f"t.py::{name}") for name in names))


def test_a_fix_that_turns_its_item_to_pass_lands():
    assert verdict(evidence({"a": FAIL, "b": PASS}), evidence({"a": PASS, "b": PASS}), task("a")).ruling is Ruling.LANDS


def test_a_fix_may_leave_other_reds_as_they_are():
    assert verdict(evidence({"a": FAIL, "b": FAIL}), evidence({"a": PASS, "b": FAIL}), task("a")).ruling is Ruling.LANDS


def test_a_change_that_leaves_its_own_item_red_does_not_land():
    ruling = verdict(evidence({"a": FAIL, "b": FAIL}), evidence({"a": FAIL, "b": PASS}), task("a"))
    assert (ruling.ruling, ruling.reasons) == (Ruling.RED, ("still red: pytest t.py::a",))


def test_a_new_red_is_suspect_until_it_was_run_again():
    ruling = verdict(evidence({"a": FAIL, "b": PASS}), evidence({"a": PASS, "b": FAIL}), task("a"))
    assert (ruling.ruling, ruling.suspects) == (Ruling.SUSPECT, (Item("pytest", "t.py::b"),))


def test_a_new_red_that_was_run_again_does_not_land():
    terms = Terms(task("a").tasks, settled=frozenset({Item("pytest", "t.py::b")}))
    assert verdict(evidence({"a": FAIL, "b": PASS}), evidence({"a": PASS, "b": FAIL}), terms).ruling is Ruling.RED


def test_a_red_that_is_known_flaky_is_forgiven():
    terms = Terms(task("a").tasks, forgiven=frozenset({Item("pytest", "t.py::b")}))
    assert verdict(evidence({"a": FAIL, "b": PASS}), evidence({"a": PASS, "b": FAIL}), terms).ruling is Ruling.LANDS


def test_a_pass_that_disappears_is_held_for_a_person():
    assert verdict(evidence({"a": FAIL, "b": PASS}), evidence({"a": PASS}), task("a")).ruling is Ruling.HELD


def test_a_pass_that_is_skipped_is_held_for_a_person():
    assert verdict(evidence({"a": FAIL, "b": PASS}), evidence({"a": PASS, "b": SKIP}), task("a")).ruling is Ruling.HELD


def test_a_task_whose_own_test_is_gone_is_held():
    assert verdict(evidence({"a": FAIL, "b": PASS}), evidence({"b": PASS}), task("a")).ruling is Ruling.HELD


def test_a_person_may_allow_tests_to_disappear():
    terms = Terms(task("a").tasks, gone_allowed=True)
    assert verdict(evidence({"a": FAIL, "b": PASS}), evidence({"b": PASS}), terms).ruling is Ruling.LANDS


def test_fixing_a_collection_error_may_uncover_failures():
    base, head = evidence(tops=["t.py"]), evidence({"a": FAIL, "b": PASS})
    assert verdict(base, head, Terms(frozenset({Item("pytest", "t.py")}))).ruling is Ruling.LANDS


def test_a_new_collection_error_does_not_land():
    assert verdict(evidence({"a": FAIL}), evidence(tops=["t.py"]), task("a")).ruling is Ruling.RED


def test_everything_under_a_scope_that_can_not_be_judged_is_unknown_and_not_pass():
    head = evidence({"a": PASS}, tops=["t.py"])
    assert verdict(evidence(tops=["t.py"]), head, task("a")).ruling is Ruling.RED


def test_a_lint_task_owns_every_violation_of_its_rule_in_its_file():
    owned = Terms(frozenset({Item("ruff", "F401@a.py")}))
    base = evidence(lint={"F401@a.py": 3})
    assert verdict(base, evidence(lint={"F401@a.py": 1}), owned).ruling is Ruling.RED
    assert verdict(base, evidence(), owned).ruling is Ruling.LANDS


def test_one_more_violation_of_a_rule_is_a_new_red():
    owned = Terms(frozenset({Item("ruff", "F401@a.py")}))
    base = evidence(lint={"F401@a.py": 1, "E501@a.py": 2})
    assert verdict(base, evidence(lint={"E501@a.py": 3}), owned).ruling is Ruling.RED


def test_a_feature_lands_when_nothing_is_newly_red():
    assert verdict(evidence({"a": FAIL}), evidence({"a": FAIL, "new": PASS}), Terms()).ruling is Ruling.LANDS


def test_a_feature_on_a_green_base_lands_only_green():
    assert verdict(evidence({"a": PASS}), evidence({"a": PASS, "n": FAIL}), Terms()).ruling is not Ruling.LANDS


def test_an_undo_may_bring_back_what_its_landing_had_fixed():
    undo = Terms(reopened=frozenset({Item("pytest", "t.py::a")}))
    assert verdict(evidence({"a": PASS}), evidence({"a": FAIL}), undo).ruling is Ruling.LANDS


def test_no_checks_is_never_green():
    assert verdict(evidence(), Evidence("t", "g"), Terms()).ruling is Ruling.RED
    assert not Evidence("t", "g").green


def test_foreign_unproven_and_incomplete_results_are_no_evidence():
    for fault in ({"foreign": ("../main/a.py",)}, {"unproven": "no environment"}, {"complete": False}):
        assert verdict(evidence({"a": FAIL}), evidence({"a": PASS}, **fault), task("a")).ruling is Ruling.RED


def test_flaky_means_passed_alone_and_in_its_file():
    assert Tally(alone_passed=1, file_passed=1).flaky
    assert not Tally(alone_passed=3, file_failed=3).flaky


def test_an_item_is_run_again_at_most_three_times():
    assert undecided(Tally(alone_failed=2, file_failed=2))
    assert not undecided(Tally(alone_failed=3, file_failed=3))
    assert not undecided(Tally(alone_passed=1, file_passed=1))


names = st.sampled_from("abcdef")
some = st.builds(
    evidence,
    st.dictionaries(names, st.sampled_from(list(Outcome))),
    st.dictionaries(st.sampled_from(["F401@a.py", "E501@a.py", "F401@b.py"]), st.integers(1, 3)),
    st.sets(st.sampled_from(["t.py", ""])).map(tuple),
)


@given(some)
def test_a_red_set_is_at_most_itself_and_never_smaller(one):
    assert at_most(one, one)
    assert not smaller(one, one)


@given(some, some)
def test_smaller_is_strict(one, other):
    assert not (smaller(one, other) and smaller(other, one))


@given(some, some, st.sets(names).map(lambda s: task(*s)))
def test_what_lands_adds_no_red_and_fixes_something(base, head, terms):
    if verdict(base, head, terms).ruling is Ruling.LANDS:
        assert at_most(base, head)
        assert not terms.tasks or smaller(base, head)
        assert {item for item in base.passes if not under(item, base.tops)} <= head.passes


def test_ids_that_differ_ask_for_a_second_run_of_the_same_tree():
    base, head = evidence({"a": FAIL, "p[x1]": PASS}), evidence({"a": PASS, "p[x2]": PASS})
    ruling = verdict(base, head, task("a"))
    assert (ruling.ruling, ruling.renamed) == (Ruling.SUSPECT, (Item("pytest", "t.py::p"),))


def test_ids_that_are_stable_and_gone_are_held():
    terms = Terms(task("a").tasks, ids_compared=True)
    base, head = evidence({"a": FAIL, "p[x1]": PASS}), evidence({"a": PASS, "p[x2]": PASS})
    assert verdict(base, head, terms).ruling is Ruling.HELD


def unstable(*names: str) -> Terms:
    functions = frozenset({Item("pytest", "t.py::p")})
    return Terms(task(*names).tasks, unstable=functions, ids_compared=True)


def test_functions_with_unstable_ids_are_compared_by_their_counts():
    base = evidence({"a": FAIL, "p[x1]": PASS, "p[y1]": PASS, "p[z1]": FAIL})
    same = evidence({"a": PASS, "p[x2]": PASS, "p[y2]": PASS, "p[z2]": FAIL})
    worse = evidence({"a": PASS, "p[x2]": PASS, "p[y2]": FAIL, "p[z2]": FAIL})
    fewer = evidence({"a": PASS, "p[x2]": PASS, "p[z2]": FAIL})
    assert verdict(base, same, unstable("a")).ruling is Ruling.LANDS
    assert verdict(base, worse, unstable("a")).ruling is not Ruling.LANDS
    assert verdict(base, fewer, unstable("a")).ruling is Ruling.HELD


def test_a_task_about_an_unstable_function_is_done_when_none_of_its_parameter_sets_fails():
    base, head = evidence({"p[x1]": FAIL, "p[y1]": PASS}), evidence({"p[x2]": PASS, "p[y2]": PASS})
    assert verdict(base, head, unstable("p[x1]")).ruling is Ruling.LANDS
