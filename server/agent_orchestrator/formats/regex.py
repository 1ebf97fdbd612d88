"""Lines of text → report, by a VS Code problem matcher
(https://code.visualstudio.com/docs/editor/tasks#_defining-a-problem-matcher).

Accepted are a whole matcher (``pattern``, ``severity``, ``fileLocation``, ``owner``), one pattern, a list of patterns
for problems of several lines (the last may ``loop``), or a plain regular expression with the groups file, line, column
and message in this order.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from attrs import frozen

from agent_orchestrator.formats.inputs import Inputs, Pattern
from agent_orchestrator.formats.json_text import Malformed
from agent_orchestrator.formats.paths import in_tree, is_outside, lint_key
from agent_orchestrator.formats.settle import settle, unreadable
from agent_orchestrator.formats.text import clean, decode, message, one_line
from agent_orchestrator.model.report import Finding, Kind, Report

# Longer lines are cut: a pattern that backtracks does it in the length of the line.
_LINE_CAP = 2000
_GROUPS = ("file", "location", "line", "column", "endLine", "endColumn", "severity", "code", "message")
_NAMED_GROUP = re.compile(r"(?<!\\)\(\?<(?=[A-Za-z_])")


@frozen
class LinePattern:
    """One line of a matcher; ``groups`` maps what is found to the number of its group."""

    expression: re.Pattern[str]
    groups: Mapping[str, int]
    whole_file: bool = False
    loop: bool = False


@frozen
class Matcher:
    """A compiled matcher. ``severity`` holds for lines that tell none, ``base`` is the folder of relative paths."""

    patterns: tuple[LinePattern, ...]
    severity: str = "error"
    owner: str = ""
    base: str = ""


def compile_matcher(pattern: Pattern | None) -> Matcher:
    """Raises :class:`Malformed` with a sentence that names the wrong key and value."""
    if isinstance(pattern, Mapping) and "pattern" in pattern:
        inner = pattern["pattern"]
        severity, owner = pattern.get("severity", "error"), pattern.get("owner", "")
        if severity not in ("error", "warning", "info"):
            raise Malformed(f"severity is {severity!r}; allowed are error, warning, info")
        return Matcher(_patterns(inner), str(severity), str(owner), _base(pattern.get("fileLocation")))
    return Matcher(_patterns(pattern))


def _base(location: object) -> str:
    """The folder of ``fileLocation: [relative, folder]`` below ``${workspaceFolder}``, which is the tree."""
    if isinstance(location, Sequence) and not isinstance(location, str) and len(location) == 2:
        return re.sub(r"^\$\{(?:workspaceFolder|workspaceRoot|cwd)\}/?", "", str(location[1]))
    return ""


def _patterns(value: object) -> tuple[LinePattern, ...]:
    many = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
    if not many:
        raise Malformed("the list of patterns is empty")
    compiled = tuple(_pattern(item, alone=len(many) == 1) for item in many)
    if any(line.loop for line in compiled[:-1]):
        raise Malformed("loop is only allowed on the last pattern")
    return compiled


def _pattern(value: object, *, alone: bool) -> LinePattern:
    told = value if isinstance(value, Mapping) else {"regexp": value}
    expression = told.get("regexp")
    if not isinstance(expression, str):
        raise Malformed(f"regexp is {expression!r}; it must be a regular expression as text")
    try:
        compiled = re.compile(_NAMED_GROUP.sub("(?P<", expression))
    except (re.error, RecursionError, OverflowError) as error:
        raise Malformed(f"regexp {expression[:80]!r} is not a regular expression: {error}") from None
    groups: dict[str, int] = {}
    for name in _GROUPS:
        group = told.get(name)
        if group is None:
            continue
        if not isinstance(group, int) or isinstance(group, bool) or not 0 <= group <= compiled.groups:
            raise Malformed(f"{name} is {group!r}; the expression has the groups 0 to {compiled.groups}")
        groups[name] = group
    if alone:
        # VS Code's own defaults for a pattern that leaves them out.
        placed = "location" in groups or "line" in groups
        defaults = {"file": 1, "message": 0} if placed else {"file": 1, "line": 2, "column": 3, "message": 0}
        if not placed and compiled.groups >= 4 and not groups:
            defaults["message"] = 4
        groups = {name: group for name, group in defaults.items() if group <= compiled.groups} | groups
    return LinePattern(compiled, groups, told.get("kind") == "file", told.get("loop") is True and not alone)


def parse_regex(inputs: Inputs) -> Report:
    """The report of a tool whose problems are found by ``inputs.pattern``.

    Warnings and infos are red when the exit status is not 0, because only the tool knows its threshold.
    """
    try:
        matcher = compile_matcher(inputs.pattern)
    except Malformed as problem:
        return unreadable(inputs, "regex", f"the pattern can not be used: {problem}")
    text = decode(inputs.report if inputs.report is not None else inputs.output)
    found = find_problems([clean(line[:_LINE_CAP]) for line in text.splitlines()], matcher, inputs)
    findings = tuple(finding for severity, finding in found if severity == "error" or inputs.exit_code != 0)
    outside = tuple(dict.fromkeys(finding.path for finding in findings if is_outside(finding.path)))
    return settle(Report(findings=findings, outside=outside), inputs, "the check")


def find_problems(lines: list[str], matcher: Matcher, inputs: Inputs) -> list[tuple[str, Finding]]:
    """(severity, finding) of every problem that ``matcher`` finds in ``lines``."""
    return [_finding(groups, matcher, inputs) for groups in _problems(lines, matcher)]


def _problems(lines: list[str], matcher: Matcher) -> list[dict[str, str]]:
    """The groups of every problem. Patterns of a problem match consecutive lines; a loop goes on while it matches."""
    found: list[dict[str, str]] = []
    *leading, last = matcher.patterns
    n = 0
    while n < len(lines):
        data: dict[str, str] = {}
        at = n
        for pattern in leading:
            groups = _groups(pattern, lines[at]) if at < len(lines) else None
            if groups is None:
                break
            data |= groups
            at += 1
        else:
            start = at
            while at < len(lines) and (groups := _groups(last, lines[at])) is not None:
                found.append(data | groups)
                at += 1
                if not last.loop:
                    break
            n = at if at > start else n + 1
            continue
        n += 1
    return found


def _groups(pattern: LinePattern, line: str) -> dict[str, str] | None:
    match = pattern.expression.search(line)
    if match is None:
        return None
    found = {name: match[group] or "" for name, group in pattern.groups.items()}
    return found | {"whole": "1"} if pattern.whole_file else found


def _finding(groups: dict[str, str], matcher: Matcher, inputs: Inputs) -> tuple[str, Finding]:
    path = in_tree(groups.get("file", ""), inputs.root, matcher.base or inputs.base)
    places = _location(groups)
    severity = _severity(groups.get("severity", ""), matcher.severity)
    said = message(groups.get("message", ""))
    rule = one_line(groups.get("code", ""))[:100] or one_line(matcher.owner)[:100] or severity
    line, column, end_line, end_column = places
    return severity, Finding(
        key=lint_key(rule, path),
        kind=Kind.LINT,
        message=said or rule,
        rule=rule,
        path=path,
        line=line,
        column=column,
        end_line=end_line,
        end_column=end_column,
    )


def _location(groups: dict[str, str]) -> tuple[int, int, int, int]:
    """(line, column, end line, end column); ``location`` is ``l``, ``l,c`` or ``l,c,el,ec``."""
    if groups.get("whole"):
        return (0, 0, 0, 0)
    if "location" in groups:
        told = [_number(part) for part in re.split(r"[,:.-]", groups["location"])[:4]]
        line, column, end_line, end_column = (*told, 0, 0, 0, 0)[:4]
        return (line, column, end_line, end_column)
    line, column, end_line, end_column = (
        _number(groups.get(name, "")) for name in ("line", "column", "endLine", "endColumn")
    )
    return (line, column, end_line, end_column)


def _number(text: str) -> int:
    digits = text.strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else 0


def _severity(told: str, default: str) -> str:
    """VS Code's reading: the word, or its first letter; anything else is the default."""
    word = told.strip().lower()
    if word in ("e", "error", "fatal", "fatal error"):
        return "error"
    if word in ("w", "warn", "warning"):
        return "warning"
    return "info" if word in ("i", "info", "information", "note", "hint") else default
