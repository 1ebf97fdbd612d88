"""`ao hunt`: what it asks the daemon, what it prints, how it ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from agent_orchestrator.cli.exits import DONE, INTERRUPTED, NO_DAEMON, RED, USAGE, Failure
from agent_orchestrator.protocol.types import Done, PlanRow, Projects

Ao = Callable[..., Any]


def _answers(rows: ModuleType, *states: Any) -> dict[str, Any]:
    first, *later = states
    return {"hunt": first, "huntState": list(later)}


def test_every_flag_reaches_the_daemon(ao: Ao, rows: ModuleType) -> None:
    words = "hunt --check pytest --check ruff --failure a1b2 --agent mine --max 3 --checkout ff --project shop"
    ran = ao(*words.split(), answers={"hunt": rows.state(rows.hunt())})
    assert ran.asked("hunt") == {
        "project": "shop",
        "path": "",
        "checks": ["pytest", "ruff"],
        "failures": ["a1b2"],
        "agent": "mine",
        "max": 3,
        "checkout": "ff",
        "dryRun": False,
        "interactive": False,
    }


def test_the_daemon_is_started(ao: Ao, rows: ModuleType) -> None:
    assert ao("hunt", daemon=False, answers={"hunt": rows.state(rows.hunt())}).starts == (True,)


def test_without_wait_it_says_where_to_look(ao: Ao, rows: ModuleType) -> None:
    ran = ao("hunt", answers={"hunt": rows.state(rows.hunt())})
    assert (ran.code, "`ao list` and `ao queue` show" in ran.out) == (DONE, True)


def test_waiting_polls_with_the_last_revision(ao: Ao, rows: ModuleType) -> None:
    answers = _answers(
        rows, rows.state(rows.hunt(), 5), rows.state(rows.hunt(red_now=2), 7), rows.state(rows.ended_green(), 9)
    )
    ran = ao("hunt", "--wait", answers=answers)
    polls = [params for name, params in ran.calls if name == "huntState"]
    assert polls == [{"hunt": "h1", "revision": 5}, {"hunt": "h1", "revision": 7}]


@pytest.mark.parametrize(("end", "code"), [("ended_green", DONE), ("ended_red", RED)])
def test_the_exit_code_says_whether_something_red_is_left(ao: Ao, rows: ModuleType, end: str, code: int) -> None:
    answers = _answers(rows, rows.state(rows.hunt()), rows.state(getattr(rows, end)(), 2))
    assert ao("hunt", "--wait", answers=answers).code == code


def test_a_pipe_gets_changes_and_the_report(ao: Ao, rows: ModuleType) -> None:
    ran = ao("hunt", "--wait", answers=_answers(rows, rows.state(rows.hunt()), rows.state(rows.ended_green(), 2)))
    assert ran.out.startswith("shop: fixing\nred 3 → 3\nshop-total: landed: Fix total (autofix)\n")
    assert "\n  ✓ main is green\n" in ran.out
    assert "\x1b" not in ran.out


def test_json_is_one_final_document(ao: Ao, rows: ModuleType) -> None:
    ran = ao(
        "hunt", "--wait", "--json", answers=_answers(rows, rows.state(rows.hunt()), rows.state(rows.ended_green(), 2))
    )
    assert json.loads(ran.out)["hunt"]["redNow"] == 0
    assert ran.err == ""


def test_json_progress_goes_to_a_terminal_on_standard_error(ao: Ao, rows: ModuleType) -> None:
    answers = _answers(rows, rows.state(rows.hunt()), rows.state(rows.ended_green(), 2))
    assert "shop: fixing\n" in ao("hunt", "--wait", "--json", stderr_tty=True, answers=answers).err


def test_a_terminal_gets_the_report_in_80_columns(ao: Ao, rows: ModuleType) -> None:
    answers = _answers(rows, rows.state(rows.hunt()), rows.state(rows.ended_green(), 2))
    ran = ao("hunt", "--wait", "--checkout", "ff", tty=True, answers=answers, env={"NO_COLOR": "1"})
    assert "✓ main is green" in ran.out
    assert "─" * 80 in ran.out


def test_a_killed_daemon_is_started_again_and_asked_afresh(ao: Ao, rows: ModuleType) -> None:
    gone = Failure("the daemon went away", NO_DAEMON)
    ran = ao("hunt", "--wait", answers=_answers(rows, rows.state(rows.hunt(), 5), gone, rows.state(rows.ended_green())))
    assert ran.code == DONE
    assert ran.starts == (True, True)
    assert ran.calls[-1] == ("huntState", {"hunt": "h1", "revision": -1})


def test_a_daemon_that_stays_away_ends_with_3(ao: Ao, rows: ModuleType) -> None:
    gone = [Failure("the daemon went away", NO_DAEMON) for _ in range(20)]
    assert ao("hunt", "--wait", answers=_answers(rows, rows.state(rows.hunt()), *gone)).code == NO_DAEMON


def test_a_refusal_while_waiting_is_not_tried_again(ao: Ao, rows: ModuleType) -> None:
    ran = ao("hunt", "--wait", answers=_answers(rows, rows.state(rows.hunt()), Failure("there is no hunt h1")))
    assert (ran.code, ran.err) == (USAGE, "ao: there is no hunt h1\n")


def test_ctrl_c_says_that_the_hunt_goes_on(ao: Ao, rows: ModuleType) -> None:
    ran = ao("hunt", "--wait", answers=_answers(rows, rows.state(rows.hunt()), KeyboardInterrupt()))
    assert ran.code == INTERRUPTED
    assert "the hunt goes on in the daemon" in ran.err
    assert "`ao stop --project shop`" in ran.err


def test_a_dry_run_prints_the_plan(ao: Ao, rows: ModuleType) -> None:
    plan = (PlanRow(title="Fix total", agent="autofix", items=("a::b",), verdict="reproduced"),)
    ran = ao("hunt", "--dry-run", answers={"hunt": rows.state(None, plan=plan)})
    assert ran.asked("hunt")["dryRun"] is True
    assert ran.out == "1 task would be given out\n  1. Fix total\n     agent autofix, reproduced\n       a::b\n"
    assert ran.code == DONE


def test_an_untrusted_project_is_refused_without_a_person(ao: Ao, fakes: ModuleType) -> None:
    ran = ao("hunt", answers={"runs": fakes.runs(trusted=False)})
    assert (ran.code, [name for name, _ in ran.calls]) == (USAGE, ["projects", "runs"])
    assert "`ao trust --project shop`" in ran.err


def test_an_untrusted_project_is_asked_for_on_a_terminal(ao: Ao, rows: ModuleType, fakes: ModuleType) -> None:
    untrusted = fakes.runs(("detected check pytest", "python -m pytest"), trusted=False)
    answers = {"runs": untrusted, "hunt": rows.state(rows.hunt())}
    ran = ao("hunt", "--checkout", "never", tty=True, typed="y\n", answers=answers)
    assert ran.asked("trust")["trust"] == "hash-of-what-was-shown"
    assert "python -m pytest" in ran.out
    assert ran.code == DONE


@pytest.mark.parametrize(("typed", "answer"), [("\n", "ff"), ("n\n", "never"), ("", "never")])
def test_checkout_is_asked_on_a_terminal(ao: Ao, rows: ModuleType, typed: str, answer: str) -> None:
    ran = ao("hunt", tty=True, typed=typed, answers={"hunt": rows.state(rows.hunt())})
    assert ran.asked("hunt")["checkout"] == answer


def test_the_question_fits_the_terminal(ao: Ao, rows: ModuleType) -> None:
    ran = ao("hunt", tty=True, typed="y\n", answers={"hunt": rows.state(rows.hunt())})
    question = ran.out[: ran.out.index("[Y/n] ") + len("[Y/n] ")]
    assert question.startswith("Fast-forward your checkout")
    assert max(map(len, question.splitlines())) <= 80


@pytest.mark.parametrize("known", ["ff", "never"])
def test_checkout_is_not_asked_where_it_is_configured_or_remembered(
    ao: Ao, rows: ModuleType, fakes: ModuleType, tmp_path: Path, known: str
) -> None:
    answered = Projects(projects=(fakes.project(path=str(tmp_path), checkout=known),))
    ran = ao("hunt", tty=True, answers={"projects": answered, "hunt": rows.state(rows.hunt())})
    assert (ran.asked("hunt")["checkout"], "Fast-forward" in ran.out) == ("", False)


def test_a_project_of_the_configuration_is_added_by_itself(
    ao: Ao, rows: ModuleType, fakes: ModuleType, tmp_path: Path
) -> None:
    (tmp_path / "agent-orchestrator.yaml").write_text("projects:\n  shop:\n    path: .\n")
    known = Projects(projects=(fakes.project(path=str(tmp_path)),))
    ran = ao(
        "hunt",
        answers={
            "projects": [Projects(), known],
            "projectAdd": Done(message="added", id="shop"),
            "hunt": rows.state(rows.hunt()),
        },
    )
    file = str(tmp_path / "agent-orchestrator.yaml")
    assert ran.asked("projectAdd") == {"path": str(tmp_path), "id": "shop", "config": file}


def test_a_negative_cap_is_a_mistake(ao: Ao) -> None:
    ran = ao("hunt", "--max", "-1")
    assert (ran.code, ran.err.count("\n"), ran.calls) == (USAGE, 1, ())
