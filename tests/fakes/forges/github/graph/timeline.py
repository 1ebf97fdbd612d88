"""What happened to a pull request."""

from __future__ import annotations

from typing import Any

from ...graph.view import View
from ..issue import Event
from .shown import show, shows, time


@shows(Event)
class AnyEvent(View):
    """The published type is that of its kind."""

    @property
    def typename(self) -> str:
        return self.it.kind

    def id(self) -> str:
        return self.it.node_id

    def actor(self) -> Any:
        return show(self.it.actor, self.see)

    def createdAt(self) -> str | None:
        return time(self.it.created_at)

    def label(self) -> Any:
        return show(self.it.details["label"], self.see)

    def review(self) -> Any:
        return show(self.it.details["review"], self.see)
