"""The table of tools by format, and the user's own ``rerun`` template."""

from __future__ import annotations

from collections.abc import Mapping

from agent_orchestrator.plugins.check.junit import JUNIT
from agent_orchestrator.plugins.check.mypy import MYPY
from agent_orchestrator.plugins.check.pytest import PYTEST
from agent_orchestrator.plugins.check.ruff import RUFF
from agent_orchestrator.plugins.check.tool import CheckTool, prepare_plain, rerun_whole, substitute
from agent_orchestrator.plugins.check.unittest import UNITTEST
from agent_orchestrator.ports.check import Command, Selection

#: Formats whose command is run as it is, and whole.
_PLAIN = ("cargo", "gcc", "github", "go-json", "maven", "regex", "sarif", "tap")

TOOLS: Mapping[str, CheckTool] = {tool.format: tool for tool in (JUNIT, MYPY, PYTEST, RUFF, UNITTEST)} | {
    name: CheckTool(format=name, prepare=prepare_plain, rerun=rerun_whole) for name in _PLAIN
}


def rerun(tool: CheckTool, command: Command, selection: Selection, template: Command | None = None) -> Command:
    """The command that runs only ``selection``, to be prepared like any other.

    The user's ``template`` comes before the tool's own way. ``{tests}`` becomes the keys (or the files, when whole
    files are asked for), ``{test}`` the first of them, ``{files}`` and ``{file}`` the files.
    """
    if template is None:
        return tool.rerun(command, selection)
    files = tuple(dict.fromkeys(selection.files or (key.partition("::")[0] for key in selection.keys)))
    tests = files if selection.whole_files else selection.keys
    return substitute(template, {"tests": tests, "test": tests[:1], "files": files, "file": files[:1]})
