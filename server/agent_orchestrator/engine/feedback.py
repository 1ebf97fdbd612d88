"""What an agent is told when its work did not hold: the evidence itself, never a bare "try again"."""

from __future__ import annotations

from collections.abc import Sequence

from agent_orchestrator.model.evidence import Evidence
from agent_orchestrator.model.rule import describe

#: Characters of one finding's output, and of the whole text, that an agent is given.
OUTPUT_CAP = 2000
TEXT_CAP = 12000


def what_failed(reasons: Sequence[str], evidence: Evidence | None) -> str:
    """The reasons, followed by the output of what is red in ``evidence`` and named in them."""
    text = "\n".join(reasons[:40])
    if evidence is None:
        return text[:TEXT_CAP]
    shown = [
        f"\n--- {describe(item)}\n{finding.message}\n{finding.output[-OUTPUT_CAP:]}".rstrip()
        for item, finding in evidence.findings()
        if any(item.key in reason for reason in reasons)
    ]
    return (text + "\n" + "\n".join(shown))[:TEXT_CAP]
