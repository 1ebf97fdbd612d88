"""Issues of a tracker, as they were last seen."""

from __future__ import annotations

from typing import Literal

from attrs import frozen

from agent_orchestrator.model.talk import Comment

#: How far an issue is, whatever the tracker calls it.
Stage = Literal["open", "started", "review", "done", "canceled"]


@frozen
class Issue:
    """An issue. ``key`` is what people call it (``GH-12``, ``TEAM-12``), ``id`` what the service does.

    ``text`` is clean. ``assignees`` are logins; ``branch`` is the branch name that the tracker suggests, if any.
    """

    id: str
    key: str
    url: str
    title: str
    stage: Stage = "open"
    text: str = ""
    author: str = ""
    may_push: bool = False
    labels: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    comments: tuple[Comment, ...] = ()
    branch: str = ""
    updated_at: str = ""
