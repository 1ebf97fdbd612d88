"""The report of a hunt says what was red, who fixed it, in which commit, what was left and why."""

from __future__ import annotations

import io
from types import ModuleType

import pytest

from agent_orchestrator.cli.render.lines import plain, width_of
from agent_orchestrator.cli.render.paint import console, painted
from agent_orchestrator.cli.render.report import report

GREEN = """\
────────────────────────────────────────────────────────────────────────────────
  ✓ main is green
    shop · red 3 → 0 · 2 landings · 1 min 42 s
    main 3f2a1bc → bbbbbbb

  FIXED  2 failures, 2 landings
  ✓ aaaaaaa  shop-total (autofix, 2 attempts)
      pytest: tests/test_cart.py::test_total
  ✓ bbbbbbb  shop-f401 (autofix)
      ruff: F401 src/shop/cart.py:3

  ALREADY FIXED  1 failure, gone with the fix of something else
  ✓ pytest: tests/test_cart.py::test_tax
      passes since aaaaaaa

  FLAKY  1 failure, no agent was spent
  ~ pytest: tests/test_clock.py::test_now
      passed 2 of 3 runs alone and in its file

  → ao undo <commit>  takes a landing back
  → ao queue          shows all landings
────────────────────────────────────────────────────────────────────────────────
"""

RED = """\
────────────────────────────────────────────────────────────────────────────────
  ✗ main is not green yet: 2 failures left
    shop · red 3 → 2 · 0 landings · 1 min 42 s
    ended: no task is left that an agent could do

  HELD  1 fix for you to judge
  ! shop-empty
      tests/test_cart.py: assertion removed
      look:  ao diff shop-empty
      allow: ao land shop-empty --allow

  LEFT  2 failures still red
  ✗ pytest:
      tests/checkout/test_payment_provider_with_a_long_name.py::TestRefunds::tes
      t_partial_refund[EUR-19.99-None]
      left after 3 attempts: no repair was found that makes the test pass
      (shop-refund, autofix, 3 attempts)
  ✗ pytest: tests/test_cart.py::test_empty
      held: edits a test (shop-empty, autofix)

  → ao logs <session>  tells what an agent tried
  → ao queue           shows all landings
────────────────────────────────────────────────────────────────────────────────
"""


def test_a_green_hunt_in_80_columns(rows: ModuleType) -> None:
    assert plain(report(rows.ended_green(), 80)) == GREEN


def test_a_red_hunt_in_80_columns(rows: ModuleType) -> None:
    assert plain(report(rows.ended_red(), 80)) == RED


@pytest.mark.parametrize("width", [32, 40, 79])
def test_no_line_is_wider_than_the_terminal(rows: ModuleType, width: int) -> None:
    lines = plain(report(rows.ended_red(), width)).splitlines()
    assert [row for row in lines if width_of(row) > width] == []


def test_a_pipe_gets_every_name_on_one_line(rows: ModuleType) -> None:
    assert rows.ended_red().failures[0].key in plain(report(rows.ended_red(), None))


def test_a_terminal_shows_the_same_words(rows: ModuleType) -> None:
    stream = io.StringIO()
    console(stream, {"TERM": "dumb"}, 80).print(painted(report(rows.ended_green(), 80)), soft_wrap=True)
    assert "\n".join(row.rstrip() for row in stream.getvalue().splitlines()) == GREEN.rstrip("\n")


def test_what_is_unknown_is_not_called_green(rows: ModuleType) -> None:
    text = plain(report(rows.hunt(ended_at=rows.START + 1, red_now=None, red_at_start=None), 80))
    assert "unknown, which is not green" in text


def test_a_hunt_of_one_check_does_not_call_the_whole_target_green(rows: ModuleType) -> None:
    text = plain(report(rows.hunt(ended_at=rows.START + 1, red_now=2, green=True), 80))
    assert "what was hunted is no longer red on main" in text


def test_a_fix_outside_of_a_landing_is_not_lost(rows: ModuleType) -> None:
    fixed = rows.failure("tests/test_a.py::test_b", "fixed", commit="c" * 40)
    text = plain(report(rows.hunt(ended_at=rows.START + 1, green=True, red_now=0, failures=(fixed,)), 80))
    assert "by a change outside of this hunt in ccccccc" in text


def test_who_allowed_a_held_fix_is_named(rows: ModuleType) -> None:
    allowed = rows.landing("d", "empty", allowed_by="ada")
    text = plain(report(rows.hunt(ended_at=rows.START + 1, landings=(allowed,)), 80))
    assert "held by the guard, allowed by ada" in text


def test_a_failure_that_came_back_says_so(rows: ModuleType) -> None:
    again = rows.failure("tests/test_a.py::test_b", "left", reopened=2, reason="no repair")
    assert "(red again for the 2nd time)" in plain(report(rows.hunt(ended_at=rows.START + 1, failures=(again,)), 80))


def test_landings_on_a_branch_of_their_own_say_how_to_get_them(rows: ModuleType) -> None:
    text = plain(report(rows.hunt(ended_at=rows.START + 1, target="ao/landed"), None))
    assert "ao land --checkout  fast-forwards your checkout" in text


def test_problems_and_notices_are_told(rows: ModuleType) -> None:
    noted = rows.session("total", notices=("wrote outside of its worktree: /tmp/x",))
    text = plain(report(rows.hunt(ended_at=rows.START + 1, problems=("disk is full",), sessions=(noted,)), None))
    assert "! disk is full\n  ! shop-total: wrote outside of its worktree: /tmp/x\n" in text


def test_escape_sequences_of_a_test_name_do_not_reach_the_terminal(rows: ModuleType) -> None:
    hostile = rows.failure("test_\x1b[31m\x1b]0;owned\x07x\x9b2J\u202e\n\rforged line", "left", reason="\x1b[2Jno")
    text = plain(report(rows.hunt(ended_at=rows.START + 1, failures=(hostile,)), 80))
    assert {char for char in text if not char.isprintable()} == {"\n"}


def test_that_a_hunt_is_done_explains_no_failure(rows: ModuleType) -> None:
    ended = rows.hunt(ended_at=rows.START + 1, reason="done", failures=(rows.failure("a::b"),))
    assert plain(report(ended, None)).count("done") == 0


def test_a_test_is_named_by_its_id_and_a_lint_error_by_its_rule(rows: ModuleType) -> None:
    failures = (
        rows.failure("tests/t.py::x", "left", rule="AssertionError", reason="no"),
        rows.failure("", "left", reason="timed out"),
    )
    text = plain(report(rows.hunt(ended_at=rows.START + 1, failures=failures), None))
    assert "✗ pytest: tests/t.py::x\n" in text
    assert "✗ pytest: the whole check\n" in text
