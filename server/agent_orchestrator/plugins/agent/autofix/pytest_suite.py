"""A collected pytest session, held open in its run loop so that tests can be run one by one, also in a fork.

Outcomes come from pytest's own reports inside the process: printed text is no evidence (unittest's subtests print
``SUBFAILED``).
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from .guard import EndlessLoop
from .suite import FAIL, PASS, SKIP, Result, Suite
from .tracing import frames_of, traced_lines


class PytestSuite:
    """The plugin that takes over pytest's run loop; ``then`` is called with it once everything is collected."""

    def __init__(self, then: Callable[[Suite], None]) -> None:
        self._then = then
        self._items: dict[str, Any] = {}
        self._outcomes: list[str] = []
        self._error = ""
        self._frames: list[tuple[str, int, str]] = []
        self._root = Path()
        self.reached = False
        self.problems: list[str] = []

    @property
    def ids(self) -> Sequence[str]:
        """The node ids of the collected items."""
        return tuple(self._items)

    def pytest_collectreport(self, report: Any) -> None:
        """Note what could not be collected."""
        if report.failed:
            self.problems.append(f"{report.nodeid}: {str(report.longrepr)[-600:]}")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: Any) -> bool:
        """Hand the collected session over instead of running it."""
        self._items = {item.nodeid: item for item in session.items}
        self.reached = True
        self._then(self)
        return True

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, call: Any) -> None:
        """Keep the frames of a failure while its traceback is alive; the report itself is made by pytest."""
        if call.excinfo is not None:
            self._error = f"{call.excinfo.type.__name__}: {str(call.excinfo.value)[:2000]}"
            self._frames = frames_of(call.excinfo.tb, self._root)

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Note the outcome of one phase of one test, or of one subtest."""
        if report.failed:
            self._outcomes.append(FAIL)
        elif report.skipped:
            self._outcomes.append(SKIP)
        elif report.when == "call":
            self._outcomes.append(PASS)

    def run(self, ids: Sequence[str], root: Path, trace: bool) -> Iterator[Result]:
        """Run items through the whole protocol, fixtures of every scope included."""
        known = [self._items[one] for one in ids if one in self._items]
        for index, item in enumerate(known):
            following = known[index + 1] if index + 1 < len(known) else None
            yield self._one(item, following, root, trace)

    def _one(self, item: Any, following: Any, root: Path, trace: bool) -> Result:
        self._outcomes, self._error, self._frames, self._root = [], "", [], root
        begin = time.perf_counter()
        with traced_lines(root, trace) as lines:
            try:
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            except EndlessLoop as error:
                self._outcomes.append(FAIL)
                self._error = str(error)
        return Result(
            item.nodeid,
            FAIL if FAIL in self._outcomes else SKIP if SKIP in self._outcomes or not self._outcomes else PASS,
            round(time.perf_counter() - begin, 4),
            {path: sorted(numbers) for path, numbers in lines.items()},
            self._frames,
            self._error,
        )


def warm_up(root: Path, empty: Path) -> None:
    """Import pytest's plugins, by collecting an ``empty`` folder, so that forks of this process need not.

    What lies under ``root`` is dropped again: the repository may be a pytest plugin itself.
    """
    empty.mkdir()
    pytest.main(
        ["-q", "--collect-only", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", str(empty), str(empty)]
    )
    for name, module in list(sys.modules.items()):
        if (getattr(module, "__file__", None) or "").startswith(f"{root}/"):
            del sys.modules[name]


def collect_with_pytest(arguments: Sequence[str], then: Callable[[Suite], None]) -> None:
    """Collect with pytest and call ``then`` with the suite; with an empty one when pytest never came to run tests."""
    plugin = PytestSuite(then)
    code = pytest.main(list(arguments), plugins=[plugin])
    if not plugin.reached:
        plugin.problems.append(f"pytest ended with {code!r} before it ran a test")
        then(plugin)
