"""Work-done progress: begun once, reported when it changes, ended in any case, and cancelled by the person."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from typing import Any

from attrs import define, field

#: Sends a notification.
Notify = Callable[[str, dict[str, Any]], None]

_numbers = itertools.count(1)


@define
class Progress:
    """One piece of work that a client shows while it lasts."""

    token: str | int
    _notify: Notify
    #: Called when the person cancels it; None: it can not be cancelled.
    on_cancel: Callable[[], object] | None
    _last: str = ""
    _ended: bool = False

    def begin(self, title: str) -> None:
        """Show it."""
        self._send({"kind": "begin", "title": title, "cancellable": self.on_cancel is not None})

    def report(self, message: str, percentage: int | None = None) -> None:
        """Say how far it is, if that is news."""
        if message != self._last and not self._ended:
            self._last = message
            share = {} if percentage is None else {"percentage": percentage}
            self._send({"kind": "report", "message": message, **share})

    def end(self, message: str) -> None:
        """Take it away."""
        if not self._ended:
            self._ended = True
            self._send({"kind": "end", "message": message})

    def _send(self, value: dict[str, Any]) -> None:
        self._notify("$/progress", {"token": self.token, "value": value})


@define
class Board:
    """The pieces of work of one client. ``create`` asks the client for a token of ours, None: it can not show any."""

    notify: Notify
    create: Callable[[str], Any] | None = None
    _open: dict[str | int, Progress] = field(factory=dict)

    async def open(
        self, token: str | int | None, title: str, on_cancel: Callable[[], object] | None
    ) -> Progress | None:
        """Begin a piece of work under the client's token, or one of ours; None where the client shows none."""
        if not isinstance(token, str | int):
            if self.create is None:
                return None
            token = f"ao-{next(_numbers)}"
            try:
                # A client that never answers must not hold up the work.
                async with asyncio.timeout(5):
                    await self.create(token)
            except Exception:
                return None
        made = Progress(token, self.notify, on_cancel)
        self._open[token] = made
        made.begin(title)
        return made

    def close(self, progress: Progress | None, message: str) -> None:
        """End a piece of work."""
        if progress is not None:
            progress.end(message)
            self._open.pop(progress.token, None)

    def cancelled(self, token: object) -> None:
        """The person cancelled the piece of work with this token, which may be whatever a client sends for one."""
        found = self._open.get(token) if isinstance(token, str | int) else None
        if found is not None and found.on_cancel is not None:
            found.on_cancel()
