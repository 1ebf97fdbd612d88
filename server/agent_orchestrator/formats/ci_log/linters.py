"""What ruff, mypy, eslint and tsc print for people → findings like those of their reports."""

from __future__ import annotations

import re
from collections.abc import Iterator

from attrs import evolve

from agent_orchestrator.formats.ci_log.spans import Span
from agent_orchestrator.formats.inputs import Inputs
from agent_orchestrator.formats.lines import whole
from agent_orchestrator.formats.matchers import ESLINT_STYLISH, TYPESCRIPT
from agent_orchestrator.formats.mypy import read_line
from agent_orchestrator.formats.paths import in_tree, lint_key
from agent_orchestrator.formats.regex import compile_matcher, find_problems
from agent_orchestrator.formats.text import message
from agent_orchestrator.model.report import Finding, Kind

_RUFF_LINE = re.compile(
    r"^([^\s:][^:]{0,500}):(?:cell \d{1,6}:)?(\d{1,9}):(\d{1,9}): "
    r"(?:([A-Z]{1,6}\d{1,5})(?: \[\*\])?|(SyntaxError|invalid-syntax)):? (.+)$"
)
_RUFF_HEAD = re.compile(r"^(?:([A-Z]{1,6}\d{1,5})(?: \[\*\])?|(invalid-syntax|SyntaxError):) (.+)$")
_RUFF_ARROW = re.compile(r"^ *--> ([^\s:][^:]{0,500}):(?:cell \d{1,6}:)?(\d{1,9}):(\d{1,9})$")
_RUFF_FILE = re.compile(r"^([^\s:][^:]{0,500}\.(?:pyi?|ipynb)):$")
_RUFF_GROUPED = re.compile(
    r"^ {2,12}(\d{1,9}):(\d{1,9}) +(?:([A-Z]{1,6}\d{1,5})(?: \[\*\])?|(SyntaxError:|invalid-syntax:)) (.+)$"
)
_RUFF_END = re.compile(r"^Found \d{1,9} errors?(?:\.| \()")
_STYLISH = compile_matcher(ESLINT_STYLISH)
_STYLISH_LINE = re.compile(r"^\s+\d{1,9}:\d{1,9}\s+(?:error|warning)\s")
_COMPACT = compile_matcher(
    {
        "owner": "eslint",
        "pattern": {
            "regexp": r"^(.{1,500}?): line (\d+), col (\d+), (Error|Warning) - (.+?)(?: \(([^\s()]+)\))?$",
            "file": 1,
            "line": 2,
            "column": 3,
            "severity": 4,
            "message": 5,
            "code": 6,
        },
    }
)
_UNIX = compile_matcher(
    {
        "owner": "eslint",
        "pattern": {
            "regexp": r"^(.{1,500}?):(\d+):(\d+): (.+) \[(Error|Warning)(?:/([^\]]+))?\]$",
            "file": 1,
            "line": 2,
            "column": 3,
            "message": 4,
            "severity": 5,
            "code": 6,
        },
    }
)
_TSC = compile_matcher(TYPESCRIPT)
_TOO_MANY = re.compile(r"^ESLint found too many warnings")
_MYPY_FOUND = re.compile(r"^Found \d{1,9} errors? in \d{1,9} files? \((errors prevented further checking)?")


def ruff_spans(lines: list[str], inputs: Inputs) -> Iterator[Span]:
    """Runs of ruff, each known by its count at the end; flake8 prints the same lines, and no count."""
    start = 0
    for end, line in enumerate(lines):
        if not _RUFF_END.match(line):
            continue
        found = tuple(_ruff(lines[start:end], inputs))
        first = next((n for n in range(start, end) if _is_ruff(lines[n])), end)
        if found:
            yield Span("ruff", first, end + 1, found)
        start = end + 1


def _is_ruff(line: str) -> bool:
    return any(pattern.match(line) for pattern in (_RUFF_LINE, _RUFF_HEAD, _RUFF_FILE))


def _ruff(lines: list[str], inputs: Inputs) -> Iterator[Finding]:
    file = ""
    for n, line in enumerate(lines):
        if match := _RUFF_LINE.match(line):
            yield _ruff_finding(match[4] or "", match[5] or "", match[6], (match[1], match[2], match[3]), inputs)
        elif (match := _RUFF_HEAD.match(line)) and n + 1 < len(lines) and (place := _RUFF_ARROW.match(lines[n + 1])):
            yield _ruff_finding(match[1] or "", match[2] or "", match[3], (place[1], place[2], place[3]), inputs)
        elif match := _RUFF_FILE.match(line):
            file = match[1]
        elif file and (match := _RUFF_GROUPED.match(line)):
            yield _ruff_finding(
                match[3] or "", (match[4] or "").rstrip(":"), match[5], (file, match[1], match[2]), inputs
            )


def _ruff_finding(code: str, broken: str, said: str, place: tuple[str, str, str], inputs: Inputs) -> Finding:
    path = in_tree(place[0], inputs.root, inputs.base)
    top = not code or code == "E999"
    # Before 0.9 the report has the name of the error before its message.
    text = f"{broken}: {said}" if broken == "SyntaxError" and not said.startswith("SyntaxError") else said
    rule = code or "invalid-syntax"
    return Finding(
        key=path if top else lint_key(rule, path),
        kind=Kind.TOP if top else Kind.LINT,
        message=message(text),
        rule=rule,
        path=path,
        line=whole(place[1]),
        column=whole(place[2]),
    )


def mypy_spans(lines: list[str], inputs: Inputs) -> Iterator[Span]:
    """One span for each line of mypy; those of Python files alone, because compilers of C print the same."""
    ended = [match for line in lines if (match := _MYPY_FOUND.match(line))]
    blocked = any(match[1] for match in ended)
    for n, line in enumerate(lines):
        read = read_line(line, inputs) if ".py" in line else None
        if read is None or not read[1].path.endswith((".py", ".pyi")):
            continue
        severity, finding = read
        if severity == "note":
            yield Span("mypy", n, n + 1)
            continue
        stopped = blocked or finding.rule == "syntax"
        told = evolve(finding, key="", kind=Kind.TOP, title="mypy could not check the tree") if stopped else finding
        yield Span("mypy", n, n + 1, (told,))


def eslint_spans(lines: list[str], inputs: Inputs) -> Iterator[Span]:
    """The formats stylish, compact and unix. Warnings are red where eslint says that there are too many."""
    too_many = any(_TOO_MANY.match(line) for line in lines)
    n = 0
    while n < len(lines):
        end = n + 1
        if lines[n][:1] in ("/", ".") and end < len(lines) and _STYLISH_LINE.match(lines[end]):
            while end < len(lines) and _STYLISH_LINE.match(lines[end]):
                end += 1
            found = find_problems(lines[n:end], _STYLISH, inputs)
        else:
            line = lines[n]
            found = find_problems([line], _COMPACT, inputs) if ", col " in line else []
            if not found and line.endswith("]") and ("[Error" in line or "[Warning" in line):
                found = find_problems([line], _UNIX, inputs)
        if found:
            red = tuple(finding for severity, finding in found if severity == "error" or too_many)
            yield Span("eslint", n, end, red)
        n = end


def tsc_spans(lines: list[str], inputs: Inputs) -> Iterator[Span]:
    """Errors of the TypeScript compiler, plain and pretty."""
    for n, line in enumerate(lines):
        if ": error TS" not in line and " - error TS" not in line:
            continue
        found = find_problems([line], _TSC, inputs)
        yield Span("tsc", n, n + 1, tuple(finding for severity, finding in found if severity == "error"))
