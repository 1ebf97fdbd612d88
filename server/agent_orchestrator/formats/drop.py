"""Leaving out what belongs to other worktrees."""

from __future__ import annotations

from attrs import evolve

from agent_orchestrator.model.report import Report


def drop_under(report: Report, prefix: str) -> Report:
    """``report`` without the results of files under the folder ``prefix`` (relative to the tree), which vitest and jest
    collect from worktrees that lie inside the checkout.

    Problems of the report stay, because they speak of the whole run.
    """
    folder = prefix.strip("/") + "/"

    def under(path: str) -> bool:
        return path.startswith(folder)

    return evolve(
        report,
        outcomes={key: outcome for key, outcome in report.outcomes.items() if not under(report.files.get(key, key))},
        findings=tuple(finding for finding in report.findings if not under(finding.path) and not under(finding.key)),
        files={key: file for key, file in report.files.items() if not under(file)},
    )
