"""What GitHub answers, as issues. Pure; raises what ``answers.ODD`` names for what is none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agent_orchestrator.model.external.text import comment as clean
from agent_orchestrator.model.external.text import title
from agent_orchestrator.model.issue import Issue, Stage
from agent_orchestrator.model.talk import Comment
from agent_orchestrator.plugins.services.graphql import nodes
from agent_orchestrator.plugins.tracker.rules import string

#: Who is shown where an account was deleted.
GHOST = "ghost"


def stage(state: str, reason: str | None) -> Stage:
    """The stage of an issue; both interfaces have the same words, in other cases."""
    match state.lower(), (reason or "").lower():
        case "open", _:
            return "open"
        case "closed", "not_planned" | "duplicate":
            return "canceled"
        case "closed", _:
            return "done"
    raise ValueError(f"its state is {title(state)}")


def author(node: Any) -> tuple[str, bool]:
    """(login without a suffix, is it a bot?) of an account in either interface; ``ghost``: it was deleted."""
    if not isinstance(node, dict):
        return GHOST, False
    bot = node.get("__typename", node.get("type")) != "User"
    login = title(node["login"])
    return (login.removesuffix("[bot]") if bot else login), bot


def issue(node: Mapping[str, Any]) -> Issue:
    """An issue of GraphQL, with its comments."""
    return Issue(
        id=string(node["id"]),
        key=f"GH-{int(node['number'])}",
        url=string(node["url"]),
        title=title(node["title"]),
        stage=stage(node["state"], node["stateReason"]),
        text=clean(node["body"] or ""),
        author=author(node["author"])[0],
        labels=tuple(title(each["name"]) for each in nodes(node["labels"])),
        assignees=tuple(title(each["login"]) for each in nodes(node["assignees"])),
        comments=tuple(_comment(each) for each in nodes(node["comments"])),
        updated_at=string(node["updatedAt"]),
    )


def listed(item: Mapping[str, Any]) -> Issue:
    """An issue of REST's list."""
    return Issue(
        id=string(item["node_id"]),
        key=f"GH-{int(item['number'])}",
        url=string(item["html_url"]),
        title=title(item["title"]),
        stage=stage(item["state"], item.get("state_reason")),
        text=clean(item.get("body") or ""),
        author=author(item["user"])[0],
        labels=tuple(title(each if isinstance(each, str) else each["name"]) for each in item["labels"]),
        assignees=tuple(title(each["login"]) for each in item.get("assignees") or ()),
        updated_at=string(item["updated_at"]),
    )


def _comment(node: Mapping[str, Any]) -> Comment:
    login, bot = author(node["author"])
    return Comment(
        id=string(node["id"]),
        author=login,
        text=clean(node["body"]),
        at=string(node["createdAt"]),
        edited_at=node["lastEditedAt"] or "",
        url=string(node["url"]),
        bot=bot,
        mine=node["viewerDidAuthor"] is True,
    )
