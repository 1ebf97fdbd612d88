"""What jest and vitest print → findings with the keys, messages and frames of their JUnit reports.

jest: ``FAIL src/a.test.js``, then ``● suite › test`` with the message, a quoted source and a stack. vitest: ``FAIL
file > suite > test`` with ``Error: message`` and ``❯ file:line:column`` below it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from agent_orchestrator.formats.ci_log.spans import Span
from agent_orchestrator.formats.inputs import Inputs
from agent_orchestrator.formats.junit import exception_name
from agent_orchestrator.formats.paths import in_tree, test_key
from agent_orchestrator.formats.text import message, tail
from agent_orchestrator.formats.traceback import stack
from agent_orchestrator.model.report import Finding, Kind

_FILE = r"[^\s|>]{1,500}\.[cm]?[jt]sx?"
_JEST_FILE = re.compile(rf"^ ?(FAIL|PASS|RUNS)  ?(?:\S{{1,60}} )?({_FILE})(?: \([\d.]+ m?s\))?$")
_JEST_TEST = re.compile(r"^  ● (.{1,1000})$")
_JEST_END = re.compile(r"^(?:Test Suites: |Summary of all failing tests|Snapshot Summary|Snapshots: )")
_JEST_CONSOLE = re.compile(r"^ {2}(?:console\.\w{1,20}|● Console)$")
_NOT_LOADED = "Test suite failed to run"
_VITEST_TEST = re.compile(rf"^ ?FAIL  (?:\|[^|]{{1,60}}\| )?({_FILE})(?: > (.{{1,1000}})| \[ .{{1,500}} \])$")
_VITEST_RULE = re.compile(r"^⎯{2,}")
_VITEST_ERROR = re.compile(r"^((?:[A-Z]\w{0,60})?(?:Error|Exception)\w{0,60}): (.*)$")
_QUOTED = re.compile(r"^\s*(?:>\s*)?\d{1,7} ?\|")


def jest_spans(lines: list[str], inputs: Inputs) -> Iterator[Span]:
    """One span for each failed test. The list that jest repeats at its end adds nothing new."""
    file = ""
    n = 0
    while n < len(lines):
        if match := _JEST_FILE.match(lines[n]):
            file = match[2] if match[1] == "FAIL" else ""
        elif _JEST_CONSOLE.match(lines[n]):
            # What a test printed is no failure.
            end = n + 1
            while end < len(lines) and (not lines[end].strip() or lines[end].startswith("    ")):
                end += 1
            yield Span("jest", n, end)
            n = end
            continue
        elif file and (match := _JEST_TEST.match(lines[n])):
            end = n + 1
            while end < len(lines) and not any(p.match(lines[end]) for p in (_JEST_TEST, _JEST_FILE, _JEST_END)):
                end += 1
            yield Span("jest", n, end, (_jest(file, match[1].strip(), lines[n + 1 : end], inputs),))
            n = end
            continue
        n += 1


def _jest(file: str, title: str, body: list[str], inputs: Inputs) -> Finding:
    path = in_tree(file, inputs.root, inputs.base)
    whole_file = title == _NOT_LOADED
    name = " ".join(title.split(" › "))
    first = next((line.strip() for line in body if line.strip()), "")
    # The report has the error's own text, which begins with its type; people are shown a plain error's without it.
    said = first if whole_file or exception_name("", first) else f"Error: {first}"
    return _finding(path, "" if whole_file else name, said, said, body, inputs)


def vitest_spans(lines: list[str], inputs: Inputs) -> Iterator[Span]:
    """One span for each section of a failed test; several headers in a row share the error below them."""
    headers: list[tuple[int, re.Match[str]]] = []
    n = 0
    while n < len(lines):
        if match := _VITEST_TEST.match(lines[n]):
            headers.append((n, match))
        elif headers and lines[n].strip():
            end = n
            while end < len(lines) and not _VITEST_RULE.match(lines[end]) and not _VITEST_TEST.match(lines[end]):
                end += 1
            found = tuple(_vitest(header, lines[n:end], inputs) for _, header in headers)
            yield Span("vitest", headers[0][0], end, found)
            headers, n = [], end
            continue
        n += 1


def _vitest(header: re.Match[str], body: list[str], inputs: Inputs) -> Finding:
    path = in_tree(header[1], inputs.root, inputs.base)
    first = next((line.strip() for line in body if line.strip()), "")
    typed = _VITEST_ERROR.match(first)
    said = typed[2] if typed else first
    return _finding(path, header[2] or "", said, first, body, inputs)


def _finding(path: str, name: str, said: str, typed: str, body: list[str], inputs: Inputs) -> Finding:
    shown = "\n".join(line for line in body if not _QUOTED.match(line))
    frames = stack(shown, inputs.root, inputs.base).frames
    own = [frame for frame in frames if frame.path == path]
    return Finding(
        key=test_key(path, name, inputs.root) if name else path,
        kind=Kind.TEST if name else Kind.TOP,
        message=message(said) or "failed without a message",
        rule=exception_name("", typed),
        path=path,
        line=own[-1].line if own else 0,
        title=name or path,
        output=tail("\n".join(body)),
        frames=frames,
    )
