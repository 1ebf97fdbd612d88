"""What the compiler and surefire plugins of Maven print → findings.

Formats: ``[ERROR] /path/A.java:[5,17] text`` (maven-compiler-plugin), ``[ERROR] class.method -- Time elapsed: … <<<
FAILURE!`` (surefire 3), ``method(class)  Time elapsed: … <<< ERROR!`` (surefire 2), each with a Java stack below it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from attrs import frozen

from agent_orchestrator.formats.inputs import Inputs
from agent_orchestrator.formats.lines import whole
from agent_orchestrator.formats.paths import in_tree
from agent_orchestrator.formats.text import message, tail
from agent_orchestrator.model.report import Finding, Kind

LEVEL = re.compile(r"^\[(INFO|WARNING|ERROR|DEBUG|WARN)\] ?")
_COMPILER = re.compile(r"^\[ERROR\] (/.{1,800}?\.(?:java|kt|groovy|scala)):\[(\d{1,9})(?:,(\d{1,9}))?\] (.+)$")
_KOTLIN = re.compile(r"^\[ERROR\] (?:file://)?(/.{1,800}?\.kts?):(\d{1,9}):(\d{1,9}) (.+)$")
_ENDED = r"Time elapsed: [\d.,]{1,20} s(?:ec)? {1,4}<<< (?:FAILURE|ERROR)!$"
_NEW = re.compile(rf"^(?:\[ERROR\] )?([\w$.]{{1,500}})\.([^\s.].{{0,500}}?) -- {_ENDED}")
_OLD = re.compile(rf"^(?:\[ERROR\] )?(\S.{{0,500}}?)\(([\w$.]{{1,500}})\)  ?{_ENDED}")
_SOURCE = r"[\w$-]{1,200}\.(?:java|kt|groovy|scala)"
_FRAME = re.compile(
    rf"^\s+at (?:[^\s(/]{{1,200}}/{{1,2}}){{0,3}}([\w$.]{{1,500}}\.)([\w$<>]{{1,200}})\(({_SOURCE}):(\d{{1,9}})\)$"
)
_CLASS = re.compile(r"^[a-z][\w.]*\.[\w$.]*(?:Error|Exception|Failure|Failed|Throwable)[\w$]*$")
_MODULE = re.compile(r"^\[INFO\]\s+from (?:(\S{1,300})/)?pom\.xml$")
_BODY_CAP = 400


@frozen
class Red:
    """One failed test of surefire."""

    type: str
    method: str
    said: str
    exception: str
    file: str
    line: int
    output: str
    module: str


def find_compiler(lines: list[str], inputs: Inputs) -> list[Finding]:
    """Errors of the compiler. They are told again in the summary, without their details; the first stays."""
    found: dict[tuple[str, str, str], Finding] = {}
    for n, line in enumerate(lines):
        match = _COMPILER.match(line) or _KOTLIN.match(line)
        if match is None or (match[1], match[2], match[3]) in found:
            continue
        details = []
        for text in lines[n + 1 : n + 6]:
            if not re.match(r"^(?:\[ERROR\] )?  +\S", text):
                break
            details.append(" ".join(LEVEL.sub("", text).split()))
        found[match[1], match[2], match[3]] = Finding(
            key="",
            kind=Kind.TOP,
            message=message(match[4]),
            rule="error",
            path=in_tree(match[1], inputs.root, inputs.base),
            line=whole(match[2]),
            column=whole(match[3] or ""),
            title="the code could not be compiled",
            output=tail("\n".join([match[4], *details])),
        )
    return list(found.values())


def find_reds(lines: list[str]) -> Iterator[Red]:
    """The failed tests that surefire shows with their stacks."""
    module = ""
    for n, line in enumerate(lines):
        if match := _MODULE.match(line):
            module = match[1] or ""
        elif ended := _ended(line):
            yield _red(*ended, _body(lines, n), module)


def _ended(line: str) -> tuple[str, str] | None:
    """(class, method) of a failed test that ``line`` tells."""
    if "<<< " not in line:
        return None
    if match := _NEW.match(line):
        return match[1], match[2]
    match = _OLD.match(line)
    return (match[2], match[1]) if match else None


def _body(lines: list[str], start: int) -> list[str]:
    """The exception and its stack: up to the next line of Maven's own, or an empty line behind a frame."""
    body: list[str] = []
    for line in lines[start + 1 : start + 1 + _BODY_CAP]:
        if LEVEL.match(line) or _ended(line) or (not line.strip() and body and _FRAME.match(body[-1])):
            break
        body.append(line)
    return body


def _red(owner: str, method: str, body: list[str], module: str) -> Red:
    first = next((line for line in body if line.strip()), "")
    exception, separator, rest = first.partition(": ")
    if not _CLASS.match(exception):
        exception, rest = ("", first) if not _CLASS.match(first.rstrip(":")) else (first.rstrip(":"), "")
    told = [rest] if separator or rest else []
    for line in body[body.index(first) + 1 if first else 0 :]:
        if line.startswith(("\tat ", "    at ", "Caused by: ")) or not line.strip():
            break
        told.append(line)
    frames = [frame for line in body if (frame := _FRAME.match(line))]
    outer = owner.partition("$")[0]
    own = [frame for frame in frames if frame[1].rstrip(".").partition("$")[0] == outer]
    # The deepest call is the first; the test's own method is the last of its class in the first stack.
    name = re.split(r"[(\[{]", method, maxsplit=1)[0]
    where = next((frame for frame in own if frame[2] == name), own[0] if own else None)
    package = outer.rpartition(".")[0].replace(".", "/")
    source = where[3] if where else outer.rpartition(".")[2] + ".java"
    return Red(
        type=owner,
        method=method,
        said="\n".join(told).strip(),
        exception=exception.rpartition(".")[2],
        file=f"{package}/{source}".lstrip("/"),
        line=whole(where[4]) if where else 0,
        output="\n".join(body),
        module=module,
    )


def test_path(red: Red, inputs: Inputs) -> str:
    """The file of a test by Maven's standard layout, which is all that a class name tells."""
    language = "kotlin" if red.file.endswith(".kt") else "groovy" if red.file.endswith(".groovy") else "java"
    folder = f"src/test/{language}"
    return in_tree("/".join(part for part in (red.module, folder, red.file) if part), inputs.root, inputs.base)
