"""What a token is good for."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen

from .people import Account, App


@frozen
class Token:
    """Who a token acts for. ``bucket`` is what its requests are counted on: of users the account, not the token."""

    account: Account
    bucket: str
    scopes: tuple[str, ...] | None
    app: App | None = None
    #: When it is good no more.
    until: datetime | None = None
