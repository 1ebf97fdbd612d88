"""A pull request as it was last seen, as the file that stands beside an agent's ``gh`` and ``glab``."""

from __future__ import annotations

import json

from attrs import asdict

from agent_orchestrator.model.pull import CiCheck, Mergeable, Page, Pull
from agent_orchestrator.model.shim.answer import VERSION

_MERGEABLE = {Mergeable.YES: "MERGEABLE", Mergeable.NO: "CONFLICTING", Mergeable.UNKNOWN: "UNKNOWN"}
_DECISIONS = {"approved": "APPROVED", "changes-requested": "CHANGES_REQUESTED", "required": "REVIEW_REQUIRED"}


def snapshot(forge: str, pull: Pull, at: float, page: Page | None = None) -> bytes:
    """``pull`` as JSON, under the names that ``gh`` has for its fields. ``at``: when the look at it began, in seconds.

    ``forge`` is the name of the plugin that saw it: only that forge's program is answered from it. A pull request that
    the last look did not tell of is ``stale``: nothing is answered from it.
    """
    fields = {
        "id": pull.id,
        "number": pull.number,
        "url": pull.url,
        "title": pull.title,
        "state": pull.state.upper(),
        "closed": pull.state != "open",
        "headRefName": pull.branch,
        "headRefOid": pull.head,
        "baseRefName": pull.base,
        "isDraft": pull.draft,
        "isCrossRepository": pull.foreign,
        "mergeable": _MERGEABLE[pull.mergeable],
        "mergeStateStatus": pull.blocked.upper(),
        "reviewDecision": _DECISIONS.get(pull.decision, ""),
        "updatedAt": pull.updated_at,
    }
    checks = [_check(check) for check in pull.checks]
    told = {
        "version": VERSION,
        "forge": forge,
        "at": at,
        "stale": pull.stale,
        "fields": fields,
        "checks": checks,
        "pipeline": asdict(pull.pipeline) if pull.pipeline else None,
        "page": asdict(page) if page else None,
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode(errors="replace") + b"\n"


def _check(check: CiCheck) -> dict[str, str | int]:
    status = check.key.startswith("status/")
    return {
        "name": check.name,
        "kind": "status" if status else "bridge" if "Bridge" in check.id else "run",
        "number": check.number,
        "workflow": check.workflow,
        "word": check.word,
        # `gh` knows no times of a commit's status.
        "started": "" if status else check.started_at,
        "ended": "" if status else check.ended_at,
        "link": check.url,
        "about": check.about,
    }
