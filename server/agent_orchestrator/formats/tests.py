"""Results of single tests → report: shared by every format that tells of tests."""

from __future__ import annotations

from collections.abc import Iterable

from agent_orchestrator.model.report import Finding, Outcome, Report

#: One test: its key, its file (empty when not told), its outcome (None when the finding is about a whole scope), and
#: what is red about it.
Result = tuple[str, str, Outcome | None, Finding | None]

_WORST = {Outcome.PASS: 0, Outcome.SKIP: 1, Outcome.FAIL: 2}


def gather(results: Iterable[Result]) -> Report:
    """One outcome per key, the worst of those told (two tests of one name can not be told apart), and the first finding
    of each key.
    """
    outcomes: dict[str, Outcome] = {}
    files: dict[str, str] = {}
    findings: dict[str, Finding] = {}
    for key, file, outcome, finding in results:
        if outcome is not None:
            outcomes[key] = max(outcomes.get(key, outcome), outcome, key=_WORST.__getitem__)
            if file:
                files[key] = file
        if finding is not None:
            findings.setdefault(finding.key, finding)
    return Report(outcomes=outcomes, findings=tuple(findings.values()), files=files)
