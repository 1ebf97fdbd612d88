"""How a tool that writes JUnit XML is run, and how vitest and jest select tests."""

from __future__ import annotations

import re

from agent_orchestrator.plugins.check.tool import CheckTool, prepare_plain, tool_index, words
from agent_orchestrator.ports.check import Command, Selection

_SPECIAL = re.compile(r"[.*+?^${}()|\[\]\\/]")


def rerun_junit(command: Command, selection: Selection) -> Command:
    """vitest and jest: the files, and ``-t`` with the full names; another tool's command comes back whole."""
    argv = words(command)
    if argv is None or tool_index(argv, "vitest", "jest") < 0:
        return command
    files = tuple(dict.fromkeys(selection.files or (key.partition("::")[0] for key in selection.keys)))
    if selection.whole_files:
        return (*argv, *files)
    return (*argv, *files, "-t", name_pattern(selection.keys))


def name_pattern(keys: tuple[str, ...]) -> str:
    """A JavaScript regular expression for the full names behind ``keys``; both runners match it against the names of
    the suites and the test joined by spaces.
    """
    names = (key.partition("::")[2].replace(" > ", " ") for key in keys)
    escaped = [_SPECIAL.sub(r"\\\g<0>", name) for name in dict.fromkeys(names)]
    return f"{escaped[0]}$" if len(escaped) == 1 else f"(?:{'|'.join(escaped)})$"


JUNIT = CheckTool(format="junit", prepare=prepare_plain, rerun=rerun_junit)
