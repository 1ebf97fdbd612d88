"""``python -m unittest -v`` → report, from its text output.

Python 3.8 to 3.13 write one line per test (``test_x (pkg.mod.Class.test_x) ... ok``; before 3.11 without the last
name), then one section per failure, then ``Ran N tests`` and ``OK`` or ``FAILED (…)``.
"""

from __future__ import annotations

import re
from itertools import pairwise

from attrs import evolve, frozen

from agent_orchestrator.formats.inputs import Inputs
from agent_orchestrator.formats.junit import exception_name
from agent_orchestrator.formats.paths import in_tree, test_key
from agent_orchestrator.formats.settle import settle, whole_check
from agent_orchestrator.formats.tests import Result, gather
from agent_orchestrator.formats.text import clean, decode, message, tail
from agent_orchestrator.formats.traceback import stack
from agent_orchestrator.model.report import Finding, Kind, Outcome, Report

_BAR = "=" * 70
_LINE_CAP = 4000
_NAME = r"(?P<name>\w+|\w[\w.]*) \((?P<owner>[\w.<>]+)\)"
_TEST = re.compile(rf"^ *{_NAME}(?P<rest>.*)$")
# Before 3.11 a test whose sub-tests failed has no status, and the next test goes on in its line.
_LAST_TEST = re.compile(rf"(?<![\w.]){_NAME}(?= \.\.\. |$)")
HEADING = re.compile(rf"^(?P<sort>FAIL|ERROR|UNEXPECTED SUCCESS): {_NAME}(?P<sub>.*)$")
_STATUS = re.compile(r"(ok|FAIL|ERROR|skipped (?:'.*'|\".*\")|expected failure|unexpected success)$")
_RAN = re.compile(r"^Ran (\d{1,9}) tests? in ")
_TOTALS = re.compile(r"^FAILED \((.*)\)$")
_TOTAL = re.compile(r"(?:^|, )(failures|errors)=(\d{1,9})")
_RED = ("FAIL", "ERROR", "unexpected success")


@frozen
class _Test:
    """A test as unittest names it. ``whole`` is set for what stands for a whole module or class."""

    file: str
    names: tuple[str, ...]
    whole: bool


def parse_unittest(inputs: Inputs) -> Report:
    """The report of one run; every test needs its own line, so the check has to run with ``-v`` (and ``-b``, so that
    tests do not write between the lines).
    """
    lines = [line[:_LINE_CAP] for line in clean(decode(inputs.output)).split("\n")]
    first = next((n for n, line in enumerate(lines) if line.startswith(_BAR)), len(lines))
    results = [*_progress(lines[:first], inputs), *read_sections(lines[first:], inputs)]
    report = gather(results)
    ran = next((int(match[1]) for line in reversed(lines) if (match := _RAN.match(line))), None)
    problems: list[str] = []
    told = {key for key, _, outcome, _ in results if outcome is not None}
    if ran is None:
        problems.append("unittest: the output has no line `Ran N tests`, so it did not reach its end.")
    elif ran == 0:
        problems.append("unittest ran no tests; no tests are not green.")
        report = evolve(report, findings=report.findings or (whole_check(inputs, "unittest without tests"),))
    elif len(told) + _whole_modules(report) < ran:
        problems.append(f"unittest ran {ran} tests, but only {len(told)} can be read; run it with -v and -b.")
    promised = _promised(lines)
    read = sum(line.startswith(("FAIL: ", "ERROR: ")) for line in lines[first:])
    if promised > read:
        problems.append(f"unittest counted {promised} failures, but its output shows {read}.")
    return settle(evolve(report, problems=tuple(problems), complete=not problems), inputs, "unittest")


def _whole_modules(report: Report) -> int:
    """Modules that could not be loaded are counted by unittest as one test each."""
    return sum(finding.kind is Kind.TOP for finding in report.findings)


def _promised(lines: list[str]) -> int:
    totals = next((match[1] for line in reversed(lines) if (match := _TOTALS.match(line))), "")
    return sum(int(count) for _, count in _TOTAL.findall(totals))


