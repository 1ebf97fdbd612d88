"""What ``cargo test`` prints → results: libtest's lines per test, and its section per failure
(https://doc.rust-lang.org/rustc/tests/index.html), in every wording of a panic since Rust 1.60.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from attrs import evolve, frozen

from agent_orchestrator.formats.inputs import Inputs
from agent_orchestrator.formats.lines import whole
from agent_orchestrator.formats.paths import in_tree, is_installed, is_outside, test_key
from agent_orchestrator.formats.tests import Result
from agent_orchestrator.formats.text import message, tail
from agent_orchestrator.model.report import Finding, Kind, Outcome

_RUNNING = re.compile(r"^ *Running (?:unittests )?(\S{1,500}\.rs) \(([^()\n]{1,1000})\)")
_CRATE = re.compile(r"([\w-]{1,100})-[0-9a-f]{16}(?:\.exe)?$")
_DOC = re.compile(r"^ *Doc-tests (\S{1,200})$")
_TEST = re.compile(r"^test (.{1,500}?)(?: - should panic)? \.\.\. (ok|FAILED|ignored)\b")
_SECTION = re.compile(r"^---- (.{1,500}) stdout ----$")
_DOC_NAME = re.compile(r"^(\S{1,500}\.(?:rs|md)) - .*\(line (\d{1,9})\)")
_DOC_LINE = re.compile(r" \(line \d{1,9}\)$")
_PANIC = re.compile(r"^thread '([^']{0,300})'(?: \(\d{1,20}\))? panicked at (.*)$")
_NEW_PLACE = re.compile(r"^(.{1,500}?):(\d{1,9}):(\d{1,9}):$")
_OLD_PLACE = re.compile(r"^'(.*)', (.{1,500}?):(\d{1,9}):(\d{1,9})$")
_RETURNED = re.compile(r"^Error: (.*)$")
_OUTCOMES = {"ok": Outcome.PASS, "FAILED": Outcome.FAIL, "ignored": Outcome.SKIP}


@frozen
class _Target:
    """What is tested: a source file of a crate (those of a workspace have the same names), or its documentation."""

    source: str = ""
    crate: str = ""


def find_cargo_tests(lines: list[str], inputs: Inputs) -> Iterator[Result]:
    """The outcome of every test that is told, and a finding for each section of a failure."""
    target = _Target()
    red: dict[str, None] = {}
    n = 0
    while n < len(lines):
        line = lines[n]
        n += 1
        if match := _RUNNING.match(line) or _DOC.match(line):
            yield from _untold(target, red, inputs)
            target, red = _target(match), {}
        elif match := _TEST.match(line):
            outcome = _OUTCOMES[match[2]]
            if outcome is Outcome.FAIL:
                red[match[1]] = None
            else:
                yield _key(target, match[1], inputs), "", outcome, None
        elif match := _SECTION.match(line):
            end = next(
                (m for m in range(n, len(lines)) if _SECTION.match(lines[m]) or lines[m] == "failures:"), len(lines)
            )
            red.pop(match[1], None)
            yield _section(target, match[1], lines[n:end], inputs)
            n = end
    yield from _untold(target, red, inputs)


def without_sections(lines: list[str]) -> list[str]:
    """``lines`` with what tests printed left empty."""
    kept: list[str] = []
    inside = False
    for line in lines:
        inside = line != "failures:" and (inside or bool(_SECTION.match(line)))
        kept.append("" if inside else line)
    return kept


def _target(match: re.Match[str]) -> _Target:
    if match.re is _DOC:
        return _Target(crate=match[1])
    crate = _CRATE.search(match[2])
    return _Target(source=match[1], crate=crate[1] if crate else "")


def _untold(target: _Target, red: dict[str, None], inputs: Inputs) -> Iterator[Result]:
    """Tests that failed and have no section, because they printed nothing."""
    for name in red:
        yield _section(target, name, [], inputs)


def _key(target: _Target, name: str, inputs: Inputs) -> str:
    # The line of an example moves with what stands above it.
    plain = _DOC_LINE.sub("", name) if _DOC_NAME.match(name) else name
    return test_key("::".join(part for part in (target.crate, target.source) if part), plain, inputs.root)


def _section(target: _Target, name: str, body: list[str], inputs: Inputs) -> Result:
    key = _key(target, name, inputs)
    finding = Finding(
        key=key, kind=Kind.TEST, message="failed without a message", title=name, output=tail("\n".join(body))
    )
    for n, line in enumerate(body):
        if match := _PANIC.match(line):
            finding = _panicked(finding, match[2], body[n + 1 :], inputs)
            break
        if match := _RETURNED.match(line):
            finding = evolve(finding, message=message(match[1]), rule="Error")
            break
    if match := _DOC_NAME.match(name):
        # Its code is compiled as a file of its own; the place in the documentation is in the name.
        finding = evolve(finding, path=in_tree(match[1], inputs.root, inputs.base), line=whole(match[2]))
        said = next((line for line in body if line.startswith("error")), "")
        finding = evolve(finding, message=message(said)) if said else finding
    elif not finding.path and target.source:
        finding = evolve(finding, path=in_tree(target.source, inputs.root, inputs.base))
    return key, finding.path, Outcome.FAIL, finding


def _panicked(finding: Finding, where: str, following: list[str], inputs: Inputs) -> Finding:
    if match := _OLD_PLACE.match(where):
        said, place = match[1], match
        file, line, column = place[2], place[3], place[4]
    elif match := _NEW_PLACE.match(where):
        file, line, column = match[1], match[2], match[3]
        stop = next(
            (n for n, text in enumerate(following) if not text.strip() or text.startswith(("note:", "stack "))), None
        )
        said = "\n".join(following[:stop])
    else:
        # Before 1.73 a message of several lines ends with the place.
        joined = "\n".join([where, *following[:40]])
        match = re.match(r"'(.*?)', ([^\n]{1,500}?):(\d{1,9}):(\d{1,9})$", joined, re.DOTALL | re.MULTILINE)
        if match is None:
            return evolve(finding, message=message(where), rule="panic")
        said, file, line, column = match[1], match[2], match[3], match[4]
    path = in_tree(file, inputs.root, inputs.base)
    # A panic inside a library is told at the library's line, unless it tracks its caller.
    known = not is_outside(path) and not is_installed(path)
    return evolve(
        finding,
        message=message(said) or "panicked",
        rule="panic",
        path=path if known else "",
        line=whole(line) if known else 0,
        column=whole(column) if known else 0,
    )
