"""JUnit XML of any tool → report."""

from __future__ import annotations

import re
from itertools import takewhile

from attrs import evolve, frozen

from agent_orchestrator.formats.inputs import Inputs
from agent_orchestrator.formats.json_text import Malformed
from agent_orchestrator.formats.junit_xml import Case, cases
from agent_orchestrator.formats.paths import in_tree, is_outside, test_key
from agent_orchestrator.formats.settle import settle, unreadable
from agent_orchestrator.formats.tests import gather
from agent_orchestrator.formats.text import message, one_line, tail
from agent_orchestrator.formats.traceback import stack
from agent_orchestrator.model.report import Finding, Kind, Outcome, Report

_SCRIPT = re.compile(r"\.[cm]?[jt]sx?$")
_DOTTED = re.compile(r"^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*$")
_TEST_MODULE = re.compile(r"^(?:test(?:s|_.*)?|.*_tests?)$")
_EXCEPTION = re.compile(r"^((?:[A-Za-z_]\w*\.)*\w*(?:Error|Exception|Warning|Exit|Interrupt|Failed|Timeout))(?::|$)")
_FIXTURE = re.compile(r'^failed on (?:setup|teardown) with "(.*?)"?$', re.DOTALL)
# What pytest and jest-junit write for a file that could not be loaded at all.
_NOT_LOADED = ("collection failure", "Test suite failed to run")


@frozen
class Place:
    """Where a case lives: its file relative to the tree (empty when not told), and the names inside the file."""

    file: str
    names: tuple[str, ...]


def parse_junit(inputs: Inputs) -> Report:
    """The report of a tool that wrote JUnit XML to ``inputs.report``, or to standard output."""
    data = inputs.report if inputs.report is not None else inputs.output
    try:
        found = cases(data)
    except Malformed as problem:
        missing = inputs.report is None
        return unreadable(inputs, "junit", "no report was written" if missing else str(problem))
    report = evolve(gather(case_result(case, inputs) for case in found), outside=outside_paths(found, inputs))
    return settle(report, inputs, "the check")


def case_result(case: Case, inputs: Inputs) -> tuple[str, str, Outcome | None, Finding | None]:
    """(key, file, outcome, finding) of one case; outcome None means that a whole file could not be loaded."""
    where = place(case, inputs)
    key = test_key(where.file, "::".join(where.names), inputs.root)
    if not case.result:
        return key, where.file, Outcome.PASS, None
    if case.result == "skipped":
        return key, where.file, Outcome.SKIP, None
    whole = _is_whole_file(case, where)
    scope = (where.file or key) if whole else key
    calls = stack(case.text, inputs.root, inputs.base)
    said = red_message(case)
    own = [frame for frame in calls.frames if frame.path == where.file]
    finding = Finding(
        key=scope,
        kind=Kind.TOP if whole else Kind.TEST,
        message=message(said),
        rule=exception_name(case.type, said),
        path=where.file or (calls.frames[-1].path if calls.frames else ""),
        line=own[-1].line if own else case.line,
        title=one_line(case.name),
        output=tail("\n".join(part for part in (case.text, case.output) if part.strip())),
        frames=calls.frames,
    )
    return scope, where.file, None if whole else Outcome.FAIL, finding


def place(case: Case, inputs: Inputs) -> Place:
    """The file and the names of a case, from its ``file``, its class name, or its suite, in that order."""
    classname, name = one_line(case.classname), one_line(case.name)
    if told := case.file or case.suite_file:
        file = in_tree(told, inputs.root, inputs.base)
        return Place(file, (*_inside(classname, file), _spaced(classname, name, file)))
    for candidate in (classname, one_line(case.suite), name if case.result else ""):
        if _SCRIPT.search(candidate):
            file = in_tree(candidate, inputs.root, inputs.base)
            return Place(file, (_spaced(classname, name, file),))
    dotted = classname or name
    if _DOTTED.match(dotted) and (module := _module(dotted.split("."))):
        file = in_tree("/".join(module) + ".py", inputs.root, inputs.base)
        rest = dotted.split(".")[len(module) :]
        return Place(file, (*rest, name) if classname else tuple(rest))
    return Place("", (classname, name) if classname else (name,))


def _inside(classname: str, file: str) -> tuple[str, ...]:
    """The classes of ``classname``, given the file: what is left behind the module's own name."""
    if not file.endswith(".py") or not _DOTTED.match(classname):
        return ()
    parts = tuple(classname.split("."))
    stem = file.removesuffix(".py").split("/")[-1]
    if stem in parts:
        return parts[len(parts) - parts[::-1].index(stem) :]
    return parts


def _spaced(classname: str, name: str, file: str) -> str:
    """A JavaScript test's full name: jest-junit puts the suites into the class name."""
    is_suite = bool(classname) and not file.endswith(".py") and not _SCRIPT.search(classname)
    return f"{classname} {name}" if is_suite and not name.startswith(classname) else name


def _module(parts: list[str]) -> list[str]:
    """The parts before the first class (a capitalised one), if one of them is named as Python test modules are."""
    leading = list(takewhile(lambda part: not part[:1].isupper(), parts))
    return leading if any(_TEST_MODULE.match(part) for part in leading) else []


def _is_whole_file(case: Case, where: Place) -> bool:
    if any(sign in text for sign in _NOT_LOADED for text in (case.message, case.name)):
        return True
    # vitest names the case after the file when the file itself failed to load.
    return bool(_SCRIPT.search(where.file)) and in_tree(case.name, "", "") in ("/" + where.file, where.file)


def red_message(case: Case) -> str:
    """What went wrong in one message: the attribute, else the line pytest marks with ``E``, else the first line."""
    lines = case.text.splitlines()
    marked = [line[1:].strip() for line in lines if re.match(r"^E\s", line)]
    if case.message == "collection failure" or not case.message.strip():
        first = next((line for line in lines if line.strip()), case.type)
        return marked[-1] if marked else first
    fixture = _FIXTURE.match(case.message)
    return fixture[1] if fixture else case.message


def exception_name(type_: str, said: str) -> str:
    """The exception's bare name, from the ``type`` attribute or the message; empty when neither tells."""
    if told := one_line(type_).rpartition(".")[2]:
        return told[:100]
    if match := _EXCEPTION.match(said.partition("\n")[0]):
        return match[1].rpartition(".")[2]
    return "AssertionError" if said.startswith("assert ") else ""


def outside_paths(found: list[Case], inputs: Inputs) -> tuple[str, ...]:
    """Absolute paths outside the tree that the cases name or that their tracebacks pass through."""
    told = (in_tree(case.file or case.suite_file, inputs.root, inputs.base) for case in found)
    named = [path for path in told if is_outside(path)]
    passed = [path for case in found if case.text for path in stack(case.text, inputs.root, inputs.base).outside]
    return tuple(dict.fromkeys([*named, *passed]))[:1000]
