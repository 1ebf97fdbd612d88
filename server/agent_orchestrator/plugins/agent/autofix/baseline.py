"""The suite before any edit: are the targets really red, what is green, and which lines do they run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from .bench import HANG, Bench
from .client import Run, Worker
from .outcome import Ending, nothing
from .suite import FAIL, PASS

_TRACE_SECONDS = 10.0
_GREEN_TRACED = 60
_RED_TRACED = 20
#: What a test that hangs is taken to need once it is mended.
_QUICK = 0.1


@dataclass(frozen=True)
class Baseline:
    """The targets, the green tests (``near``: those in the targets' files), the other red ones, and their seconds.

    ``red_lines`` are the lines that other red tests run, by test and path.
    """

    targets: tuple[str, ...]
    green: tuple[str, ...]
    near: tuple[str, ...]
    red: tuple[str, ...]
    seconds: dict[str, float] = field(default_factory=dict)
    red_lines: dict[str, dict[str, list[int]]] = field(default_factory=dict)

    def wall(self, tests: Sequence[str]) -> float:
        """Return how many seconds these tests together may take under an edit."""
        return 1.0 + 4 * sum(self.seconds.get(test, _QUICK) for test in tests)

    def cpu(self, tests: Sequence[str]) -> float:
        """Return the processor seconds that one of these tests may take."""
        return 0.5 + 5 * max((self.seconds.get(test, _QUICK) for test in tests), default=0.0)


def _outcome(run: Run, test: str) -> str:
    """Return the outcome of a target; one that hung or ended its process is red."""
    return FAIL if test not in run.results and run.end in ("time", "died") else run.outcome(test)


def _hung(run: Run, test: str) -> bool:
    """Return whether a test gave no result, or one that says its processor time was used up."""
    return test not in run.results or run.results[test].error.startswith("EndlessLoop")


def run_red(worker: Worker, targets: Sequence[str], bench: Bench) -> Run:
    """Run the targets alone, without an edit."""
    return worker.run([targets], cpu=HANG, wall=max(2 * HANG, min(3 * HANG * len(targets), bench.left(0.35))))


def not_red(targets: Sequence[str], runs: Sequence[Run]) -> Ending | None:
    """Return the ending for targets that are not red in all of the runs; ``None`` when at least one surely is."""
    outcomes = {one: {_outcome(run, one) for run in runs} for one in targets}
    for one, seen in outcomes.items():
        if len(seen) > 1:
            return nothing("flaky", f"{one} ended in different ways when run twice: {' and '.join(sorted(seen))}")
    if not any(FAIL in seen for seen in outcomes.values()):
        return nothing("already-green", f"{targets[0]} does not fail here ({outcomes[targets[0]].pop()})")
    return None


def still_red(targets: Sequence[str], run: Run) -> list[str]:
    """Return the targets that a run shows red."""
    return [one for one in targets if _outcome(run, one) == FAIL]


def measure(worker: Worker, targets: Sequence[str], ids: Sequence[str], red: Run, bench: Bench) -> tuple[Baseline, Run]:
    """Run the whole suite once, then trace the targets, the green tests of their files and some other red ones.

    ``red`` is a run of the targets alone. Returns the baseline and the traced run.
    """
    files = {one.split("::")[0] for one in targets}
    order = [one for one in ids if one not in set(targets)]
    order.sort(key=lambda one: one.split("::")[0] not in files)
    whole = worker.run([order], cpu=HANG, wall=max(5.0, bench.left(0.5) - _TRACE_SECONDS))
    green = [one for one in order if whole.outcome(one) == PASS]
    # A test that only ran out of processor time may be slow and green: it is neither, and the confirmation compares it.
    others = [one for one in order if whole.outcome(one) == FAIL and not _hung(whole, one)]
    seconds = {one: result.seconds for one, result in whole.results.items()}
    near = sorted((one for one in green if one.split("::")[0] in files), key=lambda one: seconds[one])
    stages = [targets, near[:_GREEN_TRACED], others[:_RED_TRACED]]
    wall = _TRACE_SECONDS + max(2 * HANG, min(2 * HANG * len(targets), bench.left(0.5)))
    traced = worker.run(stages, trace=True, cpu=HANG, wall=wall)
    seconds.update({one: _QUICK if _hung(red, one) else red.results[one].seconds for one in targets})
    lines = {one: traced.results[one].lines for one in others if one in traced.results}
    return Baseline(tuple(targets), tuple(green), tuple(near), tuple(others), seconds, lines), traced
