"""What Codex says of errors, limits and usage, the same in ``codex exec --json`` and ``codex app-server``."""

from __future__ import annotations

import json
import math
import re
import time
from typing import Any

from agent_orchestrator.model.usage import (
    FAILED,
    NO_CREDIT,
    NOT_LOGGED_IN,
    RATE_LIMITED,
    REFUSED,
    UNREACHABLE,
    Usage,
)

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_RESET = re.compile(r"try again at (?:([A-Z][a-z]{2}) (\d{1,2})\w\w, (\d{4}) )?(\d{1,2}):(\d\d) ([AP]M)", re.ASCII)
#: What its errors say, by the first that fits.
_WORDS = (
    (RATE_LIMITED, r"usage limit|rate limit|\b429\b"),
    (NO_CREDIT, r"quota exceeded|out of credits|\b402\b"),
    (NOT_LOGGED_IN, r"\b40[13]\b|missing environment variable|log ?in|sign in|access token|refresh token"),
    (REFUSED, r"invalid_request_error|context window|content policy|\b4\d\d\b"),
    (UNREACHABLE, r"high demand|at capacity|stream disconnected|error sending request|connection|timed out|\b5\d\d\b"),
)
#: Its names of errors (``codexErrorInfo``), for what the words do not tell.
_NAMES = {
    "usageLimitExceeded": RATE_LIMITED,
    "rateLimitExceeded": RATE_LIMITED,
    "unauthorized": NOT_LOGGED_IN,
    "badRequest": REFUSED,
    "contextWindowExceeded": REFUSED,
    "cyberPolicy": REFUSED,
    "misalignmentPolicyViolation": REFUSED,
    "modelNotFound": REFUSED,
    "flexUnavailable": UNREACHABLE,
    "httpConnectionFailed": UNREACHABLE,
    "internalServerError": UNREACHABLE,
    "policyCapacityUnavailable": UNREACHABLE,
    "responseStreamConnectionFailed": UNREACHABLE,
    "responseStreamDisconnected": UNREACHABLE,
    "responseTooManyFailedAttempts": UNREACHABLE,
    "serverOverloaded": UNREACHABLE,
}


def words_of(text: str) -> str:
    """What an error says; a refused request is passed on as the service's own JSON."""
    try:
        value = json.loads(text)
        return str(value["error"]["message"]) + f" ({value['error'].get('type')})"
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return text


def kind_of(words: str, info: object = None) -> str:
    """The kind of an error: by its words and status, which say who can not pay, else by ``codexErrorInfo``.

    ``info`` is a name, or an object with the name as its only key.
    """
    name = next(iter(info), None) if isinstance(info, dict) else info
    detail = info.get(name) if isinstance(info, dict) else None
    status = detail.get("httpStatusCode") if isinstance(detail, dict) else None
    said = words if status is None else f"{words} {status}"
    worded = next((kind for kind, pattern in _WORDS if re.search(pattern, said, re.IGNORECASE)), FAILED)
    return _NAMES.get(name, FAILED) if worded == FAILED and isinstance(name, str) else worded


def resets_at(text: str, now: float) -> float:
    """When the limit ends, in seconds since 1970; 0 when that is not said.

    It tells the local time: of the day when that is today, to the minute. The end of that minute is safe.
    """
    found = _RESET.search(text)
    if found is None or not math.isfinite(now):
        return 0.0
    month, day, year, hour, minute, half = found.groups()
    try:
        today = time.localtime(now)
        date = (int(year), _MONTHS.index(month) + 1, int(day)) if month in _MONTHS else today[:3]
        when = time.mktime((*date, int(hour) % 12 + 12 * (half == "PM"), int(minute), 60, 0, 0, -1))
        if month or when > now:
            return when
        return time.mktime((*date[:2], date[2] + 1, *time.localtime(when)[3:6], 0, 0, -1))
    except (ValueError, OverflowError, OSError):
        return 0.0


def usage_of(used: dict[str, Any], model: str, context: float | None = None) -> Usage:
    """Its numbers of tokens, which are those of the whole conversation so far, in the spelling of either program."""

    def number(*names: str) -> int | None:
        return next((used[name] for name in names if type(used.get(name)) is int), None)

    return Usage(
        input_tokens=number("input_tokens", "inputTokens"),
        output_tokens=number("output_tokens", "outputTokens"),
        cached_tokens=number("cached_input_tokens", "cachedInputTokens"),
        context=context,
        model=model,
        so_far=True,
    )
