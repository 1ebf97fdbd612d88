"""``trim_webhooks.py INDEX.json OUT.json``: the published examples of the events that matter, one for each action.

Addresses go, and of accounts, repositories and installations all but what tells them apart: ``{event: [payload, …]}``.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

EVENTS = [
    "check_run",
    "check_suite",
    "issue_comment",
    "issues",
    "merge_group",
    "ping",
    "pull_request",
    "pull_request_review",
    "pull_request_review_comment",
    "pull_request_review_thread",
    "push",
    "status",
    "workflow_job",
    "workflow_run",
]
#: Actions that no reaction is about.
OTHER = {"demilestoned", "locked", "milestoned", "pinned", "transferred", "unlocked", "unpinned", "waiting"}
#: Of these objects only these keys are kept.
KNOWN = {
    "repository": ("id", "node_id", "name", "full_name", "private", "default_branch"),
    "repo": ("id", "name", "full_name", "fork"),
    "head_repository": ("id", "name", "full_name", "fork"),
    "user": ("id", "login", "type"),
    "sender": ("id", "login", "type"),
    "owner": ("id", "login", "type"),
    "organization": ("id", "login"),
    "installation": ("id",),
    "actor": ("id", "login", "type"),
    "triggering_actor": ("id", "login", "type"),
    "app": ("id", "slug", "name"),
    # Of people who wrote the examples' commits neither names nor addresses.
    "author": ("id", "login", "type"),
    "committer": ("id", "login", "type"),
    "pusher": ("name",),
    "reactions": (),
}


def bare(value: Any, known: tuple[str, ...] | None = None) -> Any:
    """Without addresses and what else only fills pages."""
    if isinstance(value, list):
        return [bare(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    kept = {
        k: v for k, v in value.items() if (known is None or k in known) and not k.endswith("_url") and k != "_links"
    }
    return {k: bare(v, KNOWN.get(k)) for k, v in kept.items() if k != "url"}


def main(index: Path, out: Path) -> None:
    """Write the trimmed examples."""
    found = {}
    for event in json.loads(index.read_bytes()):
        if event["name"] in EVENTS:
            by_action = {example.get("action"): example for example in reversed(event["examples"])}
            by_action = {action: example for action, example in by_action.items() if action not in OTHER}
            found[event["name"]] = [bare(example) for example in by_action.values()]
    lines = [
        f'"{name}":[\n' + ",\n".join(json.dumps(one, separators=(",", ":")) for one in ones) + "\n]"
        for name, ones in sorted(found.items())
    ]
    out.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
