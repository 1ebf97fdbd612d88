"""Requests that are left in this hour, as the headers and ``rateLimitStatus`` tell.

https://linear.app/developers/rate-limiting. The numbers differ by account: a client reads them.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from attrs import define, field

from ..wire.clock import Clock


@define(eq=False)
class Limits:
    """One budget for all keys."""

    clock: Clock
    allowed: int = 1500
    used: int = 0
    reset: datetime = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.reset = self.clock.now() + timedelta(hours=1)

    def spend(self) -> bool:
        """One request; False where there is none left."""
        if self.clock.now() >= self.reset:
            self.used, self.reset = 0, self.clock.now() + timedelta(hours=1)
        if self.used >= self.allowed:
            return False
        self.used += 1
        return True

    @property
    def remaining(self) -> int:
        """What is left."""
        return self.allowed - self.used

    @property
    def reset_ms(self) -> int:
        """When there are new ones, in milliseconds since 1970."""
        return int(self.reset.timestamp() * 1000)

    def headers(self) -> dict[str, str]:
        """What an answer tells."""
        return {
            "x-ratelimit-requests-limit": str(self.allowed),
            "x-ratelimit-requests-remaining": str(self.remaining),
            "x-ratelimit-requests-reset": str(self.reset_ms),
        }
