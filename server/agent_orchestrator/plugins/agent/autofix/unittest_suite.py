"""A suite of plain ``unittest`` tests, for projects whose interpreter has no pytest."""

from __future__ import annotations

import sys
import time
import unittest
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from .suite import FAIL, PASS, SKIP, Result, Suite
from .tracing import frames_of, traced_lines


class _Recorder(unittest.TestResult):
    """Keeps the worst outcome, and the frames of the last failure."""

    def __init__(self, root: Path) -> None:
        super().__init__()
        self.root = root
        self.frames: list[tuple[str, int, str]] = []
        self.error = ""

    def _note(self, error: Any) -> None:
        self.frames = frames_of(error[2], self.root)
        self.error = f"{error[0].__name__}: {str(error[1])[:2000]}"

    def addError(self, test: unittest.TestCase, err: Any) -> None:
        super().addError(test, err)
        self._note(err)

    def addFailure(self, test: unittest.TestCase, err: Any) -> None:
        super().addFailure(test, err)
        self._note(err)

    def addSubTest(self, test: unittest.TestCase, subtest: unittest.TestCase, err: Any) -> None:
        super().addSubTest(test, subtest, err)
        if err is not None:
            self._note(err)

    @property
    def outcome(self) -> str:
        """The outcome as the landing rule means it: an expected failure counts as a skip."""
        if self.failures or self.errors or self.unexpectedSuccesses:
            return FAIL
        return SKIP if self.skipped or self.expectedFailures or not self.testsRun else PASS


class UnittestSuite:
    """Tests found by unittest's own discovery, under ids in pytest's form."""

    def __init__(self, root: Path, suite: unittest.TestSuite) -> None:
        self._tests: dict[str, unittest.TestCase] = {}
        self.problems: list[str] = []
        for test in _flat(suite):
            broken = getattr(test, "_exception", None)
            if broken is not None:
                self.problems.append(str(broken)[-600:])
            else:
                self._tests[_identity(test, root)] = test

    @property
    def ids(self) -> Sequence[str]:
        """The ids of all tests found."""
        return tuple(self._tests)

    def run(self, ids: Sequence[str], root: Path, trace: bool) -> Iterator[Result]:
        """Run tests one by one, each with its class and module set-up."""
        for one in ids:
            if one in self._tests:
                yield self._one(one, root, trace)

    def _one(self, identity: str, root: Path, trace: bool) -> Result:
        recorder = _Recorder(root)
        begin = time.perf_counter()
        with traced_lines(root, trace) as lines:
            unittest.TestSuite([self._tests[identity]]).run(recorder)
        seconds = round(time.perf_counter() - begin, 4)
        numbers = {path: sorted(found) for path, found in lines.items()}
        return Result(identity, recorder.outcome, seconds, numbers, recorder.frames, recorder.error)


def _flat(suite: Any) -> Iterator[unittest.TestCase]:
    if isinstance(suite, unittest.TestCase):
        yield suite
        return
    for one in suite:
        yield from _flat(one)


def _identity(test: unittest.TestCase, root: Path) -> str:
    """``package.module.Class.method`` → ``package/module.py::Class::method``."""
    cls = type(test)
    file = Path(getattr(sys.modules.get(cls.__module__), "__file__", "") or "")
    place = str(file.relative_to(root)) if root in file.parents else cls.__module__
    return f"{place}::{cls.__qualname__.replace('.', '::')}::{test.id().rsplit('.', 1)[-1]}"


def collect_with_unittest(start: str, then: Callable[[Suite], None]) -> None:
    """Discover tests from the folder ``start`` of the working directory and call ``then`` with the suite.

    A folder that is no package is its own top level, as with ``python -m unittest discover``.
    """
    root = Path.cwd()
    top = str(root) if (root / start / "__init__.py").exists() else None
    then(UnittestSuite(root, unittest.TestLoader().discover(start, top_level_dir=top)))
