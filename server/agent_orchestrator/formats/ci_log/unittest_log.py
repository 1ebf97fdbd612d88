"""What ``python -m unittest`` prints, with or without ``-v`` → findings, by the parser of the ``unittest`` format."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agent_orchestrator.formats.ci_log.spans import Span
from agent_orchestrator.formats.inputs import Inputs
from agent_orchestrator.formats.unittest import HEADING, read_sections

_BAR = "=" * 70
_RAN = re.compile(r"^Ran \d+ tests? in ")


def unittest_spans(lines: list[str], inputs: Inputs) -> Iterator[Span]:
    """One span for each section of a failure. Other runners print sections too, with headings of their own."""
    start: int | None = None
    for n, line in enumerate(lines):
        ends = line.startswith(_BAR) or bool(_RAN.match(line))
        if start is not None and ends:
            results = read_sections(lines[start:n], inputs)
            yield Span("unittest", start, n, tuple(finding for *_, finding in results if finding is not None))
            start = None
        if line.startswith(_BAR) and n + 1 < len(lines) and HEADING.match(lines[n + 1]):
            start = n
