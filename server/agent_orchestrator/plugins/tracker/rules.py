"""What all trackers do alike: when an issue is moved, and what is taken for a text."""

from __future__ import annotations

from typing import Any

from agent_orchestrator.model.issue import Stage

#: The word for the account that the credential is of.
ME = "@me"
_ORDER = ("open", "started", "review", "done")


def moves(seen: Stage, now: Stage, wanted: Stage) -> bool:
    """Is an issue to be moved that the caller saw at ``seen``, and that is at ``now``?

    Forwards always, and back only to ``open``, where nobody moved it since the caller looked. What is over is over:
    ``done`` does not become ``canceled``, nor the other way round.
    """
    if wanted == "open":
        return now != "open" and now == seen
    return _rank(now) < _rank(wanted)


def string(value: Any) -> str:
    """A part of an answer that is a text. Raises TypeError where it is none."""
    if not isinstance(value, str):
        raise TypeError("a part of it is no text")
    return value


def _rank(stage: Stage) -> int:
    return _ORDER.index("done" if stage == "canceled" else stage)
