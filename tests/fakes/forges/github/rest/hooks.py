"""Webhooks and what was delivered, in REST: how somebody without an open port gets them."""

from __future__ import annotations

from typing import Any

from ...wire.clock import iso
from ..hooks import Delivery, Hook
from ..see import See
from .ask import Ask, Reply, found, route


def hook(see: See, it: Hook) -> dict[str, Any]:
    """``hook``. The secret is never told."""
    own = f"{see.api}/repos/{it.repository.full_name}/hooks/{it.id}"
    secret = {"secret": "********"} if it.secret else {}
    sent = [delivery for delivery in it.deliveries if delivery.status is not None]
    last = {"code": sent[-1].status, "status": "active", "message": "OK"} if sent else None
    return {
        "type": "Repository",
        "id": it.id,
        "name": "web",
        "active": it.active,
        "events": list(it.events),
        "config": {"url": it.url, "content_type": "json", "insecure_ssl": "0", **secret},
        "updated_at": iso(it.created_at),
        "created_at": iso(it.created_at),
        "url": own,
        "test_url": f"{own}/test",
        "ping_url": f"{own}/pings",
        "deliveries_url": f"{own}/deliveries",
        "last_response": last or {"code": None, "status": "unused", "message": None},
    }


def item(see: See, it: Delivery) -> dict[str, Any]:
    """``hook-delivery-item``."""
    code = it.status or 0
    return {
        "id": it.id,
        "guid": it.guid,
        "delivered_at": iso(it.delivered_at),
        "redelivery": it.redelivery,
        "duration": 0.1,
        "status": "OK" if 200 <= code < 300 else "failed to connect to host",
        "status_code": code,
        "event": it.event,
        "action": it.action or None,
        "installation_id": None,
        "repository_id": it.hook.repository.id,
        "throttled_at": None,
    }


def _hook_of(ask: Ask) -> Hook:
    ask.allowed("admin")
    wanted = int(ask.path["hook_id"])
    return found(next((one for one in ask.repository.hooks if one.id == wanted), None))


def _delivery_of(ask: Ask) -> Delivery:
    wanted = int(ask.path["delivery_id"])
    return found(next((one for one in _hook_of(ask).deliveries if one.id == wanted), None))


@route("GET /repos/{owner}/{repo}/hooks")
def listed(ask: Ask) -> Reply:
    ask.allowed("admin")
    return ask.listed(ask.repository.hooks, hook)


@route("POST /repos/{owner}/{repo}/hooks")
def create(ask: Ask) -> Reply:
    ask.allowed("admin")
    given = ask.body()
    config = given["config"]
    events = tuple(given.get("events", ("push",)))
    made = ask.see.hub.hook(config["url"], str(config.get("secret", "")), events, ask.repository)
    made.active = given.get("active", True)
    return Reply(hook(ask.see, made), 201, {"location": f"{ask.base}/{made.id}"})


@route("DELETE /repos/{owner}/{repo}/hooks/{hook_id}")
def delete(ask: Ask) -> Reply:
    ask.repository.hooks.remove(_hook_of(ask))
    return Reply(None, 204)


@route("GET /repos/{owner}/{repo}/hooks/{hook_id}/deliveries")
def deliveries(ask: Ask) -> Reply:
    """Newest first; ``cursor`` is the id that the last page ended with."""
    every = sorted(_hook_of(ask).deliveries, key=lambda one: one.id, reverse=True)
    cursor, size = ask.param("cursor"), int(ask.param("per_page", "30"))
    every = [one for one in every if not cursor or one.id < int(cursor)]
    shown, rest = every[:size], every[size:]
    to = {"link": f'<{ask.base}?per_page={size}&cursor={shown[-1].id}>; rel="next"'} if rest else {}
    return Reply([item(ask.see, one) for one in shown], 200, to)


@route("GET /repos/{owner}/{repo}/hooks/{hook_id}/deliveries/{delivery_id}")
def delivery(ask: Ask) -> Reply:
    """With the payload, whether or not anybody took it."""
    it = _delivery_of(ask)
    request = {"headers": it.headers(), "payload": it.payload}
    response = {"headers": {}, "payload": ""}
    return Reply({**item(ask.see, it), "url": it.hook.url, "request": request, "response": response})


@route("POST /repos/{owner}/{repo}/hooks/{hook_id}/deliveries/{delivery_id}/attempts")
def attempt(ask: Ask) -> Reply:
    it = _delivery_of(ask)
    it.hook.again(it)
    return Reply({}, 202)
