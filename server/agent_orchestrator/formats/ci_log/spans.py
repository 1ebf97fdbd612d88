"""What a recogniser found in the lines of a step: the stretch of lines that it read, and the findings in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from attrs import field, frozen

from agent_orchestrator.formats.inputs import Inputs
from agent_orchestrator.model.report import Finding


@frozen
class Span:
    """Lines ``start`` to ``end`` (exclusive) were printed by ``tool``, and nobody else reads them again."""

    tool: str
    start: int
    end: int
    findings: tuple[Finding, ...] = field(default=())


#: Reads the lines of one step; ``inputs`` has the root alone.
Recogniser = Callable[[list[str], Inputs], Iterable[Span]]


def blank(lines: list[str], spans: Iterable[Span]) -> list[str]:
    """``lines`` with what ``spans`` read left empty, so that line numbers stay."""
    left = list(lines)
    for span in spans:
        left[span.start : span.end] = [""] * len(left[span.start : span.end])
    return left
