"""What all trackers do alike: when an issue is moved, how a comment is known again, and what is kept for a while."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from attrs import define, field

from agent_orchestrator.model.external.secrets import redact
from agent_orchestrator.model.issue import Stage
from agent_orchestrator.model.text import cap
from agent_orchestrator.net.answers import Trouble

#: The word for the account that the credential is of.
ME = "@me"
#: What reading an answer raises that has not the shape that its service describes.
ODD = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
#: Seconds for which what somebody may do is taken as known.
KEPT = 600.0
#: Characters of a comment that is written.
_MOST = 60_000
_ORDER = ("open", "started", "review", "done")
_PLAIN = re.compile(r"[A-Za-z0-9._:/@+-]{1,120}")

V = TypeVar("V")


def moves(seen: Stage, now: Stage, wanted: Stage) -> bool:
    """Is an issue to be moved that the caller saw at ``seen``, and that is at ``now``?

    Forwards always, and back only to ``open``, where nobody moved it since the caller looked. What is over is over:
    ``done`` does not become ``canceled``, nor the other way round.
    """
    if wanted == "open":
        return now != "open" and now == seen
    return _rank(now) < _rank(wanted)


def _rank(stage: Stage) -> int:
    return _ORDER.index("done" if stage == "canceled" else stage)


def marker(key: str) -> str:
    """What a comment ends with, where nobody sees it."""
    plain = _PLAIN.fullmatch(key) and "--" not in key and not key.endswith("-")
    return f"<!-- ao:{key if plain else hashlib.sha256(key.encode(errors='surrogatepass')).hexdigest()} -->"


def marked(text: str, key: str) -> str:
    """A comment as it is written, with its key."""
    return f"{bounded(text)}\n\n{marker(key)}"


def bounded(text: str) -> str:
    """What is said, without secrets and of a length that every tracker takes."""
    return cap(redact(text), _MOST)


def is_marked(body: str, key: str) -> bool:
    """Is it the comment of a key? What it says before its end may name any key, and does not count."""
    return body.rstrip().endswith(marker(key))


@define
class Kept(Generic[V]):
    """Answers by a name, for :data:`KEPT` seconds. What could not be found out is asked for again."""

    now: Callable[[], float]
    _found: dict[str, tuple[float, V]] = field(factory=dict)

    async def get(self, name: str, ask: Callable[[], Awaitable[V | Trouble]]) -> V | Trouble:
        """What is kept, or what asking gives."""
        known = self._found.get(name)
        if known is not None and self.now() - known[0] < KEPT:
            return known[1]
        found = await ask()
        if not isinstance(found, Trouble):
            self._found[name] = (self.now(), found)
        return found
