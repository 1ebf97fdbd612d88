"""What both interfaces of OpenAI share."""

from __future__ import annotations

from typing import Any

from .script import Failure

_KIND = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}


def error(failure: Failure) -> dict[str, Any]:
    """The body of an error."""
    kind = _KIND.get(failure.status, "invalid_request_error" if failure.status < 500 else "server_error")
    return {"error": {"message": failure.message, "type": kind, "param": None, "code": None, **failure.body}}
