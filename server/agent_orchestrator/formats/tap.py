"""The Test Anything Protocol, versions 12 to 14 → report (https://testanything.org/tap-version-14-specification.html).

A subtest's points are indented by four spaces and end with a point of their parent, which gives them their name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from attrs import define, evolve, field

from agent_orchestrator.formats.inputs import Inputs
from agent_orchestrator.formats.lines import printed, whole
from agent_orchestrator.formats.paths import in_tree, test_key
from agent_orchestrator.formats.settle import settle, whole_check
from agent_orchestrator.formats.tap_diagnostics import calls, diagnostics, place, said
from agent_orchestrator.formats.tests import Result, gather
from agent_orchestrator.formats.text import message, one_line, tail
from agent_orchestrator.model.report import Finding, Kind, Outcome, Report

_POINT = re.compile(r"^( *)(not )?ok\b(?: (\d{1,9}))?(.*)$")
_PLAN = re.compile(r"^( *)1\.\.(\d{1,9})(?:\s|$)")
_BAIL = re.compile(r"^ *Bail out!(.*)$", re.IGNORECASE)
_DIRECTIVE = re.compile(r"^(TODO|SKIP)", re.IGNORECASE)
# What Test::More and bats write below a failed point.
_COMMENT_PLACE = re.compile(r"\b(?:at|file) (\S{1,500}?),? line (\d{1,9})")
_SCRIPT = re.compile(r"^[^\s#]{1,500}\.(?:[cm]?[jt]sx?|t|sh|bats|pl|py|php)$")
_DEPTH_CAP = 50
#: Lines of one block of diagnostics.
_BLOCK_CAP = 2000


@define
class _Point:
    """One test point, with the points of its subtest and the lines that explain it."""

    name: str
    ok: bool
    directive: str
    children: list[_Point]
    told: dict[str, str] = field(factory=dict)
    comments: list[str] = field(factory=list)

    @property
    def red(self) -> bool:
        """Whether it failed and was not expected to."""
        return not self.ok and not self.directive


@define
class _Document:
    """The points read so far by depth that no parent has taken yet, and the plans by depth."""

    points: dict[int, list[_Point]] = field(factory=dict)
    plans: dict[int, int] = field(factory=dict)
    problems: list[str] = field(factory=list)
    planned: bool = False

    def close(self, depth: int) -> list[_Point]:
        """Take the points of ``depth`` and below, checked against their plan."""
        deeper = sorted(level for level in self.points if level > depth)
        taken = self.points.pop(depth, []) + [point for level in deeper for point in self.points.pop(level)]
        plan = self.plans.pop(depth, None)
        if plan is not None and plan != len(taken):
            self.problems.append(f"{plan} tests were planned, but {len(taken)} were told.")
        for level in [level for level in self.plans if level > depth]:
            del self.plans[level]
        return taken


def parse_tap(inputs: Inputs) -> Report:
    """The report of one TAP stream. A failing TODO is a skip, as is what was skipped; a stream without a plan, with
    other points than planned, or that bailed out is incomplete.
    """
    document = _read(printed(inputs))
    tops = document.close(0)
    report = gather(result for point in tops for result in _results(point, (), "", inputs))
    problems = list(document.problems)
    if not document.planned:
        problems.append("the output has no TAP plan, so it did not reach its end.")
    elif not tops and not inputs.exit_code:
        report = evolve(report, findings=(whole_check(inputs, "the tests without a test"),))
    told = tuple(f"tap: {problem}" for problem in dict.fromkeys(problems))
    return settle(evolve(report, problems=told, complete=not told), inputs, "the check")


def find_tap(lines: list[str], inputs: Inputs) -> list[Finding]:
    """What is red in the lines of one stream."""
    results = (result for point in _read(lines).close(0) for result in _results(point, (), "", inputs))
    return [finding for *_, finding in results if finding is not None]


def _read(lines: list[str]) -> _Document:
    document = _Document()
    last: _Point | None = None
    n = 0
    while n < len(lines):
        line = lines[n]
        n += 1
        if match := _POINT.match(line):
            last = _point(match, document)
        elif match := _PLAN.match(line):
            document.plans[_depth(match[1])] = int(match[2])
            document.planned = True
        elif match := _BAIL.match(line):
            document.problems.append(f"the tests bailed out: {message(match[1]) or 'no reason was given'}")
        elif last is not None and line.strip() == "---":
            indent = len(line) - len(line.lstrip())
            end = next((m for m in range(n, min(n + _BLOCK_CAP, len(lines))) if lines[m].strip() == "..."), n)
            last.told = diagnostics([text[indent:] for text in lines[n:end]])
            n = max(end, n)
        elif last is not None and line.lstrip().startswith("#"):
            last.comments.append(line.strip().lstrip("# "))
    return document


def _depth(indent: str) -> int:
    return min(len(indent) // 4, _DEPTH_CAP)


def _point(match: re.Match[str], document: _Document) -> _Point:
    depth = _depth(match[1])
    text, _, comment = match[4].replace("\\\\", "\\").replace("\\#", "\0").partition("#")
    directive = _DIRECTIVE.match(comment.strip())
    name = one_line(text.replace("\0", "#").strip().removeprefix("- ")) or f"test {match[3] or ''}".strip()
    point = _Point(name, not match[2], directive[1].upper() if directive else "", document.close(depth + 1))
    document.points.setdefault(depth, []).append(point)
    return point


def _results(point: _Point, above: tuple[str, ...], file: str, inputs: Inputs) -> Iterator[Result]:
    """The results of a point and of its subtest. A point that only sums up its subtest has none of its own."""
    if not above and not file and _SCRIPT.match(point.name):
        file = in_tree(point.name, inputs.root, inputs.base)
        names: tuple[str, ...] = ()
    else:
        names = (*above, point.name)
    for child in point.children:
        yield from _results(child, names, file, inputs)
    if point.children and (not point.red or any(_is_red(child) for child in point.children)):
        return
    key = test_key(file, " > ".join(names), inputs.root) if names else file
    outcome = Outcome.SKIP if point.directive and not (point.ok and point.directive == "TODO") else Outcome.PASS
    if not point.red:
        yield key, file, outcome, None
        return
    finding = _finding(point, key, file, inputs)
    yield key, file or finding.path, Outcome.FAIL, finding


def _is_red(point: _Point) -> bool:
    return point.red or (not point.directive and any(_is_red(child) for child in point.children))


def _finding(point: _Point, key: str, file: str, inputs: Inputs) -> Finding:
    comments = "\n".join(point.comments[:200])
    shown = calls(point.told, inputs)
    path, line = place(point.told, inputs)
    if not path and (match := _COMMENT_PLACE.search(comments)):
        path, line = in_tree(match[1], inputs.root, inputs.base), whole(match[2])
    own = [frame for frame in shown.frames if frame.path == (file or path)]
    if own:
        path, line = own[-1].path, own[-1].line
    elif not path and shown.frames:
        path, line = shown.frames[-1].path, shown.frames[-1].line
    return Finding(
        key=key,
        kind=Kind.TEST,
        message=message(said(point.told) or comments.partition("\n")[0] or point.name),
        rule=one_line(point.told.get("name", ""))[:100],
        path=path or file,
        line=line,
        title=point.name,
        output=tail("\n".join(part for part in (said(point.told), point.told.get("stack", ""), comments) if part)),
        frames=shown.frames,
    )
