"""Wire values as a hunt leaves them."""

from __future__ import annotations

from typing import Any

from agent_orchestrator.protocol.types import FailureRow, HuntRow, HuntState, LandingRow, SessionRow

START = 1_799_999_900.0


def session(name: str, detail: str = "working", **more: Any) -> SessionRow:
    defaults: dict[str, Any] = {
        "id": f"shop-{name}",
        "project": "shop",
        "name": name,
        "title": f"Fix {name}",
        "agent": "autofix",
        "runtime": "process",
        "state": "working" if detail in ("working", "preparing", "proving") else "idle",
        "detail": detail,
        "current_task": f"Fix {name}",
        "branch": f"ao/shop-{name}",
        "workspace_path": f"/src/shop/.worktrees/{name}",
        "base": "3f2a1bc0" * 5,
        "attempt": 1,
        "created_at": START,
        "last_activity": START + 40,
    }
    return SessionRow(**{**defaults, **more})


def failure(key: str, state: str = "open", **more: Any) -> FailureRow:
    defaults: dict[str, Any] = {
        "id": f"f-{key}",
        "project": "shop",
        "check": "pytest",
        "key": key,
        "rule": "",
        "path": key.partition("::")[0],
        "line": 12,
        "message": "assert 3 == 4",
        "state": state,
    }
    return FailureRow(**{**defaults, **more})


def landing(id: str, session: str, **more: Any) -> LandingRow:
    defaults: dict[str, Any] = {
        "id": id,
        "project": "shop",
        "session": f"shop-{session}",
        "title": f"Fix {session}",
        "commit": (id * 40)[:40],
        "base": "3f2a1bc0" * 5,
        "target": "main",
        "at": START + 50,
    }
    return LandingRow(**{**defaults, **more})


def hunt(**more: Any) -> HuntRow:
    defaults: dict[str, Any] = {
        "id": "h1",
        "project": "shop",
        "started_at": START,
        "ended_at": 0.0,
        "reason": "",
        "target": "main",
        "commit": "3f2a1bc0" * 5,
        "start_commit": "3f2a1bc0" * 5,
        "red_at_start": 3,
        "red_now": 3,
        "green": False,
        "phase": "fixing",
    }
    return HuntRow(**{**defaults, **more})


def ended_green() -> HuntRow:
    """Three failures, two landings, one of them gone with the other's fix; a flaky one beside them."""
    return hunt(
        ended_at=START + 102,
        commit="b" * 40,
        red_now=0,
        green=True,
        phase="done",
        failures=(
            failure("tests/test_cart.py::test_total", "fixed", session="shop-total", landing="a", commit="a" * 40),
            failure("tests/test_cart.py::test_tax", "already fixed", reason="passes since aaaaaaa"),
            failure(
                "F401@src/shop/cart.py",
                "fixed",
                check="ruff",
                rule="F401",
                path="src/shop/cart.py",
                line=3,
                session="shop-f401",
                landing="b",
                commit="b" * 40,
            ),
            failure("tests/test_clock.py::test_now", "flaky", reason="passed 2 of 3 runs alone and in its file"),
        ),
        sessions=(session("total", "landed", attempt=2), session("f401", "landed")),
        landings=(landing("a", "total", at=START + 50), landing("b", "f401", at=START + 90)),
    )


def ended_red() -> HuntRow:
    """One failure that nobody could fix, one fix that the guard holds."""
    return hunt(
        ended_at=START + 102,
        red_now=2,
        phase="done",
        reason="no task is left that an agent could do",
        failures=(
            failure(
                "tests/checkout/test_payment_provider_with_a_long_name.py::TestRefunds::test_partial_refund[EUR-19.99-None]",
                "left",
                reason="left after 3 attempts: no repair was found that makes the test pass",
                session="shop-refund",
            ),
            failure("tests/test_cart.py::test_empty", "claimed", session="shop-empty"),
        ),
        sessions=(
            session("refund", "left: no repair was found", state="error", attempt=3),
            session("empty", "held: edits a test", state="waiting", held=("tests/test_cart.py: assertion removed",)),
        ),
    )


def state(value: HuntRow | None, revision: int = 1, **more: Any) -> HuntState:
    return HuntState(revision=revision, hunt=value, **more)
