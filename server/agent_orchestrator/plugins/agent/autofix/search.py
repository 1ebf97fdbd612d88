"""The search: try candidates in order, keep those that turn the targets green and break nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from .baseline import Baseline
from .candidates import Candidate
from .choose import Plausible
from .client import COLD, Run, Runner, Worker
from .sandbox import Sandbox
from .source import Edit, splice
from .suite import FAIL

_GRACE = (1.5, 4.0)
_ENOUGH = 12
_IMPORTED = 40


@dataclass
class Found:
    """What the search has so far; ``tried`` counts evaluated candidates."""

    plausible: list[Plausible] = field(default_factory=list)
    tried: int = 0
    timed_out: int = 0
    cold: list[Candidate] = field(default_factory=list)


@contextmanager
def on_disk(root: Path, edit: Edit) -> Iterator[None]:
    """Have the edit in the file while the block runs."""
    file = root / edit.path
    before = file.read_bytes()
    file.write_bytes(splice(before, edit))
    try:
        yield
    finally:
        file.write_bytes(before)


class Evaluator:
    """Runs candidates in the hot worker, and in a cold one (started when first needed) where swapping is no use."""

    def __init__(self, box: Sandbox, environment: dict[str, str], runner: Runner, hot: Worker | None) -> None:
        """Take over the hot worker; it stays its owner's to end."""
        self._box, self._environment, self._runner, self._hot = box, environment, runner, hot
        self._cold: Worker | None = None
        self._stack = ExitStack()

    def __enter__(self) -> Evaluator:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def run(self, candidate: Candidate, stages: Sequence[Sequence[str]], stop: int, cpu: float, wall: float) -> Run:
        """Run the stages under the candidate; ``end`` is ``cold`` when only a fresh import would show its effect."""
        if not candidate.hot:
            return self.reimport(candidate.edit, stages, stop, cpu, wall)
        if self._hot is None:
            return Run("cold")
        return self._hot.run(stages, candidate.edit, stop=stop, cpu=cpu, wall=wall)

    def reimport(self, edit: Edit, stages: Sequence[Sequence[str]], stop: int, cpu: float, wall: float) -> Run:
        """Run the stages with the edit on disk, in a fork that imports the repository anew."""
        if self._cold is None:
            self._cold = self._stack.enter_context(Worker(self._box, self._environment, COLD, self._runner, 20.0))
        with on_disk(self._box.tree, edit):
            return self._cold.run(stages, stop=stop, cpu=cpu, wall=wall + 8)


def _remaining_red(edit: Edit, base: Baseline, run: Run) -> bool:
    """Return whether a test that stays red runs the edited line."""
    return any(
        run.outcome(test) == FAIL and edit.line in base.red_lines.get(test, {}).get(edit.path, ()) for test in base.red
    )


def judge(evaluator: Evaluator, candidate: Candidate, base: Baseline) -> tuple[Run, Plausible | None]:
    """Try one candidate: first the targets alone, then what must not break, then what else turned green."""
    first = evaluator.run(candidate, [base.targets], 1, base.cpu(base.targets), base.wall(base.targets))
    if first.end != "ok" or not first.all_pass(base.targets):
        return first, None
    rest = [test for test in base.green if test not in set(base.near)]
    everything = [*base.targets, *base.green, *base.red]
    second = evaluator.run(
        candidate, [base.targets, base.near, rest, base.red], 3, base.cpu(everything), base.wall(everything)
    )
    if second.end != "ok" or not second.all_pass([*base.targets, *base.green]):
        return second, None
    gained = tuple(test for test in base.red if second.outcome(test) == "pass")
    return second, Plausible(candidate, gained, _remaining_red(candidate.edit, base, second))


def search(evaluator: Evaluator, queue: Sequence[Candidate], base: Baseline, deadline: float) -> Found:
    """Try the queue until the deadline (monotonic), or for a short grace after the first find, to see its rivals.

    What can not be swapped in, and then the best of what could but showed nothing (its function may run only at
    import), is tried by a fresh import at the end.
    """
    found = Found()
    begin = time.monotonic()
    limit = deadline
    for candidate in queue:
        if time.monotonic() > limit or len(found.plausible) >= _ENOUGH:
            break
        run, plausible = judge(evaluator, candidate, base)
        if run.end == "cold":
            found.cold.append(candidate)
            continue
        found.tried += 1
        found.timed_out += run.end == "time"
        if plausible is not None:
            if not found.plausible:
                taken = time.monotonic() - begin
                limit = min(deadline, time.monotonic() + min(_GRACE[1], max(_GRACE[0], taken)))
            found.plausible.append(plausible)
    if not found.plausible:
        late = [*found.cold, *(one for one in queue[:_IMPORTED] if one.hot and one not in found.cold)]
        _again(evaluator, late, base, deadline, found)
    return found


def _again(evaluator: Evaluator, queue: Sequence[Candidate], base: Baseline, deadline: float, found: Found) -> None:
    limit = deadline
    for candidate in queue:
        if time.monotonic() > limit:
            return
        fresh = Candidate(candidate.edit, candidate.score, False, candidate.function)
        _, plausible = judge(evaluator, fresh, base)
        found.tried += candidate in found.cold
        if plausible is not None:
            if not found.plausible:
                limit = min(deadline, time.monotonic() + _GRACE[1])
            found.plausible.append(plausible)
