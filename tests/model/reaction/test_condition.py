"""When a reaction applies: comparisons over an event's fields, read when the configuration is, and safe on any text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_orchestrator.model.reaction.condition import ConditionError, parse

FACTS = {
    "label": "needs-tests",
    "labels": ("bug", "needs-tests"),
    "pr.title": "Fix the docs",
    "attempt": 2.0,
    "pr.draft": False,
}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("label == 'needs-tests'", True),
        ('label != "needs-tests"', False),
        ("label in ['a', 'needs-tests']", True),
        ("label not in ['a', 'b']", True),
        ("'bug' in labels", True),
        ("'docs' in pr.title", True),
        ("pr.title matches '^Fix .* docs$'", True),
        ("labels matches '^needs-'", True),
        ("attempt >= 2 and attempt < 2.5", True),
        ("attempt > 2", False),
        ("pr.draft", False),
        ("not pr.draft", True),
        ("pr.draft == false", True),
        ("pr.draft or label == 'x' or attempt == 2", True),
        ("not (label == 'x' or pr.draft) and attempt == 2", True),
        ("not label == 'x'", True),
        ("missing == 'x'", False),
        ("missing == null", True),
        ("missing in ['x']", False),
        ("missing < 3", False),
        ("label < 3", False),
        ("missing matches '.*'", False),
        ("label == 'or'", False),
        ("'not' in ['not', 'in']", True),
        ("[] == []", True),
    ],
)
def test_it_holds_or_not(text, holds):
    assert parse(text).holds(FACTS) is holds


@pytest.mark.parametrize(
    ("text", "column", "says"),
    [
        ("", 0, "a value is missing"),
        ("label ==", 8, "a value is missing"),
        ("label = 'x'", 6, "'=' means nothing here"),
        ("label == 'x", 9, "a quote that is not closed"),
        ("label == x)", 10, "')' is not expected here"),
        ("(label == x", 11, "')' is missing"),
        ("label label", 6, "'label' is not expected here"),
        ("and label", 0, "a value is missing before 'and'"),
        ("label not x", 10, "'in' is missing"),
        ("label matches x", 14, "a pattern in quotes is missing"),
        ("label matches '('", 14, "the pattern can not be read"),
        ("label matches '(a+)+$'", 14, "a repetition in a repetition"),
        ("label matches '(?:a|a)*b'", 14, "a repetition in a repetition"),
        ("len(label) > 3", 3, "'(' is not expected here"),
        ("__import__('os')", 10, "'(' is not expected here"),
        ("(" * 100 + "x" + ")" * 100, 201, "nested too deeply"),
        ("[" * 100, 100, "nested too deeply"),
        ("not " * 100 + "x", 401, "nested too deeply"),
        ("x" * 3000, 2000, "at most 2000 characters"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text, column, says):
    with pytest.raises(ConditionError) as caught:
        parse(text)
    assert says in str(caught.value)
    assert caught.value.column == column


def test_its_fields_are_known_with_their_places():
    assert parse("pr.title == 'x' and attempt > 1").fields == (("pr.title", 0), ("attempt", 20))


PARTS = st.sampled_from([*"ab.'\"()[],<> 1", "==", "!=", " and ", " or ", " not ", " in "])


@given(st.lists(PARTS).map("".join))
def test_any_text_is_a_condition_or_an_error_with_a_place_in_it(text):
    assert 0 <= column_of(text) <= len(text)


def column_of(text: str) -> int:
    try:
        parse(text).holds(FACTS)
    except ConditionError as error:
        return error.column
    return 0
