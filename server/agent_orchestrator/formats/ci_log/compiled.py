"""What go, cargo, Maven, gcc and clang print → findings, by the parsers of their formats."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agent_orchestrator.formats.cargo_tests import find_cargo_tests, without_sections
from agent_orchestrator.formats.cargo_text import find_cargo
from agent_orchestrator.formats.ci_log.spans import Span
from agent_orchestrator.formats.gcc import find_gcc
from agent_orchestrator.formats.go_package import Packages
from agent_orchestrator.formats.go_text import HEADING, Test, build_errors, test_finding
from agent_orchestrator.formats.inputs import Inputs
from agent_orchestrator.formats.maven import maven_finding
from agent_orchestrator.formats.maven_text import LEVEL, find_compiler, find_reds
from agent_orchestrator.model.report import Finding

_CARGO = re.compile(
    r"^(?: {1,12}(?:Compiling|Checking|Running|Finished|Doc-tests) \S|error(?:\[E\d{4}\])?: |test result: )"
)
_PACKAGE_END = re.compile(r"^(?:FAIL|ok  |\?   )\t(\S{1,500})(?:\t| \[)")
_PACKAGE_HEADER = re.compile(r"^# (\S{1,500}?)(?:_test)?(?: \[.*\])?$")
# shellcheck and others write lines like a compiler's on request; they are no compilers.
_C_FAMILY = re.compile(
    r"\.(?:[cChHsSmM]|cc|cpp|cxx|c\+\+|hh|hpp|hxx|h\+\+|inc|inl|ipp|tcc|mm|cu|cuh|f\d\d|f|for|d|adb|ads)$|^[^.]+$"
)
_GCC_BESIDE = re.compile(r"^[^\s:][^:]{0,500}:\d{1,9}:(?:\d{1,9}:)? (?: |warning: |note: |(?:fatal )?error: )")
_GO_ERROR = re.compile(r"^(?:vet: )?\S{1,500}\.go:\d{1,9}(?::\d{1,9})?: ")


def cargo_spans(lines: list[str], inputs: Inputs) -> Iterator[Span]:
    """All that cargo and its tests said, as one span over the lines that it marks as its own."""
    marked = [n for n, line in enumerate(lines) if _CARGO.match(line)]
    if not marked:
        return
    found = dict.fromkeys(find_cargo(without_sections(lines), inputs))
    tests = [finding for *_, finding in find_cargo_tests(lines, inputs) if finding is not None]
    if found or tests:
        yield Span("cargo", marked[0], marked[-1] + 1, (*found, *tests))


def maven_spans(lines: list[str], inputs: Inputs) -> Iterator[Span]:
    """All that Maven said: the lines with its levels, and what stands between them."""
    marked = [n for n, line in enumerate(lines) if LEVEL.match(line)]
    if not marked:
        return
    found = [*find_compiler(lines, inputs), *(maven_finding(red, inputs) for red in find_reds(lines))]
    if found:
        # A test that is repeated is told once more.
        once = {(finding.key, finding.path, finding.line, finding.message): finding for finding in reversed(found)}
        yield Span("maven", marked[0], marked[-1] + 1, tuple(reversed(once.values())))


def go_spans(lines: list[str], inputs: Inputs) -> Iterator[Span]:
    """What go said of each package: its build errors, and its failed tests up to the line that ends the package."""
    packages = Packages(
        names={match[1] for line in lines if (match := _PACKAGE_END.match(line) or _PACKAGE_HEADER.match(line))}
    )
    if not packages.names:
        return
    packages.learn(lines, inputs)
    start = 0
    for n, line in enumerate(lines):
        if match := _PACKAGE_END.match(line):
            findings = _go_tests(lines[start:n], match[1], packages, inputs)
            if findings:
                yield Span("go", start, n + 1, tuple(findings))
            start = n + 1
        elif match := _PACKAGE_HEADER.match(line):
            end = n + 1
            while end < len(lines) and (_GO_ERROR.match(lines[end]) or lines[end].startswith("\t")):
                end += 1
            errors = build_errors(match[1].removesuffix(".test"), lines[n + 1 : end], packages, inputs)
            if errors:
                yield Span("go", n, end, tuple(errors))
                start = max(start, end)


def _go_tests(lines: list[str], package: str, packages: Packages, inputs: Inputs) -> list[Finding]:
    """The failed tests of one package; one that failed by its subtests alone is told by them."""
    printed: dict[str, list[str]] = {}
    failed: dict[str, None] = {}
    current = ""
    for line in lines:
        if heading := HEADING.match(line):
            current = heading[3] if heading[2] == "FAIL" else ""
            if current:
                failed[current] = None
        elif line.startswith("=== "):
            # With -v what a test prints stands before its heading.
            current = line.split()[-1]
        elif line.startswith(("FAIL", "PASS")):
            current = ""
        elif current:
            printed.setdefault(current, []).append(line)
    parents = {name[:n] for name in failed for n, letter in enumerate(name) if letter == "/"}
    return [
        test_finding(Test(package, name, printed.get(name, [])), packages, inputs)
        for name in failed
        if name not in parents
    ]


def gcc_spans(lines: list[str], inputs: Inputs) -> Iterator[Span]:
    """What compilers said; the notes and the instantiations around an error are theirs too."""
    found = [finding for finding in find_gcc(lines, inputs) if _C_FAMILY.search(finding.path)]
    if not found:
        return
    yield Span("gcc", 0, 0, tuple(found))
    for n, line in enumerate(lines):
        if _GCC_BESIDE.match(line):
            yield Span("gcc", n, n + 1)
