"""Who looks, and from where: what decides how things are shown in one answer."""

from __future__ import annotations

from datetime import datetime

from attrs import define, field

from ..wire.clock import iso
from . import gates
from .hub import Hub
from .people import Account
from .pull import Pull
from .token import Token


@define(eq=False)
class See:
    """``api`` and ``web`` are the roots of addresses, without a slash at the end."""

    hub: Hub
    token: Token
    api: str
    web: str
    _merge: dict[int, tuple[str, str]] = field(factory=dict)

    @property
    def account(self) -> Account:
        """Whose request it is."""
        return self.token.account

    def merge(self, pull: Pull) -> tuple[str, str]:
        """(mergeable, mergeStateStatus). A request is one read of them, however often it asks."""
        if pull.id not in self._merge:
            self._merge[pull.id] = gates.mergeable(pull), gates.merge_state(pull)
            pull.unknown_reads = max(0, pull.unknown_reads - 1)
        return self._merge[pull.id]

    def time(self, moment: datetime | None) -> str | None:
        """As the service writes it."""
        return iso(moment)
