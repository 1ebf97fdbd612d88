"""TAP in a log → findings, by the parser of the ``tap`` format."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agent_orchestrator.formats.ci_log.spans import Span
from agent_orchestrator.formats.inputs import Inputs
from agent_orchestrator.formats.tap import find_tap

_VERSION = re.compile(r"^TAP version 1[34]$")
_PLAN = re.compile(r"^1\.\.\d{1,9}(?:\s|$)")
_POINT = re.compile(r"^(?:not )?ok \d{1,9}\b")


def tap_spans(lines: list[str], inputs: Inputs) -> Iterator[Span]:
    """One span over a step's TAP: from its version, plan or first point to its last."""
    points = [n for n, line in enumerate(lines) if _POINT.match(line)]
    marks = [n for n, line in enumerate(lines) if _VERSION.match(line) or _PLAN.match(line)]
    if not points or not marks:
        return
    start, end = min(points[0], marks[0]), max(points[-1], marks[-1]) + 1
    # The diagnostics of the last point stand behind it.
    while end < len(lines) and (lines[end][:1] in (" ", "#")):
        end += 1
    yield Span("tap", start, end, tuple(find_tap(lines[start:end], inputs)))
