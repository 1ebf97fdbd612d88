"""Uncaught exceptions of scripts → findings: Python's traceback, and V8's stack, whoever printed them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agent_orchestrator.formats.ci_log.spans import Span
from agent_orchestrator.formats.inputs import Inputs
from agent_orchestrator.formats.junit import exception_name
from agent_orchestrator.formats.paths import is_test_path
from agent_orchestrator.formats.text import message, tail
from agent_orchestrator.formats.traceback import stack
from agent_orchestrator.model.report import Finding, Frame, Kind

_PYTHON = "Traceback (most recent call last):"
_AT = re.compile(r"^\s{1,40}(?:at|❯) \S")
#: The functions that mocha and node's own runner call tests in.
_TEST_FUNCTIONS = ("Context.<anonymous>", "TestContext.<anonymous>")
_SAID = re.compile(r"^\s{0,12}(?:Uncaught )?\[?(\w{0,60}(?:Error|Exception|Failure)\b.*)$")


def traceback_spans(lines: list[str], inputs: Inputs) -> Iterator[Span]:
    """One span for each traceback of Python."""
    n = 0
    while n < len(lines):
        if lines[n].strip() != _PYTHON:
            n += 1
            continue
        indent = len(lines[n]) - len(lines[n].lstrip())
        end = n + 1
        while end < len(lines) and (lines[end][: indent + 1].isspace() or not lines[end].strip()) and end - n < 500:
            end += 1
        body = lines[n : end + 1]
        finding = _finding(body, body[-1].strip(), inputs)
        yield Span("python", n, min(end + 1, len(lines)), (finding,) if finding else ())
        n = end + 1


def stack_spans(lines: list[str], inputs: Inputs) -> Iterator[Span]:
    """One span for each stack of V8 (mocha, ``node script.js``), or as vitest shows it."""
    n = 0
    while n < len(lines):
        if not _AT.match(lines[n]):
            n += 1
            continue
        end = n
        while end < len(lines) and _AT.match(lines[end]):
            end += 1
        start = max(n - 15, 0)
        above = [line for line in lines[start:n] if line.strip()]
        said = next(
            (match[1] for line in reversed(above) if (match := _SAID.match(line))), above[-1].strip() if above else ""
        )
        expected = any("# TODO" in line for line in above[-4:])
        finding = _finding(lines[n:end], said, inputs) if not expected else None
        yield Span("node", n, end, (finding,) if finding else ())
        n = end


def _finding(body: list[str], said: str, inputs: Inputs) -> Finding | None:
    """The finding at the test that raised, else where it was raised; None without a frame in the repository."""
    frames = stack("\n".join(body), inputs.root, inputs.base).frames
    if not frames:
        return None
    where = _where(frames)
    return Finding(
        key="",
        kind=Kind.TOP,
        message=message(said) or "an exception was raised",
        rule=exception_name("", said),
        path=where.path,
        line=where.line,
        title=message(said)[:100],
        output=tail("\n".join([said, *body])),
        frames=frames,
    )


def _where(frames: tuple[Frame, ...]) -> Frame:
    tests = [f for f in frames if f.function in _TEST_FUNCTIONS or is_test_path(f.path)]
    files = {frame.path for frame in tests}
    return next((frame for frame in reversed(frames) if frame.path in files), frames[-1])
