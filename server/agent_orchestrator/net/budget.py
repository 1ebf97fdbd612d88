"""What a credential may still ask for: kept from the services' own headers, with a part left to its owner.

GitHub: "Rate limits for the REST API", "… for the GraphQL API"; GitLab: "Rate limit headers"; Linear: "Rate limiting".
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import define, field, frozen

#: The part of each budget that is left to the person and their agents, who use the same account.
RESERVE = 0.4
#: Seconds of the first pause that a service asks for without saying how long, and of the longest one.
FIRST_PAUSE, LONGEST_PAUSE = 60.0, 3600.0
#: Seconds until a budget is whole again, or a pause is over, that are believed: what is said beyond is no time.
LONGEST_BELIEVED = 24 * 3600.0
#: Header names: limit, remaining, and when the budget is whole again.
_HEADERS = (
    ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"),
    ("ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"),
    ("x-ratelimit-requests-limit", "x-ratelimit-requests-remaining", "x-ratelimit-requests-reset"),
)
#: Times after this are in milliseconds.
_MILLISECONDS = 1e11


@frozen
class Window:
    """A budget: ``remaining`` of ``limit`` until ``resets`` (seconds since 1970)."""

    limit: int
    remaining: int
    resets: float


@define
class Budget:
    """The budgets of one credential at one service, by resource. A resource is a budget of its own (``graphql``)."""

    _windows: dict[str, Window] = field(factory=dict)
    _paused_until: float = 0.0
    #: Seconds of the last pause whose length nobody told us.
    _guessed: float = 0.0

    def free_at(self, resource: str, now: float, *, urgent: bool = False) -> float:
        """When a request may be sent (seconds since 1970; ``now`` or before: at once).

        ``urgent``: a person asked for it and waits; it may use what is left to them.
        """
        window = self._windows.get(resource)
        if window is None or window.resets <= now or window.remaining > (0 if urgent else RESERVE * window.limit):
            return self._paused_until
        return max(window.resets, self._paused_until)

    def windows(self, now: float) -> Mapping[str, Window]:
        """What was said of all resources, of those that are not whole again since."""
        return {resource: window for resource, window in self._windows.items() if window.resets > now}

    def took(self, resource: str, status: int, headers: Mapping[str, str], now: float) -> bool:
        """Take what an answer says: whether too much was asked. ``headers`` have names in small letters."""
        window = _window(headers, now)
        if window is not None:
            self._windows[headers.get("x-ratelimit-resource", resource)] = window
        if status == 429 or (status == 403 and _is_limit(headers, window)):
            self._pause(headers, window, now)
            return True
        return False

    def exhausted(self, now: float) -> None:
        """The service said in an answer that too much was asked, without a header about it."""
        self._pause({}, None, now)

    def _pause(self, headers: Mapping[str, str], window: Window | None, now: float) -> None:
        # One that follows soon on the last is longer, whatever worked in between.
        soon = now < self._paused_until + self._guessed
        self._guessed = min(2 * self._guessed, LONGEST_PAUSE) if self._guessed and soon else FIRST_PAUSE
        until = now + min(_number(headers.get("retry-after")) or self._guessed, LONGEST_BELIEVED)
        if "retry-after" not in headers and window is not None and window.remaining == 0 and window.resets > now:
            until = window.resets
        self._paused_until = max(self._paused_until, until)


def _is_limit(headers: Mapping[str, str], window: Window | None) -> bool:
    return "retry-after" in headers or (window is not None and window.remaining == 0)


def _window(headers: Mapping[str, str], now: float) -> Window | None:
    for names in _HEADERS:
        limit, remaining, resets = (_number(headers.get(name)) for name in names)
        if limit is not None and remaining is not None and resets is not None:
            resets = resets / 1000 if resets > _MILLISECONDS else resets
            return Window(int(limit), int(remaining), min(resets, now + LONGEST_BELIEVED))
    return None


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if 0 <= number < float("inf") else None
