"""How pytest is run: our options, our plugin, and selection by node ids."""

from __future__ import annotations

import shlex

from agent_orchestrator.plugins.check.tool import LISTING_DIR, CheckTool, as_argv, fill, is_direct, tool_index, words
from agent_orchestrator.ports.check import Command, PreparedCheck, Selection, Where

# pytest's options, and those of widely used plugins, that take the next word as their value.
_TAKES_VALUE = frozenset(
    [
        "-k",
        "-m",
        "-c",
        "-o",
        "-p",
        "-n",
        "-W",
        "-r",
        "--rootdir",
        "--tb",
        "--maxfail",
        "--ignore",
        "--ignore-glob",
        "--deselect",
        "--durations",
        "--durations-min",
        "--color",
        "--capture",
        "--confcutdir",
        "--basetemp",
        "--junitxml",
        "--junit-xml",
        "--junitprefix",
        "--junit-prefix",
        "--cov",
        "--cov-report",
        "--cov-config",
        "--cov-fail-under",
        "--timeout",
        "--timeout-method",
        "--dist",
        "--maxprocesses",
        "--numprocesses",
        "--import-mode",
        "--log-level",
        "--log-cli-level",
        "--log-file",
        "--reruns",
        "--reruns-delay",
        "--override-ini",
        "--config-file",
        "--asyncio-mode",
        "--pythonwarnings",
        "--pastebin",
        "--verbosity",
        "--show-capture",
        "--cache-show",
        "--randomly-seed",
        "-P",
        "--benchmark-json",
    ]
)
# Options that would stop early or choose by what an earlier run left behind.
_DROPPED = frozenset(
    [
        "-x",
        "--exitfirst",
        "--lf",
        "--last-failed",
        "--ff",
        "--failed-first",
        "--nf",
        "--new-first",
        "--sw",
        "--stepwise",
    ]
)


def prepare_pytest(command: Command, where: Where) -> PreparedCheck:
    """pytest with its report, its listing and all collection errors.

    Our options come last on a command line that starts pytest itself; a wrapper (``make test``, ``uv run pytest``) gets
    them through ``PYTEST_ADDOPTS``, which pytest reads before its command line. ``--maxfail=0`` takes back a ``-x`` of
    the project's configuration, and the cache is private to the run, so that nothing an earlier run left decides what
    runs (without the cache plugin, pytest would refuse the options of a project that uses it).
    """
    options = (
        f"--junitxml={where.report}",
        "-o",
        "junit_family=xunit2",
        "-o",
        f"cache_dir={where.report}.cache",
        "--continue-on-collection-errors",
        "--maxfail=0",
        "-p",
        "ao_listing",
    )
    listing = f"{where.report}.listing.json"
    argv = as_argv(fill(command, where))
    env = {"AO_LISTING": listing, "AO_TREE": where.tree, "AO_FOREIGN_ROOTS": ":".join(where.foreign)}
    index = tool_index(argv, "pytest", "py.test")
    if index >= 0 and is_direct(argv, index):
        argv = (*argv, *options) if "--" not in argv else _before_separator(argv, options)
    else:
        env["PYTEST_ADDOPTS"] = " ".join(
            part for part in (where.inherited.get("PYTEST_ADDOPTS", ""), shlex.join(options)) if part
        )
    return PreparedCheck(argv=argv, env=env, pythonpath=(LISTING_DIR,), report=where.report, listing=listing)


def _before_separator(argv: tuple[str, ...], options: tuple[str, ...]) -> tuple[str, ...]:
    at = argv.index("--")
    return (*argv[:at], *options, *argv[at:])


def rerun_pytest(command: Command, selection: Selection) -> Command:
    """``command`` for the selected tests alone: its paths are replaced, its options stay.

    A key that was masked (``$W``, ``0x``, white space) is no node id; its whole function runs instead. A command in
    which pytest can not be found comes back whole.
    """
    argv = words(command)
    index = tool_index(argv, "pytest", "py.test") if argv else -1
    if argv is None or index < 0:
        return command
    targets = selection.files if selection.whole_files else tuple(_node_id(key) for key in selection.keys)
    return (*argv[: index + 1], *_options(argv[index + 1 :]), *dict.fromkeys(targets))


def _node_id(key: str) -> str:
    function, bracket, parameters = key.partition("[")
    # White space in keys is folded, so an id that holds some may have been written in another way.
    masked = "$W" in parameters or "0x" in parameters or " " in parameters
    return function if bracket and masked else key


def _options(arguments: tuple[str, ...]) -> tuple[str, ...]:
    kept: list[str] = []
    value_follows = False
    for word in arguments:
        if value_follows or (word.startswith("-") and word not in _DROPPED and word != "--"):
            kept.append(word)
        value_follows = not value_follows and word in _TAKES_VALUE
    return tuple(kept)


PYTEST = CheckTool(format="pytest", prepare=prepare_pytest, rerun=rerun_pytest)
