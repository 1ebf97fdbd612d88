"""Accounts: the type says what kind, and a bot's login has no suffix."""

from __future__ import annotations

from typing import Any

from ...graph.view import View
from ..people import Account, App
from .shown import shows


class _Account(View):
    SAME = "login databaseId"

    def id(self) -> str:
        return self.it.node_id

    def name(self) -> str | None:
        return self.it.name or None

    def url(self) -> str:
        return f"{self.see.web}/{self._page()}"

    def resourcePath(self) -> str:
        return f"/{self._page()}"

    def avatarUrl(self, size: int | None = None) -> str:
        return f"https://avatars.githubusercontent.com/u/{self.it.id}?v=4"

    def email(self) -> str:
        return ""

    def isViewer(self) -> bool:
        return self.it is self.see.account

    def _page(self) -> str:
        return f"apps/{self.it.login}" if self.it.kind == "Bot" else self.it.login


@shows(Account)
class AnyAccount(_Account):
    """The published type is that of its kind."""

    @property
    def typename(self) -> str:
        return self.it.kind


@shows(App)
class AppView(View):
    TYPE = "App"
    SAME = "slug name"

    def id(self) -> str:
        return self.it.node_id

    def databaseId(self) -> int:
        return self.it.id

    def url(self) -> str:
        return f"{self.see.web}/apps/{self.it.slug}"

    def logoUrl(self, size: Any = None) -> str:
        return f"https://avatars.githubusercontent.com/in/{self.it.id}"
