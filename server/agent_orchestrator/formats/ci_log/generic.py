"""Problems of tools that nobody taught us → findings, where their shape is one that many tools share.

Shapes: ``path:line:column: text``, ``path:line: text``, ``path(line,column): text``, a file's name with ``line:column
text`` indented below it, and an arrow or a frame with ``path:line:column`` below a title (rustc, miette).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from attrs import frozen

from agent_orchestrator.formats.ci_log.spans import Span
from agent_orchestrator.formats.inputs import Inputs
from agent_orchestrator.formats.lines import whole
from agent_orchestrator.formats.paths import in_tree, lint_key
from agent_orchestrator.formats.text import message
from agent_orchestrator.model.report import Finding, Kind

_PATH = r"(?:[\w@.+~-]{1,200}/|/){0,40}[\w@.+~\[\]()-]{0,200}"
_NAMED = rf"(?P<path>{_PATH}(?:\.[A-Za-z]\w{{0,12}}|(?:Make|Docker|Rake|Gem|Jenkins|Just)file))"
_LINE = re.compile(
    rf"^(?:\s{{0,12}}|[\w -]{{1,40}}: |\[\w{{1,8}}\] )?{_NAMED}(?::|, line |:L?|: line )"
    r"(?P<line>\d{1,9})(?:(?:[:.,-]|, col(?:umn)? )(?P<column>\d{1,9}))?"
    r"(?:[:.-]\d{1,9}){0,2}(?::|,| -| –)?\s+(?P<said>\S.*)$"
)
_PARENTHESES = re.compile(
    rf"^\s{{0,12}}{_NAMED}\((?P<line>\d{{1,9}})(?:[,:](?P<column>\d{{1,9}}))?[^)]{{0,30}}\)\s?:? (?P<said>\S.*)$"
)
_HEADER = re.compile(rf"^{_NAMED}:?$")
_BELOW = re.compile(r"^\s{1,12}(?P<line>\d{1,9}):(?P<column>\d{1,9})(?:-\d{1,9}(?::\d{1,9})?)?:?\s+(?P<said>\S.*)$")
_BARE = re.compile(rf"^\s{{0,12}}{_NAMED}:(?P<line>\d{{1,9}})(?::(?P<column>\d{{1,9}}))?$")
_QUOTED = re.compile(r"^\s{0,12}>?\s{0,6}\d{1,7} ?[:|│]")
_EXAMPLE = re.compile(rf'^File "{_NAMED}", line (?P<line>\d{{1,9}}), in (?P<column>)\S+$')
_ARROW = re.compile(
    rf"^\s{{0,12}}(?:-->|Location:|[╭┌,][─-]+\[?) ?{_NAMED}:(?P<line>\d{{1,9}})(?::(?P<column>\d{{1,9}}))?\]?\s*[─-]*$"
)
_SEVERITY = re.compile(
    r"^[\[(]?(?P<word>fatal error|fatal|error|err|warning|warn|note|info|information|hint|help|style|remark|debug"
    r"|[EWCRFI])\b"
    r"[\])]?(?:[:\s]|(?=[\[(]))\s*",
    re.IGNORECASE,
)
_MARKS = {"✖": "error", "×": "error", "✗": "error", "⚠": "warning", "!": "warning", "ℹ": "info", "x": "error"}
_CODE = re.compile(r"^[\[(]?([A-Z]{1,10}-?\d{1,6}|[a-z]+(?:[-/][a-z0-9]+)+)[\])]?:?\s")
_TRAILING = re.compile(r"\s[\[(]([\w./@-]{2,80})[\])]$|\s{2,}([\w@-]+(?:[/-][\w-]+)*)$")
_PYTHON_WARNING = re.compile(r"^\w{1,60}Warning: ")
#: What is only told beside a problem.
_QUIET = ("note", "info", "information", "hint", "help", "remark", "debug")


@frozen
class Problem:
    """One problem with the lines it takes."""

    start: int
    end: int
    severity: str
    finding: Finding


def generic_spans(lines: list[str], inputs: Inputs) -> Iterator[Span]:
    """One span per problem. Warnings are red where the step shows no error, because something made it fail."""
    found = [*_problems(lines, inputs)]
    errors = any(problem.severity == "error" for problem in found)
    for problem in found:
        red = problem.severity == "error" or (problem.severity == "warning" and not errors)
        yield Span("", problem.start, problem.end, (problem.finding,) if red else ())


def _problems(lines: list[str], inputs: Inputs) -> Iterator[Problem]:
    file = ""
    for n, line in enumerate(lines):
        if not line.strip():
            file = ""
        elif match := _HEADER.match(line):
            file = match["path"]
        elif file and (match := _BELOW.match(line)):
            yield _problem(match, file, match["said"], (n, n + 1), inputs)
        elif match := _ARROW.match(line):
            title = _title(lines, n)
            if title:
                yield _problem(match, match["path"], title, (n, n + 1), inputs)
        elif (match := _BARE.match(line)) and any(_QUOTED.match(text) for text in lines[n + 1 : n + 3]):
            yield _problem(match, match["path"], _title(lines, n - 1) or "failed", (n, n + 1), inputs)
        elif (match := _EXAMPLE.match(line)) and lines[n + 1 : n + 2] == ["Failed example:"]:
            yield _problem(match, match["path"], "".join(lines[n + 2 : n + 3]).strip(), (n, n + 1), inputs)
        elif ("." in line or "file" in line) and (match := _LINE.match(line) or _PARENTHESES.match(line)):
            # Below a ruled title stands what is wrong, behind a mark.
            below = next((text for text in lines[n + 1 : n + 4] if text.strip()), "") if line.endswith("━━") else ""
            yield _problem(match, match["path"], below or match["said"], (n, n + 1), inputs)


def _title(lines: list[str], at: int) -> str:
    """The first line of the paragraph above an arrow, of at most six lines."""
    above = [lines[n].strip() for n in range(max(at - 6, 0), max(at, 0))]
    while above and not above[-1]:
        above.pop()
    start = next((n + 1 for n in range(len(above) - 1, -1, -1) if not above[n]), 0)
    return above[start] if start < len(above) else ""


def _problem(match: re.Match[str], file: str, said: str, lines: tuple[int, int], inputs: Inputs) -> Problem:
    severity, text = _severity(said.strip())
    path = in_tree(file, inputs.root, inputs.base)
    code = _CODE.match(text)
    trailing = _TRAILING.search(text[-120:])
    rule = code[1] if code else (trailing[1] or trailing[2]) if trailing else severity
    column = whole(match["column"] or "")
    finding = Finding(
        key=lint_key(rule, path),
        kind=Kind.LINT,
        message=message(text) or rule,
        rule=rule,
        path=path,
        line=whole(match["line"]),
        column=column,
    )
    return Problem(lines[0], lines[1], severity, finding)


def _severity(said: str) -> tuple[str, str]:
    """(error, warning or quiet; the rest of the text). A text without a word for it is an error."""
    mark = _MARKS.get(said[:1]) if said[1:2] in (" ", "") else None
    if mark is not None:
        return ("quiet" if mark in _QUIET else mark), said[1:].strip()
    if _PYTHON_WARNING.match(said):
        return "warning", said
    match = _SEVERITY.match(said)
    if match is None:
        return "error", said
    word = match["word"].lower()
    rest = said[match.end() :].strip() or said
    if word in _QUIET:
        return "quiet", rest
    return ("warning" if word in ("warning", "warn", "style", "w") else "error"), rest
