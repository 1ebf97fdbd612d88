"""The trouble that opencode has with its service, and why a turn of its ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import define

from agent_orchestrator.model import activity as a
from agent_orchestrator.model.activity import Fact
from agent_orchestrator.model.usage import RATE_LIMITED
from agent_orchestrator.plugins.agent.dialogue import opencode_ends as ends
from agent_orchestrator.plugins.agent.dialogue import opencode_wire as wire
from agent_orchestrator.plugins.agent.dialogue.lines import count, obj, shown, text
from agent_orchestrator.plugins.agent.trouble import kind_of

#: How often its service may fail before its turn is ended: half a minute with its own pauses.
TRIES = 5
#: Seconds; when it wants to wait longer, as for the end of a limit, its turn is ended.
LONG = 60.0


@define
class Trouble:
    """The trouble of one turn. ``words`` are the newest of a service that fails, as long as it does."""

    tries: int = TRIES
    words: str = ""
    #: It waits until it tries again.
    waits: bool = False
    #: Its turn is to be ended for it, in this error.
    over: ends.Error | None = None
    _error: ends.Error | None = None

    def retry(self, status: Mapping[str, Any], at: float) -> Fact | None:
        """Its service has failed and it will try again, which is told at this time; None: its turn has to be ended."""
        self.words = shown(text(status, "message") or "it does not say why", 400)
        until = wire.seconds(status, "next")
        long = at > 0 and until - at > LONG
        if (count(status, "attempt") or 0) < self.tries and not long:
            return Fact(a.RETRYING, text=self.words, until=until)
        kind = kind_of(f"{self.words} {text(status, 'action', 'reason')}")
        self.over = ends.Error(kind, self.words, until if kind == RATE_LIMITED and long else 0.0)
        return None

    def named(self, error: Mapping[str, Any], at: float) -> None:
        """It names an error that ends its turn."""
        self._error = ends.error_of(error, at) or self._error

    def end(self, last: Mapping[str, Any], at: float) -> tuple[ends.Error | None, bool]:
        """Why its turn has ended, and whether somebody ended it. ``last`` is its last message; the next turn has none.

        A turn that is ended while it waits is over without an error, and one that is ended at once without a message.
        """
        error, named = self.over or self._error, obj(last, "error")
        stopped = self.waits or not last or text(named, "name") == ends.ABORTED
        if error is None:
            error = ends.error_of(named, at) if named else None if stopped else ends.cut_short(text(last, "finish"))
        self.words, self.waits, self.over, self._error = "", False, None, None
        return error, stopped
