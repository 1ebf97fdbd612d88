"""A credential that is looked for when it is first needed, kept in memory, and looked for again when it is refused."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from attrs import define, field

from agent_orchestrator.net.answers import Trouble
from agent_orchestrator.net.credential import Credential

#: Seconds until it is looked for again: to look may start programs.
_AGAIN = 180.0


class SignIn(Protocol):
    """Whose account it is that asks: a person's, or an app's."""

    async def credential(self) -> Credential | Trouble | None:
        """The credential; None: there is none; trouble: why there is none."""

    async def another(self, refused: Credential | None) -> Credential | None:
        """Another one than the one that was refused; None: there is none, or it is too early to look again."""


@define
class Login:
    """``find`` looks for it; ``now`` is the time in seconds."""

    find: Callable[[], Awaitable[Credential | None]]
    now: Callable[[], float]
    _found: Credential | None = None
    _looked_at: float | None = None
    _turn: asyncio.Lock = field(factory=asyncio.Lock)

    async def credential(self) -> Credential | None:
        """The credential; None: there is none."""
        async with self._turn:
            if self._found is None and self._is_time():
                await self._look()
            return self._found

    async def another(self, refused: Credential | None) -> Credential | None:
        """Another one than the one that was refused; None: there is none, or it is too early to look again."""
        async with self._turn:
            if self._found == refused and self._is_time():
                await self._look()
            return None if self._found == refused else self._found

    async def _look(self) -> None:
        before, self._looked_at = self._looked_at, self.now()
        try:
            self._found = await self.find()
        except asyncio.CancelledError:
            # Who asked has gone; whoever asks next need not wait for that.
            self._looked_at = before
            raise

    def _is_time(self) -> bool:
        return self._looked_at is None or not 0 <= self.now() - self._looked_at < _AGAIN


def known(credential: Credential | None) -> Login:
    """A login of a credential that is known already."""

    async def find() -> Credential | None:
        return credential

    return Login(find, lambda: 0.0)
