"""Search-based repair of the code behind red tests: the phases, each with its clock."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from .baseline import Baseline, measure, not_red, run_red, still_red
from .bench import Bench, copied, scratch_folder
from .candidates import Candidate, candidates
from .choose import MANY, Plausible, confidence, ordered
from .client import COLD, HOT, Collected, Run, Worker
from .confirm import confirm
from .localise import suspicion
from .outcome import Ending, done, nothing
from .previous import Previous
from .search import Evaluator, Found, search
from .selection import matching, runner_for
from .source import splice, unified
from .suite import PASS
from .task import Failure, Task

SECONDS = 120.0
_COLLECT, _SEARCH = 0.35, 0.75
_CONFIRMED = 4


def repair(root: Path, task: Task, failures: Sequence[Failure], earlier: Previous, seconds: float = SECONDS) -> Ending:
    """Look for one edit that turns all ``failures`` green and breaks nothing; make it in the worktree ``root``."""
    begin = time.monotonic()
    tops = [one for one in failures if one.kind == "top"]
    if tops:
        where = tops[0].file or tops[0].test or "the suite"
        return nothing("can-not-collect", f"{where} can not be collected, so there is no test to search with")
    if not any(root.rglob("*.py")):
        return nothing("not-python", f"there is no Python file under {root}")
    with scratch_folder() as scratch:
        box = copied(root, scratch / "search", earlier.restored)
        check = failures[0].check
        runner = runner_for(task.argv.get(check, ()), task.formats.get(check, ""), scratch)
        return _with_copy(Bench(root, scratch, earlier.restored, box, runner, begin, seconds), failures, earlier)


def _with_copy(bench: Bench, failures: Sequence[Failure], earlier: Previous) -> Ending:
    with ExitStack() as stack:
        worker = stack.enter_context(
            Worker(bench.box, bench.environment, HOT, bench.runner, max(5.0, bench.left(_COLLECT)))
        )
        ready = worker.collected
        targets = _targets(bench, worker, ready, failures)
        if isinstance(targets, Ending):
            return targets
        hot: Worker | None = worker
        runs = [run_red(worker, targets, bench)]
        if runs[0].end == "died":
            # A fork of the collected session does not live (threads from imports do that), so import in each fork.
            hot, worker = None, stack.enter_context(Worker(bench.box, bench.environment, COLD, bench.runner, 20.0))
            runs = [run_red(worker, targets, bench)]
        runs.append(run_red(worker, targets, bench))
        ending = not_red(targets, runs)
        if ending is not None:
            return ending
        base, traced = measure(worker, still_red(targets, runs[0]), ready.ids, runs[0], bench)
        unsure = [one for one in base.targets if traced.outcome(one) == PASS]
        if unsure:
            return nothing("flaky", f"{unsure[0]} failed twice and then passed in one and the same tree")
        queue = _queue(bench, base, traced, earlier)
        if not queue:
            text = f"{base.targets[0]} runs no line of the program that this agent could edit"
            return nothing("nothing-found", text, tried=0, total=0)
        with Evaluator(bench.box, bench.environment, bench.runner, hot) as evaluator:
            found = search(evaluator, queue, base, bench.begin + bench.seconds * _SEARCH)
    return _conclude(bench, base, found, len(queue), len(ready.ids))


def _targets(bench: Bench, worker: Worker, ready: Collected, failures: Sequence[Failure]) -> list[str] | Ending:
    """Return the ids of the tests the failures mean, or why there are none to work with."""
    if not ready.ids:
        text = "; ".join((*ready.problems, worker.log_tail())) or "no test was found"
        return nothing("can-not-collect", f"the tests can not be collected: {text[-800:]}")
    if ready.foreign:
        text = f"{', '.join(ready.foreign[:3])} is imported from the worktree and not from the copy under test"
        return nothing("can-not-collect", f"{text}; put the worktree's import roots on PYTHONPATH")
    targets: list[str] = []
    for failure in failures:
        meant = matching(failure.test, ready.ids, bench.box.tree)
        if not meant:
            why = f" ({ready.problems[0][-300:]})" if ready.problems else ""
            return nothing("no-such-test", f"{failure.test} is not among the {len(ready.ids)} collected tests{why}")
        targets += [one for one in meant if one not in targets]
    return targets


def _queue(bench: Bench, base: Baseline, traced: Run, earlier: Previous) -> list[Candidate]:
    """Return the candidates, best first, without what an earlier attempt tried."""
    reds = [traced.results[one] for one in base.targets if one in traced.results]
    suspects = suspicion(reds, [traced.results[one] for one in base.near if one in traced.results])
    tree = bench.box.tree
    queue = candidates(tree, suspects, [one.error for one in reds])
    texts = {path: (tree / path).read_bytes() for path in {one.edit.path for one in queue}}
    return [one for one in queue if not earlier.has(one.edit, texts[one.edit.path])]


def _conclude(bench: Bench, base: Baseline, found: Found, total: int, collected: int) -> Ending:
    """Confirm the best finds, make the first that holds in the worktree, and report."""
    figures: dict[str, Any] = {"tried": found.tried, "total": total, "timed_out": found.timed_out}
    if not found.plausible:
        reason = "out-of-time" if bench.left(_SEARCH) <= 0 else "nothing-found"
        text = f"no edit turned {base.targets[0]} green without breaking a test; tried {found.tried} of {total}"
        return nothing(reason, text, **figures)
    why = ""
    clean = bench.again("confirm")
    for chosen in ordered(found.plausible)[:_CONFIRMED]:
        run = confirm(clean, base, chosen.candidate.edit, collected)
        if isinstance(run, Run):
            return _make(bench, base, found, chosen, run, figures)
        why = run
        if bench.left() < 1:
            return nothing("out-of-time", f"an edit looked plausible but was not confirmed in time: {why}", **figures)
    return nothing("nothing-found", f"what looked plausible did not hold in a fresh process: {why}", **figures)


def _make(
    bench: Bench, base: Baseline, found: Found, chosen: Plausible, run: Run, figures: Mapping[str, Any]
) -> Ending:
    edit = chosen.candidate.edit
    before = (bench.box.tree / edit.path).read_bytes()
    after = splice(before, edit)
    for path, data in {**bench.restored, edit.path: after}.items():
        write(bench.root / path, data)
    turned = [one for one in (*base.targets, *base.red) if run.outcome(one) == PASS]
    rivals = len(found.plausible) - 1
    advice = f"; {rivals} other edits pass too, so let someone look at it" if rivals > MANY else ""
    sentence = (
        f"plausible edit in {edit.path}:{edit.line} ({edit.operator}): {len(turned)} of "
        f"{len(base.targets) + len(base.red)} red tests turn green, none of {len(base.green)} green ones breaks{advice}"
    )
    return done(
        sentence,
        edit=unified(edit.path, before, after),
        operator=edit.operator,
        file=edit.path,
        line=edit.line,
        turned_green=turned,
        tests_run=len(run.results),
        rivals=rivals,
        partial=chosen.partial,
        confidence=confidence(chosen, found.plausible),
        seconds=round(time.monotonic() - bench.begin, 2),
        **figures,
    )


def write(file: Path, data: bytes) -> None:
    """Replace a file's content at once, keeping its mode."""
    fresh = file.with_name(f".{file.name}.autofix")
    fresh.write_bytes(data)
    os.chmod(fresh, file.stat().st_mode & 0o7777)
    os.replace(fresh, file)
