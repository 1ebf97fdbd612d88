"""GitHub workflow commands → report: ``::error file=…,line=…,title=…::message``.

The grammar is that of the runner (``ActionCommand.TryParseV2`` in https://github.com/actions/runner) and of
https://docs.github.com/actions/reference/workflow-commands-for-github-actions: ``%25 %0D %0A`` are escaped everywhere,
``%3A %2C`` in properties too.
"""

from __future__ import annotations

import re

from attrs import frozen

from agent_orchestrator.formats.inputs import Inputs
from agent_orchestrator.formats.lines import whole
from agent_orchestrator.formats.paths import in_tree, is_outside, lint_key
from agent_orchestrator.formats.settle import settle
from agent_orchestrator.formats.text import decode, message, one_line, tail
from agent_orchestrator.model.report import Finding, Kind, Report

# A message carries its line breaks in escapes, so it may be long: the cap of a runner's line.
_LINE_CAP = 64 * 1024
_COMMAND = re.compile(r"\s{0,200}::(error|warning|notice)(?: ([^\n]*?))?::", re.IGNORECASE)
_ESCAPES = re.compile(r"%(25|0D|0A|3A|2C)", re.IGNORECASE)
_MEANING = {"25": "%", "0d": "\r", "0a": "\n", "3a": ":", "2c": ","}


@frozen
class Annotation:
    """One command. ``level`` is ``error``, ``warning`` or ``notice``; lines and columns are 0 when not told."""

    level: str
    text: str
    title: str = ""
    file: str = ""
    line: int = 0
    column: int = 0
    end_line: int = 0
    end_column: int = 0


def command(line: str) -> Annotation | None:
    """The annotation that ``line`` asks the runner for, or None."""
    match = _COMMAND.match(line)
    if match is None:
        return None
    told: dict[str, str] = {}
    for pair in (match[2] or "").split(","):
        name, _, value = pair.partition("=")
        told[name.strip().lower()] = _unescape(value, properties=True)
    return Annotation(
        level=match[1].lower(),
        text=_unescape(line[match.end() :], properties=False),
        title=told.get("title", ""),
        file=told.get("file", ""),
        line=whole(told.get("line", "")),
        column=whole(told.get("col", "") or told.get("column", "")),
        end_line=whole(told.get("endline", "")),
        end_column=whole(told.get("endcolumn", "")),
    )


def _unescape(text: str, *, properties: bool) -> str:
    def meaning(hit: re.Match[str]) -> str:
        code = hit[1].lower()
        return hit[0] if code in ("3a", "2c") and not properties else _MEANING[code]

    return _ESCAPES.sub(meaning, text)


def annotation_finding(annotation: Annotation, inputs: Inputs) -> Finding:
    """The finding of one annotation: the title is the rule; without one the level is."""
    path = in_tree(annotation.file, inputs.root, inputs.base)
    rule = one_line(annotation.title)[:100] or annotation.level
    said = message(annotation.text)
    return Finding(
        key=lint_key(rule, path),
        kind=Kind.LINT,
        message=said or rule,
        rule=rule,
        path=path,
        line=annotation.line,
        column=annotation.column,
        end_line=annotation.end_line,
        end_column=annotation.end_column,
        output=tail(annotation.text) if "\n" in said else "",
    )


def parse_github(inputs: Inputs) -> Report:
    """The report of a tool that prints workflow commands.

    Warnings are red when the exit status is not 0, because only the tool knows its threshold; notices never are.
    """
    output = decode(inputs.report if inputs.report is not None else inputs.output)
    found = [told for line in output.split("\n") if (told := command(line[:_LINE_CAP].rstrip("\r"))) is not None]
    findings = tuple(
        annotation_finding(told, inputs)
        for told in found
        if told.level == "error" or (told.level == "warning" and inputs.exit_code != 0)
    )
    outside = tuple(dict.fromkeys(finding.path for finding in findings if is_outside(finding.path)))
    return settle(Report(findings=findings, outside=outside), inputs, "the check")
