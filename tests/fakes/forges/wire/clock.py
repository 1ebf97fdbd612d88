"""Time, under the control of a test."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start

    def now(self) -> datetime:
        """The time, in UTC."""
        return self._now

    def advance(self, seconds: float) -> datetime:
        """Move on; the new time."""
        self._now += timedelta(seconds=seconds)
        return self._now


def iso(moment: datetime | None) -> str | None:
    """As forges write it, whole seconds: ``2026-03-02T09:00:00Z``."""
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def parse(text: str) -> datetime:
    """What ``iso`` wrote, or any ISO 8601 with an offset."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
