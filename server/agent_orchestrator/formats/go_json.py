"""``go test -json`` → report (``go doc test2json``), and the plain errors that go prints between its events.

From Go 1.24 on errors of the compiler are events too (``build-output``, ``build-fail``); before, they are plain text.
"""

from __future__ import annotations

import re

from attrs import define, evolve, field

from agent_orchestrator.formats.go_package import Packages
from agent_orchestrator.formats.go_text import HEADING, Test, build_errors, test_finding
from agent_orchestrator.formats.inputs import Inputs
from agent_orchestrator.formats.json_text import Malformed, load, mapping, text
from agent_orchestrator.formats.lines import printed
from agent_orchestrator.formats.settle import settle, whole_check
from agent_orchestrator.formats.tests import Result, gather
from agent_orchestrator.formats.text import clean, message, tail
from agent_orchestrator.model.report import Finding, Kind, Outcome, Report

_ENDS = {"pass": Outcome.PASS, "fail": Outcome.FAIL, "skip": Outcome.SKIP}
_HEADER = re.compile(r"^# (\S{1,500}?)(?:_test)?(?: \[.*\])?$")
_SETUP = re.compile(r"^FAIL\s+(\S{1,500}) \[(?:build|setup) failed\]$")


@define
class _Events:
    """What the events said: how each test ended and what it printed, and what was printed for a package or a build."""

    ended: dict[tuple[str, str], str] = field(factory=dict)
    begun: dict[tuple[str, str], None] = field(factory=dict)
    output: dict[tuple[str, str], list[str]] = field(factory=dict)
    builds: dict[str, list[str]] = field(factory=dict)
    unbuilt: set[str] = field(factory=set)

    def take(self, event: dict[str, object]) -> None:
        """Fold one event in."""
        action, key = text(event.get("Action")), (text(event.get("Package"))[:500], text(event.get("Test"))[:500])
        said = clean(text(event.get("Output"))[:4000]).rstrip("\n")
        if action == "build-output":
            self.builds.setdefault(text(event.get("ImportPath")).partition(" ")[0], []).append(said)
        elif action == "output":
            self.output.setdefault(key, []).append(said)
            if match := _SETUP.match(said):
                self.unbuilt.add(match[1])
        elif action in ("run", "start"):
            self.begun[key] = None
        elif action in _ENDS:
            self.ended[key] = action
            if failed := text(event.get("FailedBuild")):
                self.unbuilt.add(failed.partition(" ")[0])


def parse_go_json(inputs: Inputs) -> Report:
    """The report of one run. A package that could not be built, or that ended without a failed test, is ⊤."""
    events, plain, read = _Events(), [], 0
    for line in printed(inputs):
        event = _event(line)
        if event is None:
            plain.append(line)
        else:
            events.take(event)
            read += 1
    packages = Packages(names={package for package, _ in events.begun | events.ended if package})
    everything = [line for lines in events.output.values() for line in lines]
    packages.learn([*plain, *everything, *(line for lines in events.builds.values() for line in lines)], inputs)
    tops = _unbuilt(events, plain, packages, inputs)
    results = [*tops, *_tests(events, packages, inputs)]
    results += _packages(events, {key for key, *_ in results}, inputs)
    report = gather(results)
    # Errors of one package share its key; all of them are told.
    known = set(report.findings)
    others = tuple(top for _, _, _, top in tops if top is not None and top not in known)
    report = evolve(report, findings=(*report.findings, *others))
    problems = [] if read else ["go-json: the output has no event; run `go test -json`."]
    left = sorted({package for package, _ in events.begun} - {package for package, name in events.ended if not name})
    problems += [f"go-json: the package {name} did not reach its end." for name in left[:5]]
    if read and not report.outcomes and not report.findings and not inputs.exit_code:
        report = evolve(report, findings=(whole_check(inputs, "go test without tests"),))
    return settle(evolve(report, problems=tuple(problems), complete=not problems), inputs, "go test")


def _event(line: str) -> dict[str, object] | None:
    if not line.startswith("{"):
        return None
    try:
        event = mapping(load(line.encode("utf-8", errors="replace")))
    except Malformed:
        return None
    return event if text(event.get("Action")) else None


def _unbuilt(events: _Events, plain: list[str], packages: Packages, inputs: Inputs) -> list[Result]:
    sections = dict(events.builds)
    package = ""
    for line in plain:
        if match := _HEADER.match(line):
            package = match[1]
        elif package:
            sections.setdefault(package, []).append(line)
    found: list[Result] = []
    for name, lines in sections.items():
        found += [(f.key, f.path, None, f) for f in build_errors(name.removesuffix(".test"), lines, packages, inputs)]
    return found


def _tests(events: _Events, packages: Packages, inputs: Inputs) -> list[Result]:
    """One result per test; a test that failed only through its subtests is told by them."""
    ended = dict(events.ended)
    for test in events.begun:
        # A panic or an exit ends the process before the test's own end.
        if test[1] and test not in ended:
            ended[test] = "fail"
    red = {key for key, action in ended.items() if action == "fail" and key[1]}
    parents = {(package, name[:n]) for package, name in red for n, letter in enumerate(name) if letter == "/"}
    found: list[Result] = []
    for (package, name), action in ended.items():
        if not name:
            continue
        key = f"{package}::{name}"
        if action != "fail":
            found.append((key, "", _ENDS[action], None))
        elif (package, name) not in parents:
            lines = [line for line in events.output.get((package, name), []) if not HEADING.match(line)]
            finding = test_finding(Test(package, name, lines), packages, inputs)
            found.append((key, finding.path, Outcome.FAIL, finding))
    return found


def _packages(events: _Events, told: set[str], inputs: Inputs) -> list[Result]:
    """Packages that failed without a test or an error that says why (``TestMain``, ``os.Exit``, a failed set-up)."""
    found: list[Result] = []
    blamed = {key.partition("::")[0] for key in told}
    for (package, name), action in events.ended.items():
        if name or action != "fail" or (package in blamed and package not in events.unbuilt):
            continue
        lines = events.output.get((package, ""), [])
        said = (
            next((line for line in lines if line.strip() and not line.startswith("FAIL")), "") or "the package failed"
        )
        finding = Finding(
            key=package,
            kind=Kind.TOP,
            message=message(said),
            rule="build",
            title=package,
            output=tail("\n".join(lines)),
        )
        if package not in told:
            found.append((package, "", None, finding))
    return found
