"""What GitLab answers, as issues. Pure; raises what ``answers.ODD`` names for what is none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agent_orchestrator.model.external.text import comment as clean
from agent_orchestrator.model.external.text import title
from agent_orchestrator.model.issue import Issue, Stage
from agent_orchestrator.model.talk import Comment
from agent_orchestrator.plugins.tracker.rules import string

_STAGES: Mapping[str, Stage] = {"opened": "open", "closed": "done"}


def issue(item: Mapping[str, Any]) -> Issue:
    """An issue without comments."""
    return Issue(
        id=str(int(item["id"])),
        key=f"GL-{int(item['iid'])}",
        url=string(item["web_url"]),
        title=title(item["title"]),
        stage=_STAGES[item["state"]],
        text=clean(item["description"] or ""),
        author=title(item["author"]["username"]),
        labels=tuple(title(each) for each in item["labels"]),
        assignees=tuple(title(each["username"]) for each in item["assignees"]),
        updated_at=string(item["updated_at"]),
    )


def comment(note: Mapping[str, Any], web: str, mine: int) -> Comment:
    """A note of an issue at ``web``; ``mine`` is our own account's number.

    A note has no time of its last edit: any change of it counts as one.
    """
    at, changed = string(note["created_at"]), string(note["updated_at"])
    return Comment(
        id=str(int(note["id"])),
        author=title(note["author"]["username"]),
        text=clean(note["body"]),
        at=at,
        edited_at=changed if changed != at else "",
        url=f"{web}#note_{int(note['id'])}",
        mine=note["author"]["id"] == mine,
    )
