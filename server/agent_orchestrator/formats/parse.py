"""The table of formats, and the one way in."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from agent_orchestrator.formats.cargo import parse_cargo
from agent_orchestrator.formats.gcc import parse_gcc
from agent_orchestrator.formats.github import parse_github
from agent_orchestrator.formats.go_json import parse_go_json
from agent_orchestrator.formats.inputs import Inputs
from agent_orchestrator.formats.junit import parse_junit
from agent_orchestrator.formats.maven import parse_maven
from agent_orchestrator.formats.mypy import parse_mypy
from agent_orchestrator.formats.pytest import parse_pytest
from agent_orchestrator.formats.regex import parse_regex
from agent_orchestrator.formats.ruff import parse_ruff
from agent_orchestrator.formats.sarif import parse_sarif
from agent_orchestrator.formats.tap import parse_tap
from agent_orchestrator.formats.unittest import parse_unittest
from agent_orchestrator.model.report import Report

FORMATS: Mapping[str, Callable[[Inputs], Report]] = {
    "cargo": parse_cargo,
    "gcc": parse_gcc,
    "github": parse_github,
    "go-json": parse_go_json,
    "junit": parse_junit,
    "maven": parse_maven,
    "mypy": parse_mypy,
    "pytest": parse_pytest,
    "regex": parse_regex,
    "ruff": parse_ruff,
    "sarif": parse_sarif,
    "tap": parse_tap,
    "unittest": parse_unittest,
}


def parse(format_name: str, inputs: Inputs) -> Report:
    """The report of one run of a check. Never raises: what can not be read is an incomplete report with problems."""
    parser = FORMATS.get(format_name)
    if parser is None:
        problem = f"There is no format {format_name!r}; there are {', '.join(FORMATS)}."
        return Report(complete=False, problems=(problem,))
    return parser(inputs)
