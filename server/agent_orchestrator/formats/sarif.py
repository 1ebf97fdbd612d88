"""SARIF 2.1.0 → report (OASIS Static Analysis Results Interchange Format; section numbers are of that document)."""

from __future__ import annotations

import re

from agent_orchestrator.formats.inputs import Inputs
from agent_orchestrator.formats.json_text import Malformed, items, load, mapping, number, text
from agent_orchestrator.formats.paths import in_tree, is_outside, lint_key
from agent_orchestrator.formats.settle import settle, unreadable
from agent_orchestrator.formats.text import message, one_line
from agent_orchestrator.model.external.text import link
from agent_orchestrator.model.report import Finding, Kind, Report

_LEVELS = ("error", "warning", "note", "none")
_ARGUMENT = re.compile(r"\{(\d{1,3})\}")


def parse_sarif(inputs: Inputs) -> Report:
    """The report of one SARIF log, from the report file, else from standard output.

    Suppressed results, results that are absent from the tree, and results of another kind than ``fail`` are not red.
    Warnings and notes are red when the tool's exit status says so, because only the tool knows its threshold; an error
    always is.
    """
    try:
        log = load(inputs.report if inputs.report is not None else inputs.output)
        if not isinstance(log, dict) or not text(log.get("version")).startswith("2.1"):
            raise Malformed("the report is not a SARIF 2.1.0 log")
        runs = log.get("runs")
        if not isinstance(runs, list):
            raise Malformed("the report has no array of runs")
        read = [_run(mapping(run), inputs) for run in runs]
    except Malformed as problem:
        return unreadable(inputs, "sarif", str(problem))
    results = [result for findings, _ in read for result in findings]
    findings = tuple(finding for level, finding in results if level == "error" or inputs.exit_code != 0)
    problems = tuple(problem for _, found in read for problem in found)
    outside = tuple(dict.fromkeys(finding.path for finding in findings if is_outside(finding.path)))
    report = Report(findings=findings, outside=outside, problems=problems, complete=not problems)
    return settle(report, inputs, "the check")


def _run(run: dict[str, object], inputs: Inputs) -> tuple[list[tuple[str, Finding]], list[str]]:
    driver = mapping(mapping(run.get("tool")).get("driver"))
    name = one_line(text(driver.get("name")))[:100] or "the tool"
    rules = [mapping(rule) for rule in items(driver.get("rules"))]
    by_id = {text(rule.get("id")): rule for rule in rules}
    bases = mapping(run.get("originalUriBaseIds"))
    findings = []
    for value in items(run.get("results")):
        result = mapping(value)
        index = _index(result)
        rule = rules[index] if 0 <= index < len(rules) else by_id.get(_rule_id(result), {})
        if _is_red(result):
            findings.append((_level(result, rule), _finding(result, rule, bases, inputs)))
    # 3.20.14 executionSuccessful, 3.20.21 toolExecutionNotifications
    problems = []
    for value in items(run.get("invocations")):
        invocation = mapping(value)
        if invocation.get("executionSuccessful") is False:
            problems.append(f"{name} says that its run did not succeed.")
        for notification in map(mapping, items(invocation.get("toolExecutionNotifications"))):
            if notification.get("level") == "error":
                problems.append(f"{name}: {message(text(mapping(notification.get('message')).get('text')))}")
    return findings, problems


def _rule_id(result: dict[str, object]) -> str:
    return text(result.get("ruleId")) or text(mapping(result.get("rule")).get("id"))


def _index(result: dict[str, object]) -> int:
    for value in (result.get("ruleIndex"), mapping(result.get("rule")).get("index")):
        if isinstance(value, int) and not isinstance(value, bool):
            return value
    return -1


def _is_red(result: dict[str, object]) -> bool:
    # 3.35.2: suppressions that are under review or rejected do not suppress.
    accepted = [mapping(item).get("status", "accepted") == "accepted" for item in items(result.get("suppressions"))]
    suppressed = bool(accepted) and all(accepted)
    return not suppressed and result.get("kind", "fail") == "fail" and result.get("baselineState") != "absent"


def _level(result: dict[str, object], rule: dict[str, object]) -> str:
    """3.27.10: the result's own level, else its rule's default, else ``warning``."""
    for value in (result.get("level"), mapping(rule.get("defaultConfiguration")).get("level")):
        if isinstance(value, str) and value in _LEVELS:
            return value
    return "warning"


def _finding(result: dict[str, object], rule: dict[str, object], bases: dict[str, object], inputs: Inputs) -> Finding:
    first = mapping(next(iter(items(result.get("locations"))), None))
    physical = mapping(first.get("physicalLocation"))
    artifact, region = mapping(physical.get("artifactLocation")), mapping(physical.get("region"))
    path = in_tree(_uri(artifact, bases), inputs.root, inputs.base)
    rule_id = one_line(_rule_id(result) or text(rule.get("id")))[:200] or "error"
    line = number(region.get("startLine"))
    return Finding(
        key=lint_key(rule_id, path),
        kind=Kind.LINT,
        message=message(_message(result, rule)) or rule_id,
        rule=rule_id,
        path=path,
        line=line,
        column=number(region.get("startColumn")),
        # 3.30.7: an absent endLine is startLine.
        end_line=number(region.get("endLine")) or line,
        end_column=number(region.get("endColumn")),
        title=one_line(text(rule.get("name")))[:100],
        fixable=bool(items(result.get("fixes"))),
        url=link(one_line(text(rule.get("helpUri")))),
    )


def _uri(artifact: dict[str, object], bases: dict[str, object]) -> str:
    """The artifact's URI as a path; one that is relative starts at its base, if that base has a ``file:`` URI."""
    uri = text(artifact.get("uri"))
    base = text(mapping(bases.get(text(artifact.get("uriBaseId")))).get("uri"))
    if not uri or ":" in uri.partition("/")[0]:
        return uri
    if base.startswith("file:"):
        return base.rstrip("/") + "/" + uri
    return "file://" + uri if uri.startswith("/") else uri


def _message(result: dict[str, object], rule: dict[str, object]) -> str:
    """3.11: plain text, or a string of the rule that ``message.id`` names, with its ``{0}`` arguments filled in."""
    told = mapping(result.get("message"))
    template = text(told.get("text"))
    if not template:
        template = text(mapping(mapping(rule.get("messageStrings")).get(text(told.get("id")))).get("text"))
    arguments = [text(argument) for argument in items(told.get("arguments"))]
    filled = _ARGUMENT.sub(lambda hit: arguments[int(hit[1])] if int(hit[1]) < len(arguments) else hit[0], template)
    return filled.replace("{{", "{").replace("}}", "}") if arguments else template
