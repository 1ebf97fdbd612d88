"""How a person is told what they must act on: at once, and never more than one thing in ten seconds.

What comes up meanwhile is collected. Alone it is asked about as it is; several are one message, which leads to the
sessions document, where each is answered on its line.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from agent_orchestrator.lsp.notices import Notice
from agent_orchestrator.protocol.lsp import SHOW_SESSIONS

if TYPE_CHECKING:
    from agent_orchestrator.lsp.notices import Notices

#: Seconds between two messages that nobody asked for.
TOGETHER = 10.0
#: Between the keys of what one message is about.
KEYS = "\0"
#: Titles that a message about several names.
_NAMED = 3


class Toasts:
    """The messages to one client. ``show`` shows one."""

    def __init__(self, notices: Notices, show: Callable[[Notice], object]) -> None:
        self._notices = notices
        self._show = show
        self._held: list[Notice] = []
        self._quiet_until = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def offer(self, news: Iterable[Notice]) -> None:
        """Show what is new, now or soon."""
        for notice in news:
            # Before a folder is trusted there is nothing else.
            if notice.key.startswith("trust:"):
                self._show(notice)
            else:
                self._held.append(notice)
        if self._timer is None and self._held:
            self._next()

    def close(self) -> None:
        """Show nothing any more."""
        if self._timer is not None:
            self._timer.cancel()

    def _next(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = None
        # What was settled meanwhile is nobody's business any more.
        self._held = [notice for notice in self._held if notice.key in self._notices.standing]
        if not self._held:
            return
        if loop.time() < self._quiet_until:
            self._timer = loop.call_at(self._quiet_until, self._next)
            return
        self._quiet_until = loop.time() + TOGETHER
        held, self._held = self._held, []
        self._show(held[0] if len(held) == 1 else _about(held))


def _about(notices: list[Notice]) -> Notice:
    """One for several."""
    named = "; ".join(notice.message for notice in notices[:_NAMED])
    more = f"; and {len(notices) - _NAMED} more" if len(notices) > _NAMED else ""
    return Notice(
        KEYS.join(notice.key for notice in notices),
        f"{len(notices)} need you: {named}{more}",
        (("Show them", SHOW_SESSIONS, {}),),
    )
