"""The log of one CI job → findings, by whatever printed them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from attrs import evolve, frozen

from agent_orchestrator.formats.ci_log.compiled import cargo_spans, gcc_spans, go_spans, maven_spans
from agent_orchestrator.formats.ci_log.generic import generic_spans
from agent_orchestrator.formats.ci_log.linters import eslint_spans, mypy_spans, ruff_spans, tsc_spans
from agent_orchestrator.formats.ci_log.pytest_log import pytest_spans
from agent_orchestrator.formats.ci_log.raised import stack_spans, traceback_spans
from agent_orchestrator.formats.ci_log.repository import ROOT, Files, rewrite, roots_in
from agent_orchestrator.formats.ci_log.script_tests import jest_spans, vitest_spans
from agent_orchestrator.formats.ci_log.shellcheck_log import shellcheck_spans
from agent_orchestrator.formats.ci_log.spans import Recogniser, Span, blank
from agent_orchestrator.formats.ci_log.steps import LOG_CAP, Step, steps_of
from agent_orchestrator.formats.ci_log.tap_log import tap_spans
from agent_orchestrator.formats.ci_log.unittest_log import unittest_spans
from agent_orchestrator.formats.inputs import Inputs
from agent_orchestrator.model.external.secrets import redact
from agent_orchestrator.model.report import Finding

#: Findings of one job that are kept: the first.
FINDING_CAP = 1000

#: From those that know whole sections of their tool to those that know the shape of a line.
RECOGNISERS: Sequence[Recogniser] = (
    pytest_spans,
    unittest_spans,
    vitest_spans,
    jest_spans,
    tap_spans,
    maven_spans,
    go_spans,
    cargo_spans,
    eslint_spans,
    ruff_spans,
    mypy_spans,
    tsc_spans,
    shellcheck_spans,
    gcc_spans,
    traceback_spans,
    stack_spans,
    generic_spans,
)


@frozen
class Told:
    """One finding with the tool that printed it (empty when unknown) and the name of the step."""

    tool: str
    step: str
    finding: Finding


def without_secrets(told: Told) -> Told:
    """``told`` with nothing in it that looks like a secret: a test's parameters may be one, and so its name."""
    found = told.finding
    cleaned = evolve(
        found,
        key=redact(found.key),
        title=redact(found.title),
        message=redact(found.message),
        output=redact(found.output),
    )
    return evolve(told, finding=cleaned)


@frozen
class JobLog:
    """What a log tells. ``failed`` are the steps that the runner says failed; ``cut`` is true when findings or the
    beginning of the log were left out.
    """

    findings: tuple[Told, ...] = ()
    failed: tuple[str, ...] = ()
    cut: bool = False


def read_job_log(data: bytes, paths: Collection[str] | None = None, root: str = "") -> JobLog:
    """The findings in the raw log of one job of GitHub Actions or GitLab.

    ``paths`` are the files of the repository at the job's commit, relative to it: with them no other file is named.
    ``root`` is the repository's folder on the runner, where it is known; else it is concluded. Steps that did not fail
    are not read when the runner says which did. Never raises.
    """
    steps = steps_of(data)
    roots = roots_in((line for step in steps for line in step.lines), root)
    files = Files.of(paths)
    failed = [step for step in steps if step.failed]
    found: dict[tuple[str, str, str, int], Told] = {}
    for step in failed or steps:
        if len(found) > FINDING_CAP:
            break
        for told in _step(step, roots, files):
            finding = told.finding
            found.setdefault((finding.key, finding.message, finding.path, finding.line), told)
    kept = tuple(found.values())
    return JobLog(
        findings=kept[:FINDING_CAP],
        failed=tuple(step.name for step in failed),
        cut=len(kept) > FINDING_CAP or len(data) > LOG_CAP,
    )


def _step(step: Step, roots: tuple[str, ...], files: Files) -> Iterable[Told]:
    lines = [rewrite(line, roots) for line in step.lines]
    inputs = Inputs(output=b"", exit_code=1, root=ROOT)
    places: set[tuple[str, int]] = set()
    for recognise in RECOGNISERS:
        spans = list(_until_cap(recognise(lines, inputs)))
        lines = blank(lines, spans)
        by_shape = recognise in (gcc_spans, traceback_spans, stack_spans, generic_spans)
        for tool, finding in _placed(spans, files, needs_place=by_shape):
            if recognise is generic_spans and (finding.path, finding.line) in places:
                continue
            places.add((finding.path, finding.line))
            yield Told(tool, step.name, finding)
        if len(places) > FINDING_CAP:
            return


def _until_cap(spans: Iterable[Span]) -> Iterable[Span]:
    """The spans up to more findings than are kept."""
    count = 0
    for span in spans:
        yield span
        count += len(span.findings)
        if count > FINDING_CAP:
            return


def _placed(spans: list[Span], files: Files, *, needs_place: bool) -> Iterable[tuple[str, Finding]]:
    """Findings with paths of the repository. What was known by its shape alone must lie in one of its files."""
    for span in spans:
        for finding in span.findings:
            placed = files.place(finding)
            if placed.path or not needs_place:
                yield span.tool, placed
