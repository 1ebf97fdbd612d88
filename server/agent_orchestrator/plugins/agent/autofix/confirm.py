"""The last word on an edit: a fresh process, an untouched copy, the whole suite."""

from __future__ import annotations

from collections.abc import Sequence

from .baseline import Baseline
from .bench import HANG, Bench
from .client import HOT, Run, Worker
from .search import on_disk
from .source import Edit
from .suite import FAIL, PASS


def _fresh(bench: Bench, stages: Sequence[Sequence[str]] | None, cpu: float) -> tuple[int, Run]:
    """Run tests (all for ``None``) in a new process from what is on disk; also return how many were collected."""
    with Worker(bench.box, bench.environment, HOT, bench.runner, max(1.0, bench.left())) as worker:
        ids = worker.collected.ids
        wall = max(1.0, bench.left())
        return len(ids), worker.run([ids] if stages is None else stages, cpu=cpu, wall=wall)


def confirm(bench: Bench, base: Baseline, edit: Edit, collected: int) -> Run | str:
    """Return the run of the whole suite with the edit on disk if the edit holds there, else why it does not.

    A test that is newly red there counts against the edit, unless it is red in a fresh process without the edit too.
    The targets must be red without it, or their passing says nothing.
    """
    with on_disk(bench.box.tree, edit):
        count, run = _fresh(bench, None, 2 * HANG)
    if run.end == "time":
        return "the whole suite did not end in the time that was left"
    if run.end != "ok" or count < collected:
        return f"only {min(count, len(run.results))} of {collected} tests ran with it"
    if not run.all_pass(base.targets):
        return "the test is red with it in a fresh process"
    known = {*base.targets, *base.green, *base.red}
    lost = [one for one in base.green if run.outcome(one) != PASS]
    suspects = lost + [one for one, result in run.results.items() if result.outcome == FAIL and one not in known]
    _, before = _fresh(bench, [[*base.targets, *suspects]], HANG)
    if any(before.outcome(one) == PASS for one in base.targets):
        return "the test passes in a fresh process without it too"
    broken = [one for one in suspects if before.outcome(one) == PASS or before.outcome(one) == "absent"]
    return f"{broken[0]} breaks with it in a fresh process" if broken else run
