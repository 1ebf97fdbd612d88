"""``mvn`` → report, from what it prints. A check that runs tests alone tells more by surefire's XML, as ``junit``."""

from __future__ import annotations

import re

from attrs import evolve

from agent_orchestrator.formats.inputs import Inputs
from agent_orchestrator.formats.lines import printed
from agent_orchestrator.formats.maven_text import Red, find_compiler, find_reds, test_path
from agent_orchestrator.formats.paths import test_key
from agent_orchestrator.formats.settle import settle
from agent_orchestrator.formats.tests import gather
from agent_orchestrator.formats.text import message, tail
from agent_orchestrator.model.report import Finding, Kind, Outcome, Report

_TOTAL = re.compile(
    r"^\[(?:ERROR|WARNING|INFO)\] Tests run: \d{1,9}, Failures: (\d{1,9}), Errors: (\d{1,9}), Skipped: \d{1,9}$"
)


def parse_maven(inputs: Inputs) -> Report:
    """The report of one build. Tests that pass are not told by name, so the report lists only what is red."""
    lines = printed(inputs)
    reds = [maven_finding(red, inputs) for red in find_reds(lines)]
    report = gather((finding.key, finding.path, Outcome.FAIL, finding) for finding in reds)
    report = evolve(report, findings=(*find_compiler(lines, inputs), *report.findings))
    totals = [match for line in lines if (match := _TOTAL.match(line))]
    promised = sum(int(match[1]) + int(match[2]) for match in totals)
    if promised > len(reds):
        problem = f"maven counted {promised} failures, but its output shows {len(reds)}."
        report = evolve(report, complete=False, problems=(problem,))
    return settle(report, inputs, "maven")


def maven_finding(red: Red, inputs: Inputs) -> Finding:
    """The finding of one test, with the key that surefire's XML gives it as ``junit``."""
    return Finding(
        key=test_key("", f"{red.type}::{red.method}", inputs.root),
        kind=Kind.TEST,
        message=message(red.said or red.exception) or "failed without a message",
        rule=red.exception,
        path=test_path(red, inputs),
        line=red.line,
        title=red.method,
        output=tail(red.output),
    )
