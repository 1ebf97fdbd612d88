"""What holds for the whole run: skips are told, on a CI machine they are failures; nothing is left running."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import psutil
import pytest
from hypothesis import settings

# A busy machine is no failure.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

#: Skips that a CI machine may have: the beginning of a test's id → why it can not run there.
ALLOWED_SKIPS: Mapping[str, str] = {
    "tests/checks/test_tool_run.py::test_unittest_text_gives_outcomes_and_findings[3.": "other versions are extra",
    "tests/daemon/test_protocol.py::test_a_folder_of_another_user_is_refused": "only root can set it up",
}

#: Seconds that what a test ended may take to be gone.
PATIENCE = 5.0

#: The run's folder for everything temporary. Short: unix sockets lie in it.
ROOT = pytest.StashKey[Path]()
PROBLEMS = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    """All of the run's temporary files, and by them its processes, are known by one folder."""
    if hasattr(config, "workerinput"):
        return  # A worker of pytest-xdist has the folder from the process that started it.
    config.stash[PROBLEMS] = []
    config.stash[ROOT] = Path(os.path.realpath(tempfile.mkdtemp(prefix="t")))
    os.environ["TMPDIR"] = str(config.stash[ROOT])
    tempfile.tempdir = None


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the run for what it left behind and, on a CI machine, for what it skipped."""
    config = session.config
    root = config.stash.get(ROOT, None)
    if root is None:
        return
    problems = config.stash[PROBLEMS]
    problems += [f"left running: {text}" for text in _left_running(root, beside=bool(_workers(config)))]
    if os.environ.get("CI") == "true":
        problems += [f"skipped on a CI machine: {name}: {why}" for name, why in _skips(config) if not _is_allowed(name)]
    if problems and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """List what could not run here, and what the run is failed for."""
    skips = sorted(_skips(config))
    if skips:
        terminalreporter.section("could not run on this machine")
        for name, why in skips:
            terminalreporter.line(f"{name}: {why}")
        if collected := os.environ.get("TEST_SKIPS"):
            with open(collected, "a", encoding="utf-8") as file:
                file.writelines(f"{name}: {why}\n" for name, why in skips)
    if problems := config.stash[PROBLEMS]:
        terminalreporter.section("failed for", red=True)
        for problem in problems:
            terminalreporter.line(problem)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave the folder only where something is to be looked at."""
    root = config.stash.get(ROOT, None)
    if root is None:
        return
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    stats = reporter.stats if reporter else {}
    if not (config.stash[PROBLEMS] or stats.get("failed") or stats.get("error")):
        shutil.rmtree(root, ignore_errors=True)


def _workers(config: pytest.Config) -> int:
    return config.getoption("numprocesses", default=None) or 0


def _skips(config: pytest.Config) -> Iterator[tuple[str, str]]:
    """Each skipped test or module with its reason."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    for report in reporter.stats.get("skipped", []) if reporter else []:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        yield report.nodeid, reason.removeprefix("Skipped: ")


def _is_allowed(name: str) -> bool:
    return any(name.startswith(start) for start in ALLOWED_SKIPS)


def _left_running(root: Path, *, beside: bool) -> list[str]:
    """Our processes that know the run's folder (by command, environment or working folder) once the tests have ended.

    ``beside``: the children of this process are workers of pytest-xdist, which end later.
    """
    deadline = time.monotonic() + PATIENCE
    while left := _knowing(root, beside=beside):
        if time.monotonic() > deadline:
            return left
        time.sleep(0.1)
    return []


def _knowing(root: Path, *, beside: bool) -> list[str]:
    me = psutil.Process()
    own = {me.pid, *(parent.pid for parent in me.parents())}
    own |= {child.pid for child in me.children()} if beside else set()
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid in own or process.uids().real != os.getuid() or process.status() == psutil.STATUS_ZOMBIE:
                continue
            command, environment = process.cmdline(), process.environ()
            if not any(str(root) in text for text in (*command, *environment.values(), process.cwd())):
                continue
        except psutil.Error:
            continue  # It ended, or it is not ours to look at.
        run = f" (AO_RUN={environment['AO_RUN']})" if "AO_RUN" in environment else ""
        found.append(f"process {process.pid}{run}: {' '.join(command)[:200]}")
    return found
