"""How often pull requests are looked at: often while something goes on, seldom in quiet times. Pure."""

from __future__ import annotations

from collections.abc import Collection

from agent_orchestrator.model.pull import CheckState, Mergeable
from agent_orchestrator.model.watched import Watched

#: Seconds between two looks: while checks run, while people are at work, in quiet times, and where the forge tells of
#: changes by itself.
RUNNING, ACTIVE, QUIET, TOLD = 10.0, 30.0, 120.0, 600.0
#: Seconds after a push for which checks are expected to begin, and after a change until times are quiet.
_FRESH, _RECENT = 120.0, 1800.0
#: Seconds until a forge is asked again whether something can be merged, and after a change for which it is.
COMPUTED, _COMPUTING = 5.0, 15.0
#: Seconds after which checks that were to run again, and did not begin, are not waited for.
NEVER_BEGAN = 900.0


def pace(watched: Collection[Watched], now: float, *, told: bool = False) -> float:
    """Seconds between two looks at all open pull requests of a project."""
    if told:
        return TOLD
    return ACTIVE if any(now - w.changed_at < _RECENT for w in watched) else QUIET


def is_running(watched: Watched, now: float) -> bool:
    """Is something of its CI about to change?"""
    pull = watched.pull
    # Not after every change: a base that moves is one of all pull requests, and starts no checks of theirs.
    if pull is None or now - watched.head_at < _FRESH:
        return True
    pending = any(check.state is CheckState.PENDING for check in pull.checks)
    # What has been pending for very long waits for a person, or for ever.
    return pending and now - watched.changed_at < _RECENT


def is_computed(watched: Watched, now: float) -> bool:
    """Is the forge about to know whether it can be merged? It begins to find out when it is asked.

    It is asked a few times only: some never come to know.
    """
    pull = watched.pull
    unknown = pull is not None and pull.state == "open" and pull.mergeable is Mergeable.UNKNOWN
    return unknown and now - watched.changed_at < _COMPUTING


def next_look(watched: Watched, looked_at: float, now: float, every: float) -> float:
    """When a pull request is to be looked at next, where all are looked at ``every`` so many seconds."""
    if not looked_at:
        return now
    if is_computed(watched, looked_at) and every != TOLD:
        return looked_at + COMPUTED
    # Invariant: as of the last look, so that what was planned then is not put off when its time has come.
    return looked_at + (min(RUNNING, every) if is_running(watched, looked_at) and every != TOLD else every)
