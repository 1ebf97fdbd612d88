"""One turn of the agent: read the task, repair, say what was done."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import NoReturn

from .lint import fix_lint
from .outcome import DONE, FREE_TEXT, USAGE, Ending
from .previous import previous_attempts
from .repair import SECONDS, repair
from .task import Task, read_task


def turn(root: Path, task: Task, seconds: float) -> Ending:
    """Work on a task in the worktree ``root`` for at most about ``seconds``."""
    if not task.failures:
        text = "autofix: this task is free text; autofix repairs failing tests and lint only, give it to another agent"
        return Ending(FREE_TEXT, text, {"reason": "free-text"})
    endings: list[Ending] = []
    lint, tests = task.of_kind("lint"), task.of_kind("test", "top")
    if lint:
        endings.append(fix_lint(root, task, lint))
    if tests:
        endings.append(repair(root, task, tests, previous_attempts(root, task), seconds))
    made = [ending for ending in endings if ending.code == DONE]
    return (made or endings)[0]


def _terminated(number: int, _frame: object) -> NoReturn:
    """End by way of an exception, so that worker processes and the copy go too."""
    raise SystemExit(128 + number)


def main() -> int:
    """Run one turn in the working directory; return 0 for an edit made, 3 for none, 4 for free text, 2 for misuse."""
    signal.signal(signal.SIGTERM, _terminated)
    path = os.environ.get("AO_TASK_FILE", "")
    try:
        task = read_task(path)
        seconds = float(os.environ.get("AUTOFIX_SECONDS") or SECONDS)
    except (OSError, ValueError) as error:
        print(f"autofix: AO_TASK_FILE or AUTOFIX_SECONDS can not be read: {error}", file=sys.stderr)
        return USAGE
    ending = turn(Path.cwd(), task, seconds)
    print(ending.lines(), flush=True)
    return ending.code
