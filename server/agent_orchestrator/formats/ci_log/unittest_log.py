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
    """One span for each run: from its first failure to its count of tests."""
    start: int | None = None
    for n, line in enumerate(lines):
        if start is None and line.startswith(_BAR) and n + 1 < len(lines) and HEADING.match(lines[n + 1]):
            start = n
        elif start is not None and _RAN.match(line):
            results = read_sections(lines[start:n], inputs)
            yield Span("unittest", start, n + 1, tuple(finding for *_, finding in results if finding is not None))
            start = None
