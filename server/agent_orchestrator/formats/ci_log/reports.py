"""JUnit reports that a CI run left behind → findings beside those of a job's log."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from agent_orchestrator.formats.ci_log.job import FINDING_CAP, JobLog, Told
from agent_orchestrator.formats.ci_log.repository import ROOT, Files, rewrite, roots_in
from agent_orchestrator.formats.inputs import Inputs
from agent_orchestrator.formats.json_text import Malformed
from agent_orchestrator.formats.junit import case_result
from agent_orchestrator.formats.junit_xml import cases
from agent_orchestrator.model.report import Finding, Kind


def beside_reports(
    log: JobLog, reports: Iterable[bytes], paths: Collection[str] | None = None, only_in: str | None = None
) -> tuple[tuple[Told, ...], tuple[str, ...]]:
    """(the failed tests of which ``log`` says nothing, why reports could not be read).

    A log's finding stays, as it has what the tool printed. ``only_in`` is the text of a job's log: with it only tests
    are told whose names it has, for a run's reports are those of all its jobs.
    """
    files = Files.of(paths)
    known = {told.finding.key for told in log.findings}
    names = {_name(told.finding) for told in log.findings}
    # One that is known by its place alone is no test, and what a test says there is the same.
    places = {(each.path, each.line) for told in log.findings if (each := told.finding).kind is not Kind.TEST}
    found: dict[str, Told] = {}
    problems: list[str] = []
    for report in reports:
        try:
            reds = _reds(report)
        except Malformed as problem:
            problems.append(str(problem))
            continue
        for red in reds:
            placed = files.place(red)
            again = (
                placed.key in known or _name(placed) in names or (placed.line and (placed.path, placed.line) in places)
            )
            elsewhere = only_in is not None and _bare(placed) not in only_in
            if not again and not elsewhere and len(found) < FINDING_CAP:
                found.setdefault(placed.key, Told("junit", "", placed))
    return tuple(found.values()), tuple(problems)


def _reds(report: bytes) -> list[Finding]:
    text = report.decode(errors="replace")
    roots = roots_in(text.splitlines())
    inputs = Inputs(b"", 1, ROOT)
    rewritten = "\n".join(rewrite(line, roots) for line in text.splitlines()).encode() if roots else report
    return [finding for case in cases(rewritten) if (finding := case_result(case, inputs)[3]) is not None]


def _name(finding: Finding) -> tuple[str, str]:
    """A test as it is told in one file: tools and their reports write what is before its name in different ways."""
    return finding.path, _bare(finding)


def _bare(finding: Finding) -> str:
    return finding.key.rpartition("::")[2].strip() or finding.title