def _test(name: str, owner: str, inputs: Inputs) -> _Test:
    """The test that ``name (owner)`` stands for; owner ends with the name from Python 3.11 on."""
    parts = owner.split(".")
    if parts[:3] == ["unittest", "loader", "_FailedTest"] or name in ("setUpModule", "tearDownModule"):
        module = name.split(".") if "_FailedTest" in parts else parts
        return _Test(in_tree("/".join(module) + ".py", inputs.root, inputs.base), (), True)
    if parts[-1] == name and len(parts) > 2:
        parts = parts[:-1]
    if name in ("setUpClass", "tearDownClass"):
        return _Test(in_tree("/".join(parts[:-1]) + ".py", inputs.root, inputs.base), (parts[-1],), True)
    at = next((n for n, part in enumerate(parts) if part[:1].isupper()), len(parts) - 1)
    file = in_tree("/".join(parts[:at]) + ".py", inputs.root, inputs.base) if at > 0 else ""
    return _Test(file, (*(part for part in parts[at:] if part != "<locals>"), name), False)


def _progress(lines: list[str], inputs: Inputs) -> list[Result]:
    """One result per test line. The status may stand some lines below (a docstring, output of the test)."""
    results: list[Result] = []
    current: _Test | None = None
    for line in lines:
        if match := next(reversed([*_LAST_TEST.finditer(line)]), None) or _TEST.match(line):
            current = _test(match["name"], match["owner"], inputs)
        status = _STATUS.search(line)
        if current is None or status is None or current.whole:
            continue
        key = test_key(current.file, "::".join(current.names), inputs.root)
        red = status[1].startswith(_RED)
        skip = status[1].startswith(("skipped", "expected"))
        outcome = Outcome.FAIL if red else Outcome.SKIP if skip else Outcome.PASS
        finding = None
        if status[1] == "unexpected success":
            said = "the test is marked as an expected failure, but it passed"
            finding = Finding(key=key, kind=Kind.TEST, message=said, rule="UnexpectedSuccess", path=current.file)
        results.append((key, current.file, outcome, finding))
        if not line.startswith("  "):  # an indented line is one sub-test; the test's own status may follow
            current = None
    return results


def read_sections(lines: list[str], inputs: Inputs) -> list[Result]:
    """One result per section of a failure in ``lines``."""
    results: list[Result] = []
    heads = [n for n, line in enumerate(lines) if HEADING.match(line) and n and lines[n - 1].startswith(_BAR)]
    for start, end in pairwise([*heads, len(lines)]):
        heading = HEADING.match(lines[start])
        if heading is None or heading["sort"] == "UNEXPECTED SUCCESS":
            continue
        body = [line for line in lines[start + 1 : end] if not line.startswith((_BAR, "-" * 70))]
        results.append(_section(heading, body, inputs))
    return results


def _section(heading: re.Match[str], body: list[str], inputs: Inputs) -> Result:
    test = _test(heading["name"], heading["owner"], inputs)
    text = "\n".join(body)
    frames = stack(text, inputs.root, inputs.base).frames
    said = _exception_line(body)
    key = test.file if test.whole else test_key(test.file, "::".join(test.names), inputs.root)
    own = [frame for frame in frames if frame.path == test.file]
    where = own[-1] if own else frames[-1] if frames else None
    finding = Finding(
        key=key,
        kind=Kind.TOP if test.whole else Kind.TEST,
        message=message(said),
        rule=exception_name("", said),
        path=test.file or (where.path if where else ""),
        line=where.line if where and where.path == test.file else 0,
        title=heading["name"] + heading["sub"],
        output=tail(text),
        frames=frames,
    )
    return key, test.file, None if test.whole else Outcome.FAIL, finding


def _exception_line(body: list[str]) -> str:
    """The exception's own lines: what follows the last frame of the last traceback without an indent."""
    last = max((n for n, line in enumerate(body) if line.startswith('  File "')), default=-1)
    for n in range(last + 1, len(body)):
        if body[n][:1].strip():
            return body[n]
    return next((line for line in body if line.strip()), "failed without a message")
