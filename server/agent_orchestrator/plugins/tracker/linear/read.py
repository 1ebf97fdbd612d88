"""What Linear answers, as issues. Pure; raises what ``answers.ODD`` names for what is none."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from agent_orchestrator.model.external.text import comment as clean
from agent_orchestrator.model.external.text import title
from agent_orchestrator.model.issue import Issue, Stage
from agent_orchestrator.model.talk import Comment
from agent_orchestrator.plugins.services.graphql import nodes
from agent_orchestrator.plugins.tracker.rules import string

#: ``WorkflowState.type``, all that are published. One that is not known is open: nothing was done yet.
_STAGES: Mapping[str, Stage] = {
    "started": "started",
    "completed": "done",
    "canceled": "canceled",
    "duplicate": "canceled",
}
#: Types of the states that a stage is, the first that a team has.
_TYPES: Mapping[Stage, Sequence[str]] = {
    "open": ("unstarted", "backlog", "triage"),
    "started": ("started",),
    "review": ("started",),
    "done": ("completed",),
    "canceled": ("canceled",),
}
_BRANCH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./+-]{0,199}")


def stage(state: Mapping[str, Any]) -> Stage:
    """The stage of a state."""
    found = _STAGES.get(state["type"], "open")
    return "review" if found == "started" and _is_review(state) else found


def state_for(wanted: Stage, states: Sequence[Mapping[str, Any]], name: str = "") -> Mapping[str, Any]:
    """The first state that is a stage; a team without one for reviews has the started one. Empty: it has none.

    Of several for reviews none is the one, but for that of a ``name``.
    """
    ordered = sorted(states, key=lambda state: float(state["position"]))
    if name:
        named = [state for state in ordered if state["name"].casefold() == name.casefold()]
        return next((state for type in _TYPES[wanted] for state in named if state["type"] == type), {})
    for type in _TYPES[wanted]:
        fits = [state for state in ordered if state["type"] == type]
        if type == "started":
            # The names of states say nothing else to us.
            named = [state for state in fits if _is_review(state) == (wanted == "review")]
            fits = named or fits
            if wanted == "review" and len(named) > 1:
                return {}
        if fits:
            return fits[0]
    return {}


def _is_review(state: Mapping[str, Any]) -> bool:
    return "review" in state["name"].lower()


def issue(node: Mapping[str, Any]) -> Issue:
    """An issue, with its comments where they were asked for."""
    author, _, trusted = _who(node["creator"], node["botActor"], node["externalUserCreator"])
    assignee = node["assignee"]
    return Issue(
        id=string(node["id"]),
        key=string(node["identifier"]),
        url=string(node["url"]),
        title=title(node["title"]),
        stage=stage(node["state"]),
        text=clean(node["description"] or ""),
        author=author,
        may_push=trusted,
        labels=tuple(sorted(title(each["name"]) for each in nodes(node["labels"]))),
        assignees=(title(assignee["displayName"]),) if assignee else (),
        comments=tuple(sorted(map(_comment, nodes(node.get("comments"))), key=lambda said: (said.at, said.id))),
        branch=_branch(node["branchName"]),
        updated_at=string(node["updatedAt"]),
    )


def _comment(node: Mapping[str, Any]) -> Comment:
    author, bot, trusted = _who(node["user"], node["botActor"], node["externalUser"])
    return Comment(
        id=string(node["id"]),
        author=author,
        text=clean(node["body"]),
        at=string(node["createdAt"]),
        edited_at=node["editedAt"] or "",
        url=string(node["url"]),
        bot=bot,
        may_push=trusted,
        mine=bool(node["user"]) and node["user"]["isMe"] is True and not bot,
    )


def _who(user: Any, bot: Any, external: Any) -> tuple[str, bool, bool]:
    """(name, is it a bot?, may they change the repository?) of who wrote something.

    Linear knows nothing of the repository: members of its workspace may, guests, accounts from elsewhere and bots not.
    """
    if bot or (user and user["app"] is not False):
        return title((user or {}).get("displayName") or (bot or {}).get("name") or "bot"), True, False
    if external or not user:
        return title((external or {}).get("displayName") or "unknown"), False, False
    return title(user["displayName"]), False, user["active"] is True and user["guest"] is False


def _branch(name: Any) -> str:
    """The name if git and any shell take it as it is: it is made of the title, which anybody may have written."""
    fits = isinstance(name, str) and _BRANCH.fullmatch(name) and ".." not in name and "//" not in name
    return name if fits and not name.endswith((".lock", "/", ".")) and "/." not in name else ""
