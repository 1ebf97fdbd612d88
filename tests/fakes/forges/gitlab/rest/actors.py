"""Accounts and members."""

from __future__ import annotations

from typing import Any

from ..people import Account, level
from .ask import Ask, Reply, found, route


def account(ask: Ask, who: Account | None) -> dict[str, Any] | None:
    """As it is shown inside of other things."""
    if who is None:
        return None
    return {
        "id": who.id,
        "username": who.username,
        "public_email": "",
        "name": who.username,
        "state": "active",
        "locked": False,
        "avatar_url": None,
        "web_url": f"{ask.web}/{who.username}",
    }


@route("GET /version")
def version(ask: Ask) -> Reply:
    return Reply({"version": "18.4.0", "revision": "0123456789a"})


@route("GET /user")
def user(ask: Ask) -> Reply:
    who = ask.account
    return Reply({**(account(ask, who) or {}), "bot": who.bot, "email": f"{who.username}@example.invalid"})


@route("GET /users")
def users(ask: Ask) -> Reply:
    wanted = ask.param("username") or ask.param("search")
    return ask.listed([who for who in ask.lab.accounts.values() if wanted in ("", who.username)], account)


@route("GET /users/:user")
def user_by_id(ask: Ask) -> Reply:
    who = found(next((who for who in ask.lab.accounts.values() if str(who.id) == ask.path["user"]), None))
    return Reply({**(account(ask, who) or {}), "bot": who.bot})


@route("GET /projects/:id/members/all/:user")
def member(ask: Ask) -> Reply:
    """404 is an outsider."""
    who = found(next((who for who in ask.lab.accounts.values() if str(who.id) == ask.path["user"]), None))
    mine = found(level(ask.project, who) or None)
    shown = {"access_level": mine, "expires_at": None, "created_at": "2026-01-01T00:00:00.000Z"}
    return Reply({**(account(ask, who) or {}), **shown, "membership_state": "active"})
