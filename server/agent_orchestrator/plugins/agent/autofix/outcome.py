"""How a turn of the agent ends: an edit that was made, or a reason why not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

DONE, NOTHING, FREE_TEXT, USAGE = 0, 3, 4, 2

#: Every reason the agent gives for making no edit. The sentence beside it says the details.
REASONS = (
    "already-green",
    "can-not-collect",
    "flaky",
    "no-fixer",
    "no-such-test",
    "not-python",
    "nothing-found",
    "out-of-time",
)


@dataclass(frozen=True)
class Ending:
    """The end of a turn: the exit code, one sentence for people, and the figures for the ``AUTOFIX`` line."""

    code: int
    sentence: str
    report: Mapping[str, Any] = field(default_factory=dict)

    def lines(self) -> str:
        """Return what is printed: the sentence, then the ``AUTOFIX`` line, which is the last one."""
        return f"{self.sentence}\nAUTOFIX {json.dumps({'json': dict(self.report)}, sort_keys=True)}"


def nothing(reason: str, sentence: str, **figures: Any) -> Ending:
    """Return the ending for "no edit was made": exit code 3 with one of :data:`REASONS`."""
    return Ending(NOTHING, f"autofix: {sentence}", {"reason": reason, "message": sentence, **figures})


def done(sentence: str, **figures: Any) -> Ending:
    """Return the ending for "an edit was made": exit code 0. An edit is never more than plausible."""
    return Ending(DONE, f"autofix: {sentence}", {"plausible": True, **figures})
