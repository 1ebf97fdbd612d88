"""How the project's tests are run, from the check's command, and which collected tests the task means."""

from __future__ import annotations

import importlib.util
import os
import re
from collections.abc import Sequence
from pathlib import Path, PurePath

from .client import Runner

_DROPPED_WITH_VALUE = {
    "-p", "-n", "--numprocesses", "--maxfail", "--junitxml", "--junit-xml", "--dist", "--tb", "-o", "--cov",
    "--cov-report", "--cov-config", "--durations", "--color", "--report-log", "-r", "--capture",
}  # fmt: skip
_KEPT_WITH_VALUE = {"-c", "--rootdir", "-k", "-m", "-W", "--ignore", "--ignore-glob", "--confcutdir", "--import-mode"}
_DROPPED = re.compile(
    r"-x$|-[qvs]+$|--(exitfirst|lf|last-failed|ff|failed-first|nf|sw|stepwise|quiet|verbose|no-cov|continue-on-collection-errors)"
    r"$|-r\w+$|-n\w+$|--(maxfail|junit-?xml|numprocesses|dist|tb|cov|cov-report|cov-config|durations|color|capture)="
    r"|--cov$|-p\S+$|-o\S+$"
)


def has_module(name: str) -> bool:
    """Return whether this interpreter can import a module."""
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def pytest_arguments(argv: Sequence[str], scratch: Path) -> tuple[str, ...]:
    """Return the arguments for an in-process pytest that collects what the check's command collects.

    Reporting, parallel running and stopping early are left out; the project's own configuration stays in force.
    """
    places = [index for index, word in enumerate(argv) if PurePath(word).name in ("pytest", "py.test")]
    kept: list[str] = []
    words = list(argv[places[0] + 1 :]) if places else []
    while words:
        word = words.pop(0)
        if word in _DROPPED_WITH_VALUE:
            words[:1] = []
        elif word in _KEPT_WITH_VALUE:
            kept += [word, *words[:1]]
            words[:1] = []
        elif not _DROPPED.match(word) and "{" not in word:
            kept.append(word)
    # Long tracebacks parse the test file again for each failure; `-p no:terminal` would break the project's addopts.
    ours = ["-q", "--tb=native", "--continue-on-collection-errors", "-o", f"cache_dir={scratch / 'pytest-cache'}"]
    loaded = not os.environ.get("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    if loaded and has_module("xdist"):
        ours += ["-n", "0"]
    if loaded and has_module("pytest_cov"):
        ours += ["--no-cov"]
    return (*kept, *ours, "-p", "no:randomly", "--maxfail=0")


def runner_for(argv: Sequence[str], form: str, scratch: Path) -> Runner:
    """Choose pytest where this interpreter has it, else unittest's discovery (from the folder the command names)."""
    if has_module("pytest"):
        return Runner("pytest", pytest_arguments(argv if form != "unittest" else (), scratch))
    start = "."
    for index, word in enumerate(argv):
        if word in ("-s", "--start-directory") and index + 1 < len(argv):
            start = argv[index + 1]
    return Runner("unittest", (start,))


def _plain(identity: str) -> str:
    return re.sub(r"0x[0-9a-fA-F]+", "0x", identity)


def matching(key: str, ids: Sequence[str], root: Path) -> list[str]:
    """Return the collected tests that a failure's key means.

    A key is ``file::qualname[params]`` with the tree's root as ``$W`` and addresses as ``0x``; a key without parameters
    means all of a function's; ``package.module.Class.method`` (unittest) is understood too.
    """
    shown = {one: _plain(one.replace(str(root), "$W")) for one in ids}
    wanted = _plain(key.replace(str(root), "$W"))
    exact = [one for one, text in shown.items() if text == wanted]
    if exact:
        return exact
    family = [one for one, text in shown.items() if text.split("[")[0] == wanted]
    if family:
        return family
    dotted = wanted.replace("/", ".").replace(".py::", ".").replace("::", ".")
    return [
        one
        for one, text in shown.items()
        if f".{text.replace('/', '.').replace('.py::', '.').replace('::', '.')}".endswith(f".{dotted}")
    ]
