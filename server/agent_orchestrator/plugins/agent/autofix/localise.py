"""Where the fault may be: the Ochiai score of each line, raised for the traceback and for names the test mentions."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from .suite import FAIL, PASS, Result

_LAST_FRAME, _FRAME = 1.6, 1.25
_NOT_PROGRAM = {"tests", "test", "docs", "doc", "examples", "benchmarks", ".github"}
_CONFIGURATION = {"setup.py", "conftest.py", "noxfile.py", "tasks.py", "fabfile.py"}


@dataclass(frozen=True)
class Suspicion:
    """The score of each program line, by path and line, and the words of the red tests' names."""

    lines: Mapping[str, Mapping[int, float]]
    words: frozenset[str]

    def of(self, path: str, first: int, last: int) -> float:
        """Return the highest score of the lines ``first`` to ``last``."""
        scores = self.lines.get(path, {})
        return max((scores.get(line, 0.0) for line in range(first, last + 1)), default=0.0)


def is_program(path: str) -> bool:
    """Return whether a file may be edited: never a test, a conftest or configuration."""
    pure = PurePosixPath(path)
    name = pure.name
    return not (
        pure.suffix != ".py"
        or set(pure.parts[:-1]) & _NOT_PROGRAM
        or name in _CONFIGURATION
        or name.startswith("test_")
        or name.endswith(("_test.py", "_tests.py"))
        or name in ("tests.py", "test.py")
        or ".." in pure.parts
        or pure.is_absolute()
    )


def suspicion(targets: Sequence[Result], others: Sequence[Result]) -> Suspicion:
    """Score lines by Ochiai: the red ``targets`` against the green ones of ``others``; other red ones say nothing."""
    green = [result for result in others if result.outcome == PASS]
    red = [result for result in targets if result.outcome == FAIL]
    failed: dict[tuple[str, int], int] = {}
    passed: dict[tuple[str, int], int] = {}
    for results, counts in ((red, failed), (green, passed)):
        for result in results:
            for path, numbers in result.lines.items():
                for number in numbers:
                    counts[path, number] = counts.get((path, number), 0) + 1
    boosts: dict[tuple[str, int], float] = {}
    for result in red:
        program = [(path, line) for path, line, _ in result.frames if is_program(path)]
        for place in program:
            boosts[place] = max(boosts.get(place, 1.0), _FRAME)
        for place in program[-1:]:
            boosts[place] = _LAST_FRAME
            failed.setdefault(place, 1)
    scores: dict[str, dict[int, float]] = {}
    for place, count in failed.items():
        path, line = place
        if is_program(path):
            ochiai = count / math.sqrt(len(red) * (count + passed.get(place, 0)))
            scores.setdefault(path, {})[line] = ochiai * boosts.get(place, 1.0)
    return Suspicion(scores, frozenset(_words(red)))


def _words(results: Sequence[Result]) -> set[str]:
    words: set[str] = set()
    for result in results:
        name = result.test.rsplit("::", 2)[-2:]
        for part in name:
            plain = re.sub(r"\[.*|^test_?|Tests?$", "", part.rsplit("/", 1)[-1], flags=re.IGNORECASE).lower()
            words.add(plain)
            words.update(plain.split("_"))
    return {word.strip("_") for word in words if len(word.strip("_")) > 2}


def name_bonus(suspects: Suspicion, function: str) -> float:
    """Return 1.6 when the red tests' names mention the function, else 1."""
    return 1.6 if function.strip("_").lower() in suspects.words else 1.0
