"""``cargo build``, ``test``, ``check`` and ``clippy`` → report: ``--message-format=json``, and what people are shown.

Formats: https://doc.rust-lang.org/cargo/reference/external-tools.html#json-messages and
https://doc.rust-lang.org/rustc/json.html. Exit statuses: 0 nothing red, 101 errors.
"""

from __future__ import annotations

from attrs import evolve

from agent_orchestrator.formats.cargo_tests import find_cargo_tests, without_sections
from agent_orchestrator.formats.cargo_text import compile_finding, find_cargo
from agent_orchestrator.formats.inputs import Inputs
from agent_orchestrator.formats.json_text import Malformed, items, load, mapping, number, text
from agent_orchestrator.formats.lines import lines_of
from agent_orchestrator.formats.paths import in_tree, is_outside
from agent_orchestrator.formats.settle import settle
from agent_orchestrator.formats.tests import gather
from agent_orchestrator.formats.text import tail
from agent_orchestrator.model.report import Finding, Report


def parse_cargo(inputs: Inputs) -> Report:
    """The report of one run. Errors of the compiler stop everything behind them, so they are ⊤ for the whole check."""
    lines = lines_of(inputs.output) + (lines_of(inputs.report) if inputs.report is not None else [])
    report = gather(find_cargo_tests(lines, inputs))
    compiled = dict.fromkeys([*_messages(lines, inputs), *find_cargo(without_sections(lines), inputs)])
    findings = (*_once(list(compiled)), *report.findings)
    outside = tuple(dict.fromkeys(finding.path for finding in findings if is_outside(finding.path)))
    return settle(evolve(report, findings=findings, outside=outside), inputs, "cargo")


def _once(findings: list[Finding]) -> list[Finding]:
    """One finding per problem: a library is compiled for its tests too, and a report may repeat the output."""
    return list({(f.rule, f.path, f.line, f.column, f.message): f for f in reversed(findings)}.values())[::-1]


def _messages(lines: list[str], inputs: Inputs) -> list[Finding]:
    """The errors among the JSON messages of cargo (``compiler-message``) or of rustc itself."""
    found = []
    for line in lines:
        if not line.startswith('{"'):
            continue
        try:
            entry = mapping(load(line.encode("utf-8", errors="replace")))
        except Malformed:
            continue
        told = mapping(entry.get("message")) if entry.get("reason") == "compiler-message" else entry
        if told.get("level") != "error" or not text(told.get("message")):
            continue
        spans = [mapping(span) for span in items(told.get("spans"))]
        span = next((span for span in spans if span.get("is_primary") is True), None)
        if span is None:
            # "aborting due to 2 previous errors" sums up; "linking with `cc` failed" does not.
            if text(told.get("message")).startswith(("aborting due to", "could not compile")):
                continue
            span = {}
        path = in_tree(text(span.get("file_name")), inputs.root, inputs.base)
        finding = compile_finding(
            text(told.get("message")),
            text(mapping(told.get("code")).get("code")),
            path,
            number(span.get("line_start")),
            number(span.get("column_start")),
        )
        end_line, end_column = number(span.get("line_end")), number(span.get("column_end"))
        shown = tail(text(told.get("rendered")))
        found.append(evolve(finding, output=shown, end_line=end_line, end_column=end_column))
    return found
