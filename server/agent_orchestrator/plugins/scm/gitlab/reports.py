"""Reports that jobs leave → findings beside those of their logs. Pure.

Unit test reports: https://docs.gitlab.com/api/pipelines/#get-a-test-report-for-a-pipeline. Code quality:
https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from agent_orchestrator.formats.ci_log import JobLog, Told
from agent_orchestrator.formats.ci_log.repository import ROOT, Files, rewrite, roots_in
from agent_orchestrator.formats.inputs import Inputs
from agent_orchestrator.formats.json_text import items, mapping, number, text
from agent_orchestrator.formats.junit import case_result
from agent_orchestrator.formats.junit_xml import Case
from agent_orchestrator.formats.paths import in_tree, lint_key
from agent_orchestrator.formats.text import message, one_line
from agent_orchestrator.model.report import Finding, Kind

#: The file that GitLab knows a code quality report by.
QUALITY = "gl-code-quality-report.json"
#: Findings of a report that are kept: the first. Characters of what a test printed.
_MOST, _TEXT = 1000, 64 * 1024
_RED = {"failed": "failure", "error": "error"}
#: Severities that are worth to be told; "info" is advice.
_SEVERE = ("minor", "major", "critical", "blocker")


def red_tests(log: JobLog, report: Any, job: str, paths: Collection[str] | None) -> tuple[Told, ...]:
    """The red tests of a job in the report of its pipeline, of which ``log`` says nothing."""
    known = {told.finding.key for told in log.findings}
    files = Files.of(paths)
    inputs = Inputs(b"", 1, ROOT)
    found: dict[str, Told] = {}
    for case in _cases(report, job):
        finding = case_result(case, inputs)[3]
        if finding is None:
            continue
        placed = files.place(finding)
        if placed.key not in known:
            found.setdefault(placed.key, Told("junit", job, placed))
        if len(found) == _MOST:
            break
    return tuple(found.values())


def quality(told: Iterable[Told], report: Any, job: str, paths: Collection[str] | None) -> tuple[Told, ...]:
    """What a code quality report says of places that nothing else was told of."""
    known = {(one.finding.path, one.finding.line) for one in told}
    files = Files.of(paths)
    found: dict[tuple[str, str, int], Told] = {}
    for entry in map(mapping, items(report)):
        location = mapping(entry.get("location"))
        begin = mapping(location.get("lines")).get("begin")
        start = mapping(mapping(location.get("positions")).get("begin"))
        rule, said = one_line(text(entry.get("check_name"))) or "quality", message(text(entry.get("description")))
        if not said or text(entry.get("severity")).lower() not in _SEVERE:
            continue
        path = in_tree(_own(text(location.get("path"))), ROOT)
        line = number(begin) or number(start.get("line"))
        finding = Finding(lint_key(rule, path), Kind.LINT, said, rule, path, line, number(start.get("column")))
        placed = files.place(finding)
        if placed.path and (placed.path, placed.line) not in known:
            found.setdefault((placed.key, placed.message, placed.line), Told("code-quality", job, placed))
        if len(found) == _MOST:
            break
    return tuple(found.values())


def _cases(report: Any, job: str) -> Iterator[Case]:
    """The red cases of a job. Its suite has its name, without the numbers of one that runs in parallel."""
    for suite in map(mapping, items(mapping(report).get("test_suites"))):
        name = text(suite.get("name"))
        if not name or (name != job and not job.startswith((f"{name} ", f"{name}:"))):
            continue
        for case in map(mapping, items(suite.get("test_cases"))):
            result = _RED.get(text(case.get("status")))
            if result:
                yield _case(case, result, name)


def _case(case: dict[str, object], result: str, suite: str) -> Case:
    output = case.get("system_output")
    printed = text(output) or text(mapping(output).get("message"))
    roots = roots_in(printed.split("\n"))
    said = "\n".join(rewrite(line, roots) for line in printed[:_TEXT].split("\n"))
    trace = text(case.get("stack_trace"))[:_TEXT]
    return Case(
        classname=text(case.get("classname")),
        name=text(case.get("name")),
        file=_own(text(case.get("file"))),
        line=0,
        suite=suite,
        suite_file="",
        result=result,
        message=said.strip("\n").partition("\n")[0],
        text=said if not trace else f"{said}\n{trace}",
    )


def _own(path: str) -> str:
    """A path with the repository's folder as it stands for it."""
    return rewrite(path, roots_in([path]))
