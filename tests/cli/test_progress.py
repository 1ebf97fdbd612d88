"""A hunt in progress: a page in place on a terminal, one line per change elsewhere."""

from __future__ import annotations

from types import ModuleType

import pytest

from agent_orchestrator.cli.render.lines import plain, width_of
from agent_orchestrator.cli.render.progress import changes, live_page

PAGE = """\
⠋ shop  fixing · red 3 → 2 · 1 landing · 1 min 40 s

SESSION  WHAT                             STATE    DETAIL
tax      tests/test_cart.py::test_tax     working  ● proving
empty    Fix empty                        waiting  ! held: edits a test
total    tests/test_cart.py::test_total   idle     ✓ landed

✓ landed  aaaaaaa  shop-total  Fix total
"""


def _hunt(rows: ModuleType, **more: object) -> object:
    sessions = (
        rows.session("total", "landed", items=("tests/test_cart.py::test_total",)),
        rows.session("tax", "proving", items=("tests/test_cart.py::test_tax",)),
        rows.session("empty", "held: edits a test", state="waiting", items=("a", "b"), last_activity=rows.START),
    )
    return rows.hunt(**{"sessions": sessions, "landings": (rows.landing("a", "total"),), "red_now": 2, **more})


def test_the_page_shows_work_first_and_the_last_landings_below(rows: ModuleType) -> None:
    shown = plain(live_page(_hunt(rows), rows.START + 100, 80, 30))
    assert [" ".join(row.split()) for row in shown.splitlines()] == [" ".join(row.split()) for row in PAGE.splitlines()]


@pytest.mark.parametrize(("width", "height"), [(80, 24), (50, 10), (80, 8)])
def test_the_page_fits_the_terminal(rows: ModuleType, width: int, height: int) -> None:
    many = tuple(rows.session(f"s{n}", items=(f"tests/test_{'long_' * 12}{n}.py::test_x",)) for n in range(40))
    lines = plain(live_page(_hunt(rows, sessions=many), rows.START + 100, width, height)).splitlines()
    assert (len(lines) < height, max(map(width_of, lines)) <= width) == (True, True)


def test_rows_that_do_not_fit_are_counted(rows: ModuleType) -> None:
    many = tuple(rows.session(f"s{n}") for n in range(40))
    assert "more sessions (`ao list`)" in plain(live_page(_hunt(rows, sessions=many), rows.START, 80, 24))


def test_the_first_state_says_everything_once(rows: ModuleType) -> None:
    assert changes(None, _hunt(rows)) == (
        "shop: fixing",
        "shop-total: landed: tests/test_cart.py::test_total (autofix)",
        "shop-tax: proving: tests/test_cart.py::test_tax (autofix)",
        "shop-empty: held: edits a test: Fix empty (autofix)",
        "landed aaaaaaa shop-total: Fix total",
        "red 3 → 2",
    )


def test_an_equal_state_says_nothing(rows: ModuleType) -> None:
    assert changes(_hunt(rows), _hunt(rows)) == ()


def test_only_what_changed_is_said(rows: ModuleType) -> None:
    before = rows.hunt(sessions=(rows.session("a"), rows.session("b")))
    after = rows.hunt(sessions=(rows.session("a"), rows.session("b", "proving")), red_now=2)
    assert changes(before, after) == ("shop-b: proving", "red 3 → 2")


def test_another_attempt_is_said(rows: ModuleType) -> None:
    before, after = (rows.hunt(sessions=(rows.session("a", attempt=n),)) for n in (1, 2))
    assert changes(before, after) == ("shop-a: working (attempt 2)",)


def test_a_new_problem_is_said_once(rows: ModuleType) -> None:
    before, after = rows.hunt(problems=("one",)), rows.hunt(problems=("one", "two"))
    assert changes(before, after) == ("problem: two",)
