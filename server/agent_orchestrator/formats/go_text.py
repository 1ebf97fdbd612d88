"""What ``go build``, ``go vet`` and ``go test`` print for people → findings; shared by ``go-json`` and the logs of CI.

Formats: ``# package`` and ``file.go:line:column: text`` (build, vet), ``--- FAIL: TestX (0.00s)`` with
``file.go:line: text`` below (the testing package), and the stack of a panic (package runtime: a function, then its file
behind a tab).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from attrs import define, field

from agent_orchestrator.formats.go_package import Packages
from agent_orchestrator.formats.inputs import Inputs
from agent_orchestrator.formats.lines import whole
from agent_orchestrator.formats.paths import is_outside
from agent_orchestrator.formats.text import message, tail
from agent_orchestrator.model.report import Finding, Frame, Kind

HEADING = re.compile(r"^( *)--- (FAIL|PASS|SKIP|BENCH): (\S{1,500}) \(\d")
_LOGGED = re.compile(r"^\s{4,}([^\s:]{1,500}\.go):(\d{1,9}): ?(.*)$")
_ERROR = re.compile(r"^(?:vet: )?(\S{1,500}\.go):(\d{1,9})(?::(\d{1,9}))?: (.+)$")
_PANIC = re.compile(r"^(?:panic|fatal error): (.*)$")
_FUNCTION = re.compile(r"^([\w./~%*()\[\]{}-]{1,500})\(")
_AT = re.compile(r"^\t(/\S{1,500}\.go):(\d{1,9})(?: \+0x[0-9a-f]+)?$")
_STANDARD = re.compile(r"^(?:runtime|testing|panic|created by|internal|reflect|sync)\b")


@define
class Test:
    """One failed test with the lines that it printed."""

    package: str
    name: str
    lines: list[str] = field(factory=list)


def build_errors(package: str, lines: Iterable[str], packages: Packages, inputs: Inputs) -> list[Finding]:
    """Errors of the compiler or of vet: the package can not be judged. Paths are relative to where go was started."""
    found: dict[Finding, None] = {}
    for line in lines:
        match = _ERROR.match(line)
        if match is None:
            continue
        path = packages.file(match[1], package if "/" not in match[1] else "", inputs)
        found[
            Finding(
                key=package or path,
                kind=Kind.TOP,
                message=message(match[4]),
                rule="build",
                path=path,
                line=whole(match[2]),
                column=whole(match[3] or ""),
            )
        ] = None
    return list(found)


def test_finding(test: Test, packages: Packages, inputs: Inputs) -> Finding:
    """What is red about one test: its first logged line, or where it panicked."""
    logged = [match for line in test.lines if (match := _LOGGED.match(line))]
    panic = next((n for n, line in enumerate(test.lines) if _PANIC.match(line)), None)
    frames = stack_of(test.lines[panic:], packages, inputs) if panic is not None else ()
    path, line, said = "", 0, ""
    if panic is not None:
        own = [frame for frame in frames if frame.path.endswith("_test.go")]
        where = own[-1] if own else frames[-1] if frames else None
        path, line = (where.path, where.line) if where else ("", 0)
        said = test.lines[panic].removesuffix(" [recovered]")
    elif logged:
        path, line = packages.file(logged[0][1], test.package, inputs), whole(logged[0][2])
        said = _said(logged[0], test.lines)
    return Finding(
        key=f"{test.package}::{test.name}" if test.package else test.name,
        kind=Kind.TEST,
        message=message(said or "failed without a message"),
        rule="panic" if panic is not None else "",
        path="" if is_outside(path) else path,
        line=0 if is_outside(path) else line,
        title=test.name,
        output=tail("\n".join(test.lines)),
        frames=frames,
    )


def _said(first: re.Match[str], lines: list[str]) -> str:
    """The first logged text, with the lines that go on below it (deeper indented, as testify writes them)."""
    if first[3].strip():
        return first[3]
    at = next(n for n, line in enumerate(lines) if line == first.string)
    following = (line.strip() for line in lines[at + 1 : at + 12])
    kept = [line for line in following if line and not _LOGGED.match(line)]
    error = next((line for line in kept if line.startswith("Error:")), "")
    return error.removeprefix("Error:").strip() or " ".join(kept[:3])


def stack_of(lines: list[str], packages: Packages, inputs: Inputs) -> tuple[Frame, ...]:
    """The frames in the tree of the first goroutine of a panic, innermost last."""
    found: list[Frame] = []
    function, begun = "", False
    for line in lines:
        if line.startswith("goroutine "):
            if begun:
                break
            begun = True
        elif match := _AT.match(line):
            path = packages.file(match[1], "", inputs)
            if not is_outside(path) and not _STANDARD.match(function):
                found.append(Frame(path=path, line=int(match[2]), function=function.rpartition("/")[2]))
        elif match := _FUNCTION.match(line):
            function = match[1]
    return tuple(reversed(found[:20]))
