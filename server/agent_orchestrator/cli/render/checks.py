"""Checks: what was run, what is red; and the plan of a hunt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from agent_orchestrator.cli.render.grid import Column, grid
from agent_orchestrator.cli.render.lines import Line, Lines, Span, line, wrap
from agent_orchestrator.cli.render.words import count, duration, failure_name, is_lint, place

if TYPE_CHECKING:
    from agent_orchestrator.protocol.types import CheckResults, CheckRow, FailureRow, PlanRow

_COLUMNS = (Column(""), Column("CHECK"), Column("TIME"), Column("COMMAND", "end"), Column("WHY", "end"))
_MARKS: Mapping[str, Span] = {"ok": ("✓ ok", "good"), "red": ("✗ red", "bad"), "unknown": ("? unknown", "warn")}
#: States of failures that do not count as red. What is fixed on the target and fails in the checkout is red there.
_NOT_RED = ("flaky", "muted")


def is_red(failure: FailureRow) -> bool:
    """Whether a failure that was seen in the checkout counts: it is not known to be flaky or muted."""
    return failure.state not in _NOT_RED


def check_page(results: CheckResults, width: int | None) -> Lines:
    """The checks, then the failures, then one sentence."""
    lines: list[Line] = list(grid(_COLUMNS, [_check(check, results) for check in results.checks], width))
    for check in results.checks:
        for problem in check.problems:
            lines += wrap(problem, width, first=((f"! {check.id}: ", "warn"),), indent="    ")
    if not results.checks:
        lines.append(line(("! no checks: unknown, which is not green. `ao config-help` says how to add one.", "warn")))
    if results.failures:
        lines.append(())
    for failure in results.failures:
        lines += failure_lines(failure, width)
    return (*lines, (), check_verdict(results))


def check_verdict(results: CheckResults) -> Line:
    """One line: how it stands."""
    red = sum(map(is_red, results.failures))
    where = f"in the checkout of {results.project}"
    if red:
        return line((f"✗ {count(red, 'failure')} {where}", "bad"))
    if not is_green(results):
        return line((f"! unknown: not every check gave a complete result {where}", "warn"))
    return line((f"✓ nothing is red {where}", "good"))


def is_green(results: CheckResults) -> bool:
    """Invariant: no checks, and a check without a complete result, are never green."""
    return bool(results.checks) and all(_standing(check, results) == "ok" for check in results.checks)


def _standing(check: CheckRow, results: CheckResults) -> str:
    """``ok``, ``red`` or ``unknown``. What fails only by failures known as flaky or muted is ok."""
    failures = [failure for failure in results.failures if failure.check == check.id]
    if any(map(is_red, failures)):
        return "red"
    return "ok" if check.ok or (failures and not check.problems) else "unknown"


def _check(check: CheckRow, results: CheckResults) -> tuple[Span | str, ...]:
    mark = _MARKS[_standing(check, results)]
    seconds = duration(check.seconds) if check.seconds else ""
    return mark, (check.id, "strong"), seconds, check.command, (check.why, "dim")


def failure_lines(failure: FailureRow, width: int | None) -> Lines:
    """A failure with its place and message; nothing is cut."""
    red = is_red(failure)
    mark: Span = ("✗ ", "bad") if red else (f"~ {failure.state}: ", "warn")
    lines = list(wrap(failure_name(failure), width, first=(mark,), indent="  ", style="strong" if red else ""))
    where = "" if is_lint(failure) else place(failure)
    for text in (": ".join(part for part in (where, failure.message) if part), failure.reason):
        if text:
            lines += wrap(text, width, first=(("    ", ""),), indent="    ", style="dim")
    if failure.checkout_only:
        lines += wrap(_only_here(failure), width, first=(("    ", ""),), indent="    ", style="dim")
    return tuple(lines)


def _only_here(failure: FailureRow) -> str:
    where = "only in the checkout as it lies: not hunted"
    return f"{failure.state} on the target; {where}" if failure.state in ("fixed", "already fixed") else where


def plan_page(plan: Sequence[PlanRow], width: int | None) -> Lines:
    """What a hunt would do, task by task."""
    if not plan:
        return (line("Nothing to do: no task would be given to an agent."),)
    lines: list[Line] = [line((f"{count(len(plan), 'task')} would be given out", "head"))]
    for number, task in enumerate(plan, 1):
        lines += wrap(task.title, width, first=((f"{number:>3}. ", "dim"),), indent="     ", style="strong")
        lines += wrap(
            ", ".join(part for part in (f"agent {task.agent}" if task.agent else "no agent", task.verdict) if part),
            width,
            first=(("     ", ""),),
            indent="     ",
        )
        for item in task.items:
            lines += wrap(item, width, first=(("       ", ""),), indent="         ", style="dim")
    return tuple(lines)
