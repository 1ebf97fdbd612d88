"""Who has spent what: primary limits by account and resource, as the headers of every answer tell.

https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
"""

from __future__ import annotations

from datetime import datetime, timedelta

from attrs import define, field

from ..wire.clock import Clock

HOUR = timedelta(hours=1)
LIMITS = {"core": 5000, "graphql": 5000, "search": 30}


@define
class Budget:
    """Of one account for one resource."""

    limit: int
    reset: datetime
    used: int = 0

    @property
    def remaining(self) -> int:
        """What is left."""
        return max(0, self.limit - self.used)


@define(eq=False)
class Ledger:
    """``limits`` may be set by a test, before the first request."""

    clock: Clock
    limits: dict[str, int] = field(factory=lambda: dict(LIMITS))
    _budgets: dict[tuple[str, str], Budget] = field(factory=dict)

    def budget(self, who: str, resource: str) -> Budget:
        """The account's budget now: a new one once its hour is over."""
        now = self.clock.now()
        found = self._budgets.get((who, resource))
        if found is None or found.reset <= now:
            found = self._budgets[who, resource] = Budget(self.limits[resource], now + HOUR)
        return found

    def spend(self, who: str, resource: str, points: int) -> bool:
        """Take points; False where there are not enough, and then nothing is taken."""
        budget = self.budget(who, resource)
        if points > budget.remaining:
            return False
        budget.used += points
        return True

    def headers(self, who: str, resource: str) -> dict[str, str]:
        """What an answer tells."""
        budget = self.budget(who, resource)
        return {
            "x-ratelimit-limit": str(budget.limit),
            "x-ratelimit-remaining": str(budget.remaining),
            "x-ratelimit-used": str(budget.used),
            "x-ratelimit-reset": str(int(budget.reset.timestamp())),
            "x-ratelimit-resource": resource,
        }
