"""GitHub Apps: a signed statement of who it is gets an app a token for an hour.

https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app.
The signature is not looked at: that takes a library, and what signs is one too.
"""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from .token import Token

if TYPE_CHECKING:
    from .hub import Hub

#: Seconds that a statement may be good for.
LONGEST = 600


def identify(hub: Hub, text: str) -> Token | None:
    """The app that a JSON Web Token states; None where it is none, or is out of its time."""
    try:
        head, payload, _ = [*text.split("."), "", ""][:3]
        algorithm, stated = _read(head)["alg"], _read(payload)
        issuer, until, now = str(stated["iss"]), int(stated["exp"]), hub.clock.now().timestamp()
    except (ValueError, KeyError, TypeError):
        return None
    app = next((app for app in hub.apps.values() if issuer in (str(app.id), client_id(app.id))), None)
    if app is None or algorithm != "RS256" or not now < until <= now + LONGEST:
        return None
    bot = hub.account(f"{app.slug}[bot]")
    return Token(bot, f"app {app.slug}", None, app, datetime.fromtimestamp(until, UTC))


def client_id(number: int) -> str:
    """Of an app."""
    return f"Iv1.{number:x}"


def _read(part: str) -> dict[str, object]:
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
