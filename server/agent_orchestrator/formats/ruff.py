"""``ruff check --output-format=json`` → report (https://docs.astral.sh/ruff/settings/#output-format).

Exit statuses: 0 nothing found (or all fixed), 1 violations, 2 a wrong configuration or an internal error.
"""

from __future__ import annotations

from attrs import evolve

from agent_orchestrator.formats.inputs import Inputs
from agent_orchestrator.formats.json_text import Malformed, load, mapping, number, text
from agent_orchestrator.formats.paths import in_tree, is_outside, lint_key
from agent_orchestrator.formats.settle import settle, unreadable
from agent_orchestrator.formats.text import message, one_line
from agent_orchestrator.model.external.text import link
from agent_orchestrator.model.report import Finding, Kind, Report


def parse_ruff(inputs: Inputs) -> Report:
    """The report of one run of ruff; the JSON is taken from the report file, else from standard output.

    A syntax error is ⊤ for its file: ruff's other rules can not be judged there.
    """
    try:
        data = inputs.report if inputs.report is not None else inputs.output[inputs.output.find(b"[") :]
        entries = load(data)
        if not isinstance(entries, list):
            raise Malformed("the report is not a JSON array")
        findings = tuple(_finding(entry, inputs) for entry in entries)
    except Malformed as problem:
        return unreadable(inputs, "ruff", str(problem))
    outside = tuple(dict.fromkeys(finding.path for finding in findings if is_outside(finding.path)))
    report = Report(findings=findings, outside=outside)
    if inputs.exit_code == 2:
        report = evolve(report, complete=False, problems=("ruff stopped with an error (exit status 2).",))
    return settle(report, inputs, "ruff")


def _finding(value: object, inputs: Inputs) -> Finding:
    entry = mapping(value)
    path = in_tree(text(entry.get("filename")), inputs.root, inputs.base)
    if not path or not text(entry.get("message")):
        raise Malformed("the report has an entry without a file name or a message")
    # Before 0.13 a syntax error had no code.
    rule = one_line(text(entry.get("code")))[:100] or "invalid-syntax"
    top = rule in ("invalid-syntax", "E999")
    start, end = mapping(entry.get("location")), mapping(entry.get("end_location"))
    return Finding(
        key=path if top else lint_key(rule, path),
        kind=Kind.TOP if top else Kind.LINT,
        message=message(text(entry.get("message"))),
        rule=rule,
        path=path,
        line=number(start.get("row")),
        column=number(start.get("column")),
        end_line=number(end.get("row")),
        end_column=number(end.get("column")),
        title=one_line(text(entry.get("name")))[:100],
        fixable=mapping(entry.get("fix")).get("applicability") == "safe",
        url=link(one_line(text(entry.get("url")))),
    )
