"""mypy → report: its text output, or JSON lines from ``--output json`` (mypy 1.11 and newer).

Exit statuses: 0 nothing found, 1 errors, 2 checking was not possible (a syntax error in one file stops all).
"""

from __future__ import annotations

import re

from attrs import evolve

from agent_orchestrator.formats.inputs import Inputs
from agent_orchestrator.formats.json_text import Malformed, load, mapping, number, text
from agent_orchestrator.formats.paths import in_tree, is_outside, lint_key
from agent_orchestrator.formats.settle import settle
from agent_orchestrator.formats.text import clean, decode, message, one_line, tail
from agent_orchestrator.model.report import Finding, Kind, Report

_LINE = re.compile(
    r"^(?P<file>[^\s:][^:]*):(?:(?P<line>\d{1,9}):)?(?:(?P<column>\d{1,9}):)?"
    r"(?:(?P<end_line>\d{1,9}):(?P<end_column>\d{1,9}):)? (?P<severity>error|note): (?P<message>.*)$"
)
_CODE = re.compile(r"^(.*?)  \[([a-z][a-z0-9-]*)\]$")
_FOUND = re.compile(r"^Found (\d{1,9}) errors? in ")
_LINE_CAP = 4_000
#: Errors that stop mypy before it has checked anything.
_BLOCKING = "syntax"


def parse_mypy(inputs: Inputs) -> Report:
    """The report of one run of mypy. Notes are attached to the error before them, as its output.

    With exit status 2 nothing was checked, so every error is ⊤ for the whole check, located at its file.
    """
    output = decode(inputs.report if inputs.report is not None else inputs.output)
    blocked = inputs.exit_code == 2
    findings: list[Finding] = []
    notes: dict[int, list[str]] = {}
    promised: int | None = None
    for raw in output.splitlines():
        line = clean(raw[:_LINE_CAP])
        if found := _FOUND.match(line):
            promised = int(found[1])
            continue
        read = _json(line, inputs) if line.startswith("{") else read_line(line, inputs)
        if read is None:
            continue
        severity, finding = read
        if severity == "error":
            findings.append(finding)
        elif findings and findings[-1].path == finding.path:
            notes.setdefault(len(findings) - 1, []).append(finding.message)
    read_all = tuple(
        _blocking(finding) if blocked or finding.rule == _BLOCKING else finding
        for finding in (
            evolve(finding, output=tail("\n".join(notes[n]))) if n in notes else finding
            for n, finding in enumerate(findings)
        )
    )
    outside = tuple(dict.fromkeys(finding.path for finding in read_all if is_outside(finding.path)))
    report = Report(findings=read_all, outside=outside)
    if promised is not None and promised != len(findings):
        problem = f"mypy counted {promised} errors, but its output shows {len(findings)}."
        report = evolve(report, complete=False, problems=(problem,))
    return settle(report, inputs, "mypy")


def read_line(line: str, inputs: Inputs) -> tuple[str, Finding] | None:
    """(severity, finding) of one line of mypy's text output; None for any other line."""
    match = _LINE.match(line)
    if match is None:
        return None
    coded = _CODE.match(match["message"])
    said, code = (coded[1], coded[2]) if coded else (match["message"], "")
    places = tuple(int(match[name] or 0) for name in ("line", "column", "end_line", "end_column"))
    return match["severity"], _finding(match["file"], said, code, places, inputs)


def _json(line: str, inputs: Inputs) -> tuple[str, Finding] | None:
    try:
        entry = mapping(load(line.encode("utf-8", errors="replace")))
    except Malformed:
        return None
    file, said = text(entry.get("file")), text(entry.get("message"))
    if not file or not said or entry.get("severity") not in ("error", "note"):
        return None
    # mypy counts columns from 0 in JSON and from 1 in text; ends are exclusive in JSON, inclusive in text.
    column = entry.get("column")
    places = (
        number(entry.get("line")),
        number(column) + 1 if isinstance(column, int) and column >= 0 else 0,
        number(entry.get("end_line")),
        number(entry.get("end_column")),
    )
    hint = text(entry.get("hint"))
    code = one_line(text(entry.get("code")))[:100]
    finding = _finding(file, said, code, places, inputs)
    return text(entry.get("severity")), evolve(finding, output=tail(hint)) if hint else finding


def _finding(file: str, said: str, code: str, places: tuple[int, ...], inputs: Inputs) -> Finding:
    path = in_tree(file, inputs.root, inputs.base)
    rule = code or "error"
    line, column, end_line, end_column = places
    return Finding(
        key=lint_key(rule, path),
        kind=Kind.LINT,
        message=message(said),
        rule=rule,
        path=path,
        line=line,
        column=column,
        end_line=end_line,
        end_column=end_column,
        url=f"https://mypy.readthedocs.io/en/stable/_refs.html#code-{code}" if code else "",
    )


def _blocking(finding: Finding) -> Finding:
    return evolve(finding, key="", kind=Kind.TOP, title="mypy could not check the tree")
