"""The ``tracker`` slot: where issues come from.

No method raises for what a service does: it answers with :class:`~agent_orchestrator.net.answers.Trouble`.
"""

from __future__ import annotations

from typing import Protocol

from agent_orchestrator.model.issue import Issue, Stage
from agent_orchestrator.net.answers import Trouble


class Tracker(Protocol):
    """The issues of one repository or team, with the person's own credential."""

    #: The plugin's name.
    name: str

    def key_of(self, text: str) -> str:
        """The key of an issue that a person names by number, key or address; empty: none of this tracker's."""

    async def get(self, key: str) -> Issue | Trouble:
        """An issue with its comments."""

    async def waiting(self, label: str = "", assignee: str = "", most: int = 50) -> tuple[Issue, ...] | Trouble:
        """Open issues with a label, an assignee (``@me``: the credential's own account), or both, oldest first.

        Without their comments. Pull requests are none.
        """

    async def comment(self, issue: Issue, text: str, key: str) -> Trouble | None:
        """Say something at it. Safe to repeat: the same ``key`` is said once."""

    async def move(self, issue: Issue, stage: Stage, state: str = "") -> Trouble | None:
        """Move it to a stage, where the tracker has one of that type. Safe to repeat.

        ``state`` is the name of the one that is meant, where the tracker has several for a stage.
        """

    async def claim(self, issue: Issue, label: str = "", assignee: str = "") -> Trouble | None:
        """Make visible that it is worked on. Safe to repeat."""

    async def release(self, issue: Issue, label: str = "", assignee: str = "") -> Trouble | None:
        """Take a claim back. Safe to repeat."""
