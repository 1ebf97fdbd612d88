"""`ao check`: nothing is green that is not known to be, and what is red in the checkout is red there."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from agent_orchestrator.cli.exits import DONE, RED
from agent_orchestrator.protocol.types import CheckResults, CheckRow

Ao = Callable[..., Any]


def test_check_is_green_only_with_complete_checks(ao: Ao) -> None:
    ok = CheckRow(id="pytest", command="pytest", format="pytest", why="configured", ok=True, seconds=1.25)
    ran = ao("check", answers={"check": CheckResults(project="shop", checks=(ok,))})
    assert (ran.code, ran.out.splitlines()[-1]) == (DONE, "✓ nothing is red in the checkout of shop")


@pytest.mark.parametrize("ok", [None, False])
def test_an_incomplete_check_is_not_green(ao: Ao, ok: bool | None) -> None:
    row = CheckRow(id="pytest", command="pytest", format="pytest", why="configured", ok=ok, problems=("timed out",))
    ran = ao("check", answers={"check": CheckResults(project="shop", checks=(row,))})
    assert (ran.code, "unknown" in ran.out.splitlines()[-1]) == (RED, True)


def test_what_fails_only_by_a_muted_failure_is_green(ao: Ao, rows: ModuleType) -> None:
    row = CheckRow(id="pytest", command="pytest", format="pytest", why="configured", ok=False)
    results = CheckResults(project="shop", checks=(row,), failures=(rows.failure("tests/t.py::x", "muted"),))
    ran = ao("check", answers={"check": results})
    assert (ran.code, "~ muted: tests/t.py::x" in ran.out) == (DONE, True)


def test_no_checks_are_not_green(ao: Ao) -> None:
    assert ao("check", answers={"check": CheckResults(project="shop")}).code == RED


def test_check_prints_each_failure(ao: Ao, rows: ModuleType) -> None:
    row = CheckRow(id="pytest", command="pytest", format="pytest", why="configured", ok=False)
    results = CheckResults(project="shop", checks=(row,), failures=(rows.failure("tests/t.py::x"),))
    ran = ao("check", "pytest", answers={"check": results})
    assert "✗ tests/t.py::x\n    tests/t.py:12: assert 3 == 4\n" in ran.out
    assert (ran.code, ran.asked("check")["checks"]) == (RED, ["pytest"])


@pytest.mark.parametrize("state", ["open", "fixed", "already fixed", "left", "claimed"])
def test_what_fails_in_the_checkout_is_red_there_whatever_became_of_it_elsewhere(
    ao: Ao, rows: ModuleType, state: str
) -> None:
    row = CheckRow(id="pytest", command="pytest", format="pytest", why="configured", ok=False)
    results = CheckResults(project="shop", checks=(row,), failures=(rows.failure("tests/t.py::x", state),))
    ran = ao("check", answers={"check": results})
    assert (ran.code, ran.out.splitlines()[-1]) == (RED, "✗ 1 failure in the checkout of shop")


def test_a_failure_that_only_the_checkout_has_is_told(ao: Ao, rows: ModuleType) -> None:
    row = CheckRow(id="pytest", command="pytest", format="pytest", why="configured", ok=False)
    failure = rows.failure("tests/t.py::x", "fixed", checkout_only=True)
    out = ao("check", answers={"check": CheckResults(project="shop", checks=(row,), failures=(failure,))}).out
    assert "    fixed on the target; only in the checkout as it lies: not hunted\n" in out
