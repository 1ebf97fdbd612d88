"""Webhooks: https://linear.app/developers/webhooks. Noted as deliveries, which a test takes or sends."""

from __future__ import annotations

import hashlib
import hmac
import json
import uuid
from typing import Any

from attrs import define, field, frozen

from ..wire.clock import Clock, iso
from .things import Comment, Issue, Thing


@frozen
class Delivery:
    """One payload."""

    body: bytes
    headers: dict[str, str]

    @property
    def payload(self) -> Any:
        """The body, read."""
        return json.loads(self.body)


@define(eq=False)
class Hook:
    """Somebody who wants to know everything."""

    clock: Clock
    url: str
    secret: str
    deliveries: list[Delivery] = field(factory=list)

    def note(self, action: str, kind: str, thing: Thing) -> Delivery:
        """A delivery that waits."""
        moment = self.clock.now()
        payload = {
            "action": action,
            "type": kind,
            "createdAt": iso(moment),
            "data": data(thing),
            "url": self.url,
            "webhookTimestamp": int(moment.timestamp() * 1000),
        }
        body = json.dumps(payload).encode()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Linear-Delivery": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{len(self.deliveries)} {self.url}")),
            "Linear-Event": kind,
            "Linear-Signature": hmac.new(self.secret.encode(), body, hashlib.sha256).hexdigest(),
            "Linear-Timestamp": str(payload["webhookTimestamp"]),
        }
        self.deliveries.append(Delivery(body, headers))
        return self.deliveries[-1]


def data(thing: Thing) -> dict[str, Any]:
    """What a payload says of a thing: its plain fields."""
    told: dict[str, Any] = {"id": thing.id, "createdAt": iso(thing.created_at), "updatedAt": iso(thing.updated_at)}
    match thing:
        case Issue():
            state = {"id": thing.state.id, "name": thing.state.name, "type": thing.state.type}
            labels = {"labelIds": [label.id for label in thing.labels]}
            names = {"identifier": thing.identifier, "title": thing.title, "number": thing.number, "state": state}
            return told | names | labels | {"teamId": thing.team.id, "stateId": thing.state.id}
        case Comment():
            return told | {
                "body": thing.body,
                "issueId": thing.issue.id,
                "userId": thing.user.id if thing.user else None,
            }
    return told
