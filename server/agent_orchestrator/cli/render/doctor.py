"""The doctor's findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from agent_orchestrator.cli.render.lines import Line, Lines, Span, line, wrap
from agent_orchestrator.cli.render.words import count

if TYPE_CHECKING:
    from agent_orchestrator.cli.examine import Finding

_MARKS: Mapping[str, Span] = {"ok": ("✓ ok    ", "good"), "warn": ("! warn  ", "warn"), "fail": ("✗ fail  ", "bad")}
_INDENT = " " * 8


def doctor_page(findings: Sequence[Finding], width: int | None) -> Lines:
    """One line per finding, what to do below it, and one sentence at the end."""
    lines: list[Line] = []
    for finding in findings:
        lead: Line = (_MARKS[finding.level], (f"{finding.what}: ", "strong"))
        lines += wrap(finding.found, width, first=lead, indent=_INDENT)
        if finding.advice:
            lines += wrap(finding.advice, width, first=((_INDENT + "→ ", "dim"),), indent=_INDENT + "  ")
    failed = sum(finding.level == "fail" for finding in findings)
    warned = sum(finding.level == "warn" for finding in findings)
    if failed:
        end = line((f"✗ {count(failed, 'thing')} to mend", "bad"))
    elif warned:
        end = line((f"✓ ready, with {count(warned, 'warning')}", "good"))
    else:
        end = line(("✓ ready", "good"))
    return (*lines, (), end)
